//! Sections of a 2016+ log, and the lines of its `[=== Cluster ===]` header: build, node, time base.
//!
//! Everything in front of `[=== System ===]` is state at the time of collection; the rest is history. The
//! header's wording is held by the two public tools that read it (facts: cluster-log 1.4).

use nom::bytes::complete::{tag, take_until};
use nom::character::complete::i32 as number;
use nom::sequence::{preceded, terminated};
use nom::{IResult, Parser};

use crate::fact::{Channel, Claim, ClockClaim, Name, NodeClaim, NodeRef, TimeBase};

/// What a section holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Section {
    /// Before the first header, or a file without any.
    None,
    /// `[=== Cluster ===]`.
    Cluster,
    /// State, by its name: a table or text.
    State(String),
    /// History: which stream its lines belong to.
    Log(Channel),
}

/// The name of the channel that the `[Operational]` lines come from.
pub(super) const OPERATIONAL: &str = "Microsoft-Windows-FailoverClustering/Operational";

impl Section {
    /// By the name between the `===`.
    pub(super) fn named(name: &str) -> Self {
        let is = |word: &str| name.eq_ignore_ascii_case(word);
        if is("Cluster") {
            Self::Cluster
        } else if is("System") {
            Self::Log(Channel::System)
        } else if is("Microsoft-Windows-FailoverClustering/Operational logs") {
            Self::Log(Channel::ClusterOperational)
        } else if is("Cluster Logs") || is("Microsoft-Windows-FailoverClustering/DiagnosticVerbose") {
            Self::Log(Channel::ClusterEngine)
        } else if name.starts_with("Microsoft-Windows-") {
            let channel = name.strip_suffix(" logs").unwrap_or(name);
            Self::Log(Channel::Other(Name::new(channel)))
        } else {
            Self::State(name.to_owned())
        }
    }

    /// Which stream a log line belongs to: its own prefix decides, then the section it stands in.
    pub(super) fn channel(&self, prefix: &str) -> Channel {
        match (prefix, self) {
            ("System", _) => Channel::System,
            ("Verbose", _) => Channel::ClusterEngine,
            ("Operational", Self::Log(other @ Channel::Other(_))) => other.clone(),
            ("Operational", _) => Channel::ClusterOperational,
            ("", Self::Log(channel)) => channel.clone(),
            ("", _) => Channel::ClusterEngine,
            (other, Self::Log(Channel::Other(name))) => {
                Channel::Other(Name::new(&format!("{name} [{other}]")))
            }
            (other, _) => Channel::Other(Name::new(other)),
        }
    }
}

/// What a header line says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum HeaderLine {
    /// A statement, at the time of collection.
    Claim(Claim),
    /// `UTC = localtime + offset`, in minutes.
    Offset(i32),
    /// The reckoning of the log's own stamps; the offset is filled in from its own line.
    Base(TimeBase),
    /// The node that the log is of, and its number.
    CurrentNode(Name, Option<u32>),
}

/// Reads a line of the header; `None` where it is none of the known ones.
pub(super) fn header(line: &str) -> Option<HeaderLine> {
    let line = line.trim();
    if let Some(build) = line.strip_prefix("Build Number ") {
        let build = build.trim().parse().ok()?;
        return Some(HeaderLine::Claim(Claim::Node(NodeRef::REPORTER, NodeClaim::OsBuild(build))));
    }
    if let Ok((_, minutes)) = offset(line) {
        // No zone is further than a day from UTC.
        return (minutes.abs() <= 24 * 60).then_some(HeaderLine::Offset(minutes));
    }
    if let Some(rest) = line.strip_prefix("The logs were generated using ") {
        let word = rest.split(' ').next()?.to_ascii_uppercase();
        return match word.trim_end_matches('.') {
            "LOCAL" => Some(HeaderLine::Base(TimeBase::Local { offset_minutes: None })),
            // The exact wording of the other case is not published; these words are what it can begin with.
            "GMT" | "UTC" | "GREENWICH" | "COORDINATED" | "UNIVERSAL" => {
                Some(HeaderLine::Base(TimeBase::Utc))
            }
            _ => None,
        };
    }
    let rest = line.strip_prefix("Current node:")?.trim();
    let (name, rest) = rest.strip_prefix("name (")?.split_once(')')?;
    let number = rest.split_once("id (").and_then(|(_, rest)| rest.split(')').next()?.parse().ok());
    let name = Name::node(name);
    (!name.is_empty()).then_some(HeaderLine::CurrentNode(name, number))
}

/// The offset as a statement about the node's clock, whatever the log's own base is.
pub(super) fn bias(minutes: i32) -> Claim {
    Claim::Clock(ClockClaim::Bias { minutes })
}

/// `UTC = localtime + time zone offset;the time zone offset of this machine is 420 minutes, or 7 hours`: the minutes.
fn offset(line: &str) -> IResult<&str, i32> {
    let head = (tag("UTC = localtime + time zone offset"), take_until("machine is "), tag("machine is "));
    preceded(head, terminated(number, tag(" minute"))).parse(line)
}

#[cfg(test)]
mod tests {
    use super::{HeaderLine, Section, header};
    use crate::fact::{Channel, Claim, Name, NodeClaim, NodeRef, TimeBase};

    #[test]
    fn header_lines() {
        let check = |line: &str, expect: Option<HeaderLine>| assert_eq!(header(line), expect, "{line}");
        let build = Claim::Node(NodeRef::REPORTER, NodeClaim::OsBuild(17763));
        check("Build Number 17763", Some(HeaderLine::Claim(build)));
        check(
            "UTC = localtime + time zone offset;the time zone offset of this machine is -60 minutes, or -1 hours",
            Some(HeaderLine::Offset(-60)),
        );
        check(
            "The logs were generated using local time",
            Some(HeaderLine::Base(TimeBase::Local { offset_minutes: None })),
        );
        check("The logs were generated using GMT", Some(HeaderLine::Base(TimeBase::Utc)));
        check(
            "The logs were generated using Coordinated Universal Time",
            Some(HeaderLine::Base(TimeBase::Utc)),
        );
        check("The logs were generated using sundials", None);
        check(
            "Current node: name (hv-07) id (3)",
            Some(HeaderLine::CurrentNode(Name::new("hv-07"), Some(3))),
        );
        check("Current node: name () id (3)", None);
        check("Build Number x", None);
        check("anything", None);
    }

    #[test]
    fn streams() {
        let cau = Section::named("Microsoft-Windows-ClusterAwareUpdating/Admin logs");
        let check = |section: &Section, prefix: &str, expect: Channel| {
            assert_eq!(section.channel(prefix), expect, "{section:?} {prefix}");
        };
        check(&Section::None, "", Channel::ClusterEngine);
        check(&Section::None, "System", Channel::System);
        check(&Section::named("system"), "", Channel::System);
        check(&Section::named("Cluster Logs"), "Operational", Channel::ClusterOperational);
        check(&cau, "", Channel::Other(Name::new("Microsoft-Windows-ClusterAwareUpdating/Admin")));
        check(&cau, "Verbose", Channel::ClusterEngine);
    }
}
