//! What a policy may say, in TOML. Every mistake is named with its place; a key that is not known is a mistake,
//! for a misspelt limit would never be violated.

use std::ops::Range;
use std::time::Duration;

use serde::{Deserialize, Deserializer, de::Error};
use wildmatch::WildMatch;

use crate::fact::Certainty;
use crate::finding::Verdict;
use crate::rule::RULES;

/// A policy. Whatever is left out is not asked for.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    /// What is less sure than this violates nothing; it leaves the clause undecided.
    #[serde(deserialize_with = "certainty")]
    pub minimum_certainty: Option<Certainty>,
    /// Verdicts that no finding may have.
    #[serde(deserialize_with = "verdicts")]
    pub forbid_verdicts: Vec<Verdict>,
    /// Ids of the rules that may explain a detour; a detour without any of them violates.
    #[serde(deserialize_with = "causes")]
    pub allowed_causes: Option<Vec<String>>,
    /// Longest time in a row that the I/O of a VM disk may be held.
    #[serde(deserialize_with = "duration")]
    pub maximum_pause: Option<Duration>,
    /// Kinds of input that every node must have given: `cluster_log`, `evtx`, `etl`, ...
    pub required_inputs: Vec<String>,
    /// What a clause that cannot be judged comes to.
    pub on_undecided: OnUndecided,
    /// Limits of the time on a detour.
    pub maximum_detour: Vec<Maximum>,
}

/// What a clause that cannot be judged comes to.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnUndecided {
    /// It is reported and the check passes.
    #[default]
    Pass,
    /// The check ends with exit code 2.
    Fail,
}

/// A limit of the time on a detour, of everything that a pattern names.
#[derive(Clone, Debug, PartialEq)]
pub struct Maximum {
    /// Of what.
    pub of: Subject,
    /// Names; `*` and `?` are wild, case does not matter.
    pub pattern: String,
    /// At most this long, together.
    pub time: Duration,
}

/// What a limit is of.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A VM, over all of its disks.
    Vm,
    /// A volume: the VM time through its coordinator.
    Volume,
    /// A cause, by rule id: the VM time that it explains.
    Cause,
}

impl Subject {
    /// As a policy spells it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Vm => "vm",
            Self::Volume => "volume",
            Self::Cause => "cause",
        }
    }
}

impl Subject {
    /// As sentences call it.
    #[must_use]
    pub fn noun(self) -> &'static str {
        match self {
            Self::Vm => "VM",
            Self::Volume => "volume",
            Self::Cause => "cause",
        }
    }
}

impl Maximum {
    /// Does the limit hold for that name?
    #[must_use]
    pub fn names(&self, name: &str) -> bool {
        WildMatch::new_case_insensitive(&self.pattern).matches(name)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawMaximum {
    vm: Option<String>,
    volume: Option<String>,
    cause: Option<String>,
    #[serde(deserialize_with = "duration")]
    time: Option<Duration>,
}

impl<'de> Deserialize<'de> for Maximum {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        let raw = RawMaximum::deserialize(source)?;
        let (of, pattern) = match (raw.vm, raw.volume, raw.cause) {
            (Some(pattern), None, None) => (Subject::Vm, pattern),
            (None, Some(pattern), None) => (Subject::Volume, pattern),
            (None, None, Some(pattern)) => (Subject::Cause, pattern),
            _ => return Err(D::Error::custom("expected exactly one of `vm`, `volume` and `cause`")),
        };
        let time = raw.time.ok_or_else(|| D::Error::missing_field("time"))?;
        let maximum = Self { of, pattern, time };
        if of == Subject::Cause && !RULES.iter().any(|rule| maximum.names(rule.id)) {
            return Err(unknown(&maximum.pattern, RULES.iter().map(|rule| rule.id)));
        }
        Ok(maximum)
    }
}

fn duration<'de, D: Deserializer<'de>>(source: D) -> Result<Option<Duration>, D::Error> {
    match String::deserialize(source) {
        Err(error) => Err(D::Error::custom(format!("expected a time such as '90s', in quotes: {error}"))),
        Ok(text) => humantime::parse_duration(&text)
            .map(Some)
            .map_err(|error| D::Error::custom(format!("expected a time such as `90s` or `2h 30m`: {error}"))),
    }
}

fn certainty<'de, D: Deserializer<'de>>(source: D) -> Result<Option<Certainty>, D::Error> {
    let text = String::deserialize(source)?;
    let all = [Certainty::Assumed, Certainty::Derived, Certainty::Observed];
    let found = all.into_iter().find(|certainty| certainty.word() == text);
    found.map(Some).ok_or_else(|| unknown(&text, all.map(Certainty::word)))
}

fn verdicts<'de, D: Deserializer<'de>>(source: D) -> Result<Vec<Verdict>, D::Error> {
    let find = |text: String| {
        let found = Verdict::ALL.into_iter().find(|verdict| verdict.word() == text);
        found.ok_or_else(|| unknown(&text, Verdict::ALL.map(Verdict::word)))
    };
    Vec::<String>::deserialize(source)?.into_iter().map(find).collect()
}

fn causes<'de, D: Deserializer<'de>>(source: D) -> Result<Option<Vec<String>>, D::Error> {
    let causes = Vec::<String>::deserialize(source)?;
    for cause in &causes {
        if !RULES.iter().any(|rule| rule.id == cause) {
            return Err(unknown(cause, RULES.iter().map(|rule| rule.id)));
        }
    }
    Ok(Some(causes))
}

fn unknown<E: Error>(text: &str, known: impl IntoIterator<Item = &'static str>) -> E {
    let known: Vec<&str> = known.into_iter().collect();
    E::custom(format!("`{text}` is not known; there are: {}", known.join(", ")))
}

impl Policy {
    /// Reads a policy.
    ///
    /// # Errors
    /// What was expected and what there is, and the bytes of `text` that it is about.
    pub fn parse(text: &str) -> Result<Self, Mistake> {
        toml::from_str(text).map_err(|error| Mistake {
            message: in_words(error.message().trim_end()),
            at: error.span().unwrap_or_default(),
        })
    }
}

/// What the parser says, in the words of a policy.
fn in_words(message: &str) -> String {
    match message {
        "duplicate key" => "this key stands here a second time".to_owned(),
        "invalid type: map, expected a sequence" => {
            "expected a table in two pairs of brackets, for there may be several: [[maximum_detour]]"
                .to_owned()
        }
        message => message.replace(", expected a sequence", ", expected a list in brackets: ['...', '...']"),
    }
}

/// What is wrong with a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// What was expected, and what there is.
    pub message: String,
    /// Bytes of the policy's text; empty where it is about the whole.
    pub at: Range<usize>,
}

#[cfg(test)]
mod tests {
    use super::{OnUndecided, Policy, Subject};

    #[test]
    fn a_policy_is_read() {
        let policy = Policy::parse(
            "minimum_certainty = 'derived'\nforbid_verdicts = ['fault']\nallowed_causes = ['refs']\n\
             maximum_pause = '30s'\nrequired_inputs = ['cluster_log']\non_undecided = 'fail'\n\
             [[maximum_detour]]\nvm = 'SQL*'\ntime = '1m'\n[[maximum_detour]]\ncause = 'refs'\ntime = '2h 30m'\n",
        );
        let policy = policy.expect("a policy");
        assert_eq!(policy.on_undecided, OnUndecided::Fail);
        assert_eq!(policy.maximum_detour[1].of, Subject::Cause);
        assert_eq!(policy.maximum_detour[1].time.as_secs(), 9000);
        assert!(policy.maximum_detour[0].names("sql07") && !policy.maximum_detour[0].names("web"));
        assert_eq!(Policy::parse(""), Ok(Policy::default()));
    }

    #[test]
    fn mistakes_are_named() {
        let check = |text: &str, part: &str| {
            let error = Policy::parse(text).expect_err(text);
            assert!(error.message.contains(part), "{text}\n{error:?}");
            assert!(text.get(error.at.clone()).is_some(), "{text}\n{error:?}");
        };
        check("maximum_pauze = '3s'", "unknown field `maximum_pauze`");
        check("maximum_pause = 'soon'", "such as `90s`");
        check("allowed_causes = ['Refs']", "`Refs` is not known; there are: refs");
        check("forbid_verdicts = ['faults']", "there are: fault, configuration");
        check("minimum_certainty = 'unknown'", "assumed, derived, observed");
        check("[[maximum_detour]]\ntime = '1s'", "exactly one of");
        check("[[maximum_detour]]\nvm = 'a'\nvolume = 'b'\ntime = '1s'", "exactly one of");
        check("[[maximum_detour]]\nvm = 'a'", "missing field `time`");
        check("[[maximum_detour]]\ncause = 'ref'\ntime = '1s'", "`ref` is not known; there are: refs");
        check("maximum_pause = 3", "such as '90s', in quotes");
        check("maximum_pause = '1s'\nmaximum_pause = '2s'", "a second time");
        check("[maximum_detour]\nvm = 'a'\ntime = '1s'", "[[maximum_detour]]");
        check("required_inputs = 'evtx'", "a list in brackets");
        check("x", "key with no value");
    }
}
