//! Lines without a tag: the start of a log session, the engine's last words, and dumps.

use super::Form;
use crate::fact::{Claim, ClockClaim, NodeClaim, NodeRef};
use crate::source::cluster_log::line::Line;

pub(super) const FORMS: &[Form] = &[
    Form {
        name: "log_begin",
        tag: "",
        needle: "+ LOG BEGIN +",
        sample: "INFO  ---+ LOG BEGIN +---",
        expect: begun,
        // Older logs use longer runs of dashes.
        scan: |line| (line.text.trim_matches('-') == "+ LOG BEGIN +").then(begun),
    },
    Form {
        name: "lost_quorum_error",
        tag: "",
        needle: "lost quorum (status = ",
        sample: "ERR   lost quorum (status = 5925)",
        expect: || vec![Claim::Node(NodeRef::REPORTER, NodeClaim::QuorumLost)],
        scan: |line| {
            line.text
                .starts_with("lost quorum (status = ")
                .then(|| vec![Claim::Node(NodeRef::REPORTER, NodeClaim::QuorumLost)])
        },
    },
    Form {
        name: "fatal_error",
        tag: "",
        needle: "FatalError: ",
        sample: "WARN  FatalError: join/form timeout (status = 258)",
        expect: Vec::new,
        scan: |line| line.text.starts_with("FatalError: ").then(Vec::new),
    },
    Form {
        name: "shutdown_lock",
        tag: "",
        needle: "Shutdown lock acquired",
        sample: "INFO  Shutdown lock acquired, proceeding with shutdown",
        expect: Vec::new,
        scan: |line| line.text.starts_with("Shutdown lock acquired").then(Vec::new),
    },
    Form {
        name: "timer",
        tag: "",
        needle: "MTimer(",
        sample: "INFO  MTimer(OneGroupMovetimer): [Total: 0 ms ( 0 s )]",
        expect: Vec::new,
        scan: |line| line.text.starts_with("MTimer(").then(Vec::new),
    },
];

/// The service wrote its first line.
fn begun() -> Vec<Claim> {
    vec![Claim::Node(NodeRef::REPORTER, NodeClaim::ServiceStarted), Claim::Clock(ClockClaim::LogBegin)]
}

/// A line of a dumped structure, or a C++ function's own remark: known to say nothing here.
pub(super) fn is_boring(line: &Line<'_>) -> bool {
    if !line.tag.is_empty() {
        return false;
    }
    let word = line.text.split([' ', '(']).next().unwrap_or_default();
    let function = word.contains("::")
        && word.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b':' | b'~'));
    line.text.starts_with('<') || line.text == "removed" || function
}
