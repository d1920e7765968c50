//! The help: keys, letters, and which letter stands for which node.

use super::mark::node_letter;
use crate::report::quote;

const HELP: &str = "\
KEYS
  Up Down  k j        lane, finding or line up and down; PgUp PgDn a page; g G first and last
  Left Right  h l     cursor through time; H L a page
  + -                 closer, farther; 0 everything
  w b                 to where the lane changes next, and back
  Tab  Shift-Tab      lanes, findings, evidence, what could not be told, what you may be told
  Enter               in the lanes: evidence of the span. On a finding: to its next lane and time
  e                   evidence of the span or finding
  c                   from a span to the finding that explains it
  /  n N              search (lanes, or findings where they have the focus); next, previous
  f                   filter lanes by words: names, values, rules (`sql via_coordinator`)
  d                   only lanes with something other than direct, active and up
  o                   only the lanes of the selected finding
  x                   all filters off
  Space  z            fold or unfold the lanes of one subject; of all
  1 2 3               to volumes, virtual machines, nodes
  ?  q                this help; quit (Ctrl-C too). Esc closes and cancels

LANES
  owner, runs on      the node's name or letter; = observed, - derived, . assumed, ? unknown,
                      + several nodes in one column (go closer)
  mode                - direct   F file-system redirected   B block redirected   X unavailable
  state               - active   P paused   D draining   S down level   I init   X other
  way of a disk       - direct   O at the owner itself   F and B through the coordinator   H held
  node                - up       D down
  small letters and . are assumed, ? is unknown, blank is outside what was told.
  Of several states in one column the gravest is shown. ! marks lanes with a letter, + folded ones.
  Times are UTC, or of the zone that --tz names.

NODES
";

/// The lines of the help.
pub(super) fn lines(nodes: &[String]) -> Vec<String> {
    let mut out: Vec<String> = HELP.lines().map(str::to_owned).collect();
    if nodes.is_empty() {
        out.push("  none is known".to_owned());
    }
    out.extend(
        nodes.iter().enumerate().map(|(at, node)| format!("  {}  {}", node_letter(at), quote::line(node))),
    );
    out
}
