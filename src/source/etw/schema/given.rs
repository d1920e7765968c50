//! Schema files that the user names: instrumentation manifests, drivers and DLLs with their event templates, TMF files.
//!
//! Answers by content which of them a file is, and with its layouts. Refuses a file that is none of them, or too large,
//! with a sentence that says so.

use std::fmt;
use std::sync::Arc;

use super::{Key, Layout, Origin, Schemas, manifest, tmf, wevt_template};
use crate::bundle::{Bundle, SchemaFile};
use crate::fact::Guid;

/// Bytes a schema file may have. The largest system DLLs have some 40 MB.
const LARGEST: usize = 256 << 20;

/// A schema file, read. One of it serves any number of traces.
#[derive(Clone, Debug)]
pub struct GivenSchema {
    name: Arc<str>,
    providers: Vec<(Guid, String)>,
    layouts: Vec<(Key, Layout)>,
    refused: usize,
}

/// Why a file gave no schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenError {
    name: String,
    cause: String,
}

impl fmt::Display for GivenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.cause)
    }
}

impl std::error::Error for GivenError {}

impl GivenSchema {
    /// Reads a file; `name` is how the output names it.
    ///
    /// # Errors
    /// It is no schema file, is damaged, or describes no event.
    pub fn read(name: &str, bytes: &[u8]) -> Result<GivenSchema, GivenError> {
        let error = |cause: String| GivenError { name: name.to_owned(), cause };
        if bytes.len() > LARGEST {
            return Err(error(format!("larger than the {} MB a schema file may have", LARGEST >> 20)));
        }
        let mut schema =
            GivenSchema { name: name.into(), providers: Vec::new(), layouts: Vec::new(), refused: 0 };
        let text = text_of(bytes);
        if wevt_template::sniff(bytes) {
            let templates = wevt_template::parse(bytes).map_err(error)?;
            schema.layouts = templates.layouts;
            schema.refused = templates.refused;
        } else if let Some(text) = text.as_ref().filter(|text| tmf::sniff(text)) {
            let messages = tmf::parse(text);
            schema.layouts = messages.layouts;
            schema.refused = messages.refused;
        } else if text.as_ref().is_some_and(|text| text.trim_start().starts_with('<')) {
            let manifest = manifest::parse(&text.unwrap_or_default()).map_err(error)?;
            schema.providers = manifest.providers;
            schema.layouts = manifest.layouts;
            schema.refused = manifest.refused;
        } else {
            return Err(error(
                "not a schema file: expected an instrumentation manifest (.man), a driver or DLL with event \
                 templates, or a TMF file"
                    .to_owned(),
            ));
        }
        if schema.layouts.is_empty() {
            return Err(error("describes no event that can be decoded".to_owned()));
        }
        Ok(schema)
    }

    /// Those that were handed in with a bundle. What is no schema there was refused when it was handed in.
    #[must_use]
    pub fn of(bundle: &Bundle) -> Vec<GivenSchema> {
        let read = |file: &SchemaFile| GivenSchema::read(&file.name, &file.bytes).ok();
        bundle.schemas.iter().filter_map(read).collect()
    }

    /// Events it describes.
    #[must_use]
    pub fn events(&self) -> usize {
        self.layouts.len()
    }

    /// Events in it whose layout cannot be told.
    #[must_use]
    pub fn refused(&self) -> usize {
        self.refused
    }

    /// Names of its providers.
    pub fn providers(&self) -> impl Iterator<Item = &str> {
        self.providers.iter().map(|(_, name)| &**name)
    }

    pub(super) fn add_to(&self, schemas: &mut Schemas) {
        for (guid, name) in &self.providers {
            schemas.name_provider(*guid, name);
        }
        for (key, layout) in &self.layouts {
            schemas.add(*key, Origin::Given(Arc::clone(&self.name)), layout.clone());
        }
    }
}

/// The text of a file: UTF-16 by its mark, else UTF-8; `None` where it has NULs, so is none.
fn text_of(bytes: &[u8]) -> Option<String> {
    if let Some((encoding, mark)) = encoding_rs::Encoding::for_bom(bytes) {
        let (text, _) = encoding.decode_without_bom_handling(&bytes[mark..]);
        return Some(text.into_owned());
    }
    let head = &bytes[..bytes.len().min(4096)];
    (memchr::memchr(0, head).is_none()).then(|| String::from_utf8_lossy(bytes).into_owned())
}
