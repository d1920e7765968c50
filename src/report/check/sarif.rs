//! The outcome as SARIF 2.1.0: one rule a clause, one result a reason, with the evidence as locations.

use serde_sarif::sarif::{
    ArtifactLocation, Location, Message, MultiformatMessageString, PhysicalLocation, Region,
    ReportingDescriptor, Result as Found, ResultLevel, Run, Sarif, Tool, ToolComponent,
};

use super::{Clause, Outcome};
use crate::fact::{FactId, Place};
use crate::report::Report;

/// SARIF, pretty-printed JSON.
///
/// # Errors
/// The document could not be put down as JSON.
pub fn sarif(report: &Report<'_>, clauses: &[Clause]) -> Result<String, String> {
    let mut rules = Vec::new();
    let mut results = Vec::new();
    for (at, clause) in clauses.iter().enumerate() {
        let id = format!("{}/{}", clause.key, at + 1);
        let says = MultiformatMessageString::builder().text(clause.says.clone()).build();
        rules.push(ReportingDescriptor::builder().id(id.clone()).short_description(says).build());
        for reason in &clause.reasons {
            let level = match reason.outcome {
                Outcome::Violated => ResultLevel::Error,
                Outcome::Undecided => ResultLevel::Warning,
                Outcome::Kept => ResultLevel::Note,
            };
            let locations: Vec<Location> =
                reason.evidence.iter().filter_map(|&fact| location(report, fact)).collect();
            let message = Message::builder().text(reason.text.clone()).build();
            results.push(
                Found::builder()
                    .rule_id(id.clone())
                    .level(level)
                    .message(message)
                    .locations(locations)
                    .build(),
            );
        }
    }
    let driver =
        ToolComponent::builder().name("throughline").version(env!("CARGO_PKG_VERSION")).rules(rules).build();
    let tool = Tool::builder().driver(driver).build();
    let run = Run::builder().tool(tool).results(results).build();
    let document = Sarif::builder()
        .version(serde_json::json!("2.1.0"))
        .schema("https://json.schemastore.org/sarif-2.1.0.json".to_owned())
        .runs(vec![run])
        .build();
    let mut text = serde_json::to_string_pretty(&document).map_err(|error| error.to_string())?;
    text.push('\n');
    Ok(text)
}

fn location(report: &Report<'_>, fact: FactId) -> Option<Location> {
    let origin = report.case.facts.get(fact.0 as usize)?.fact.origin;
    let input = report.case.inputs.iter().find(|input| input.id == origin.input)?;
    let region = match origin.place {
        Place::Line(line) => Region::builder().start_line(i64::try_from(line).ok()?).build(),
        Place::Record(_) | Place::Offset => {
            Region::builder().byte_offset(i64::try_from(origin.offset).ok()?).byte_length(0).build()
        }
    };
    // A URI of its own for each member; blanks and the like are escaped as URIs want it.
    let path: String = input.path.bytes().map(uri).collect();
    let physical = PhysicalLocation::builder()
        .artifact_location(ArtifactLocation::builder().uri(path).build())
        .region(region)
        .build();
    let mut location = Location::builder().physical_location(physical).build();
    location.message = report.quote(origin).map(|quote| Message::builder().text(quote).build());
    Some(location)
}

fn uri(byte: u8) -> String {
    match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'.' | b'_' | b'~' | b'!' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    }
}
