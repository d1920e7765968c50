//! A JSON report, and the few ways in which it is read here.

use chrono::DateTime;
use serde_json::Value;

/// The schema that is read.
const SCHEMA: &str = "throughline/report/1";

/// A report as JSON.
#[derive(Clone, Debug, PartialEq)]
pub struct Document(Value);

impl Document {
    /// Does the text say of itself that it is a report, of whatever version and however whole?
    #[must_use]
    pub fn is_meant(text: &str) -> bool {
        let begin: String = text.chars().filter(|c| !c.is_whitespace()).take(200).collect();
        begin.starts_with('{') && begin.contains("\"schema\":\"throughline/report/")
    }

    /// Reads a report.
    ///
    /// # Errors
    /// The text is no JSON, or no report of a version that is known; the message says which.
    pub fn parse(text: &str) -> Result<Self, String> {
        let value: Value = serde_json::from_str(text).map_err(|error| format!("not JSON: {error}"))?;
        match value.get("schema").and_then(Value::as_str) {
            Some(SCHEMA) => Ok(Self(value)),
            Some(other) => Err(format!("expected a report of schema `{SCHEMA}`, this is `{other}`")),
            None => {
                Err(format!("expected a report of schema `{SCHEMA}`: write one with analyze --format json"))
            }
        }
    }

    pub(super) fn list(&self, name: &str) -> &[Value] {
        list(&self.0, name)
    }

    /// The evidence's first and last instant, nanoseconds since 1970 UTC.
    pub(super) fn window(&self) -> (i64, i64) {
        let at = |name: &str| instant(&self.0["bundle"][name]);
        (at("from").unwrap_or(0), at("to").unwrap_or(0))
    }

    /// The name of a volume by its id: friendly, else resource, else the id.
    pub(super) fn volume(&self, id: &Value) -> String {
        let found = self.list("volumes").iter().find(|volume| volume["id"] == *id);
        found.map_or_else(|| text(id), volume_name)
    }

    /// The name of a VM by its id.
    pub(super) fn vm(&self, id: &Value) -> String {
        let found = self.list("vms").iter().find(|vm| vm["id"] == *id);
        found.map_or_else(|| text(id), vm_name)
    }
}

pub(super) fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value[name].as_array().map_or(&[], Vec::as_slice)
}

/// Text, and `?` for null.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::Null => "?".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

pub(super) fn volume_name(volume: &Value) -> String {
    let names = &volume["names"];
    let named = ["friendly", "resource", "guid"].into_iter().find_map(|name| names[name].as_str());
    named.map_or_else(|| text(&volume["id"]), str::to_owned)
}

pub(super) fn vm_name(vm: &Value) -> String {
    let named = ["name", "group"].into_iter().find_map(|name| vm[name].as_str());
    named.map_or_else(|| text(&vm["id"]), str::to_owned)
}

pub(super) fn instant(value: &Value) -> Option<i64> {
    DateTime::parse_from_rfc3339(value.as_str()?).ok()?.timestamp_nanos_opt()
}

/// A mode with its reasons: `FileSystemRedirected (FileSystemReFs)`.
pub(super) fn mode(span: &Value) -> String {
    let reasons = ["file_system_reasons", "block_reasons"].into_iter().flat_map(|name| list(span, name));
    let reasons: Vec<String> = reasons.map(text).collect();
    match reasons.is_empty() {
        true => text(&span["mode"]),
        false => format!("{} ({})", text(&span["mode"]), reasons.join(", ")),
    }
}
