//! Arguments that several subcommands share.

use std::path::{Path, PathBuf};

use throughline::bundle::{self, Limits, SchemaFile};
use throughline::source::etw::schema::GivenSchema;

/// What to read, and how.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct InputArgs {
    /// Folders, files or archives (zip, cab, 7z, tar, gz); archives inside archives are opened
    #[arg(value_name = "INPUT", required = true)]
    pub(crate) inputs: Vec<PathBuf>,
    /// The node that files belong to, where neither content nor name tells; `*` and `?` are wild
    #[arg(long, value_name = "PATTERN=NODE", value_parser = node_of, help_heading = "Reading")]
    pub(crate) node_of: Vec<(String, String)>,
    /// Raise or lower a limit on archives: depth, members, total, ratio, memory, temporary (sizes take K, M, G, T)
    #[arg(long, value_name = "NAME=NUMBER", value_parser = limit, help_heading = "Reading")]
    pub(crate) limit: Vec<String>,
    /// How events of traces are laid out: an instrumentation manifest (.man), the driver or DLL that logs them, or a
    /// TMF file for WPP messages; may be given several times
    #[arg(long, value_name = "FILE", value_parser = schema, help_heading = "Reading")]
    pub(crate) schema: Vec<SchemaFile>,
    /// How many threads to use; all processors by default. The output is the same with any number
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..), help_heading = "Reading")]
    pub(crate) threads: Option<u16>,
    /// End with exit code 3 when an input could not be read, or not in full
    #[arg(long, help_heading = "Reading")]
    pub(crate) strict: bool,
}

impl InputArgs {
    /// One input, read in the usual way.
    pub(crate) fn of(path: &std::path::Path) -> Self {
        Self {
            inputs: vec![path.to_owned()],
            node_of: Vec::new(),
            limit: Vec::new(),
            schema: Vec::new(),
            threads: None,
            strict: false,
        }
    }

    pub(crate) fn options(&self) -> bundle::Options {
        let mut limits = Limits::default();
        for limit in &self.limit {
            // Checked when the arguments were parsed.
            let _ = limits.set(limit);
        }
        bundle::Options { node_of: self.node_of.clone(), limits, schemas: self.schema.clone() }
    }
}

fn node_of(text: &str) -> Result<(String, String), String> {
    match text.rsplit_once('=') {
        Some((pattern, node)) if !pattern.is_empty() && !node.trim().is_empty() => {
            Ok((pattern.to_owned(), node.trim().to_owned()))
        }
        _ => Err("expected PATTERN=NODE, for example `*hv1*=HV1`".to_owned()),
    }
}

/// Reads a schema file, so that a wrong one ends the command before it begins.
fn schema(path: &str) -> Result<SchemaFile, String> {
    let bytes = std::fs::read(path).map_err(|error| format!("{path}: {error}"))?;
    let name = Path::new(path).file_name().map_or_else(|| path.into(), |name| name.to_string_lossy());
    GivenSchema::read(&name, &bytes).map_err(|error| error.to_string())?;
    Ok(SchemaFile { name: name.into_owned(), bytes: bytes.into() })
}

fn limit(text: &str) -> Result<String, String> {
    Limits::default().set(text).map(|()| text.to_owned())
}

/// Clocks and the window to look at.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct TimeArgs {
    /// Leave out what ended before this time
    #[arg(long, value_name = "TIME", help_heading = "Time")]
    pub(crate) from: Option<String>,
    /// Leave out what began after this time
    #[arg(long, value_name = "TIME", help_heading = "Time")]
    pub(crate) to: Option<String>,
    #[command(flatten)]
    pub(crate) clock: ClockArgs,
}

/// Clocks.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct ClockArgs {
    /// IANA time zone of files that do not tell theirs, of times given here, and of times shown in text; UTC without it.
    /// For example Europe/Berlin
    #[arg(long, value_name = "ZONE", value_parser = zone, help_heading = "Time")]
    pub(crate) tz: Option<chrono_tz::Tz>,
    /// Correct a node's clock: how much to add to its times; for example HV2=+1.5s
    #[arg(long, value_name = "NODE=TIME", value_parser = skew, allow_hyphen_values = true, help_heading = "Time")]
    pub(crate) skew: Vec<(throughline::fact::Name, i64)>,
}

pub(crate) fn zone(text: &str) -> Result<chrono_tz::Tz, String> {
    throughline::clock::parse_zone(text).ok_or_else(|| {
        "expected the name of a time zone such as Europe/Berlin, America/New_York or UTC".to_owned()
    })
}

fn skew(text: &str) -> Result<(throughline::fact::Name, i64), String> {
    throughline::clock::parse_skew(text)
        .ok_or_else(|| "expected NODE=TIME with a unit, for example HV2=+1.5s or HV2=-200ms".to_owned())
}

/// Whom to look at.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct ScopeArgs {
    /// Only this node
    #[arg(long, value_name = "NAME", help_heading = "Scope")]
    pub(crate) node: Vec<String>,
    /// Only this volume: its name, resource, path or GUID
    #[arg(long, value_name = "NAME", help_heading = "Scope")]
    pub(crate) volume: Vec<String>,
    /// Only this virtual machine: its name, group or GUID
    #[arg(long, value_name = "NAME", help_heading = "Scope")]
    pub(crate) vm: Vec<String>,
}
