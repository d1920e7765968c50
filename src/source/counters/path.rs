//! Counter paths: `\\NODE\Set(instance)\counter`, as PDH writes them (learn.microsoft.com, "Specifying a Counter Path").
//!
//! An instance may hold parentheses and backslashes (`Disk (0)`, `parent/child#1`), a set or counter may hold
//! parentheses too; the instance ends at the last `)\`. What the parts mean is not known here.

/// The parts of a path, as written.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) struct Path<'a> {
    /// The machine; empty where the path names none.
    pub(super) node: &'a str,
    /// The counter set.
    pub(super) set: &'a str,
    /// The instance; empty where the set has none.
    pub(super) instance: &'a str,
    /// The counter.
    pub(super) counter: &'a str,
}

impl<'a> Path<'a> {
    /// `None` where it is no path.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let text = text.trim();
        let (node, rest) = match text.strip_prefix(r"\\") {
            Some(rest) => rest.split_once('\\')?,
            None => ("", text.strip_prefix('\\')?),
        };
        let (object, counter) = match rest.find(['(', '\\']) {
            Some(at) if rest.as_bytes()[at] == b'(' => {
                let close = rest.rfind(")\\")?;
                (rest.get(..close)?, &rest[close + 2..])
            }
            _ => rest.split_once('\\')?,
        };
        let (set, instance) = object.split_once('(').unwrap_or((object, ""));
        let part = |part: &'a str| part.trim();
        let path =
            Self { node: part(node), set: part(set), instance: part(instance), counter: part(counter) };
        (!path.set.is_empty() && !path.counter.is_empty()).then_some(path)
    }
}

#[cfg(test)]
mod tests {
    use super::Path;

    #[test]
    fn paths() {
        let check = |text: &str, expect: &str| {
            let told =
                Path::parse(text).map(|p| format!("{}|{}|{}|{}", p.node, p.set, p.instance, p.counter));
            assert_eq!(told.as_deref().unwrap_or("-"), expect, "{text}");
        };
        check(r"\\HV-A\Memory\Available MBytes", "HV-A|Memory||Available MBytes");
        check(
            r"\\hv-a\Cluster CSV File System(Volume1)\Volume State",
            "hv-a|Cluster CSV File System|Volume1|Volume State",
        );
        check(r"\\n\Set(a (b)\c)\Reads/sec", r"n|Set|a (b)\c|Reads/sec");
        check(r"\Processor(_Total)\% Processor Time", "|Processor|_Total|% Processor Time");
        check(r"\\n\Set\Value (ms)", "n|Set||Value (ms)");
        check(r"\\n\Set(x", "-");
        check(r"\\n", "-");
        check("", "-");
        check("(PDH-CSV 4.0)", "-");
    }
}
