//! Advice to monitor traffic: a figure is not a cause.

use super::{Advice, Fits, ruling};

pub(super) const MONITOR: Advice = Advice {
    id: "monitor-traffic",
    said: "Monitor the traffic on the CSV network.",
    check: |s| {
        let measured = s.detours().filter(|route| route.bytes.is_some()).count();
        let all = s.detours().count();
        match (measured, all) {
            (0, _) => ruling(
                Fits::Applies,
                "No bytes of a detour were measured in this bundle. The counters of CSVFS and a short trace tell how \
                 much goes which way; they do not tell why. `throughline collect` gathers both.",
                Vec::new(),
            ),
            (some, all) if some == all => {
                ruling(Fits::DoesNotApply, "It was measured: the bytes stand beside the detours.", Vec::new())
            }
            _ => ruling(
                Fits::Applies,
                format!(
                    "Only {measured} of {all} detours were measured; longer counters would tell the rest."
                ),
                Vec::new(),
            ),
        }
    },
};
