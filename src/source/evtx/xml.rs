//! A record as its rendered XML: the way out for records that no template describes.

use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::template::{Builder, Piece, Template};

/// The leaves of one `<Event>`; every text is fixed. `None` where it is not well-formed.
pub(super) fn leaves(xml: &str) -> Option<Template> {
    let mut reader = Reader::from_str(xml);
    let mut builder = Builder::default();
    loop {
        match reader.read_event().ok()? {
            Event::Start(tag) => open(&mut builder, &tag)?,
            Event::Empty(tag) => {
                open(&mut builder, &tag)?;
                builder.close();
            }
            Event::End(_) => builder.close(),
            Event::Text(text) => builder.text(Piece::Text(text.into_inner().into_owned())),
            Event::CData(text) => builder.text(Piece::Text(text.into_inner().into_owned())),
            Event::GeneralRef(name) => {
                let character = match name.resolve_char_ref().ok()? {
                    Some(character) => character.to_string(),
                    None => resolve_predefined_entity(&name)?.to_owned(),
                };
                builder.text(Piece::Text(character));
            }
            Event::Eof => return builder.finish(0),
            _ => {}
        }
    }
}

fn open(builder: &mut Builder, tag: &BytesStart<'_>) -> Option<()> {
    let name = tag.local_name().into_inner().to_owned();
    builder.open(name);
    for attribute in tag.attributes() {
        let attribute = attribute.ok()?;
        let key = attribute.key.local_name().into_inner();
        let value = attribute.normalized_value(XmlVersion::default()).ok()?.into_owned();
        builder.attribute(key, vec![Piece::Text(value)]);
    }
    Some(())
}
