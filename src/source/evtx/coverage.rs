//! What a log covers: runs of record numbers without a gap, by channel and computer. Only inside a run does
//! silence mean that nothing was logged.
//!
//! A live log numbers its records without gaps, so that a gap proves records lost. An export may hold a
//! selection, under the numbers of the log it was taken from: there a gap ends a run and proves nothing.

use std::collections::BTreeMap;

use crate::fact::{Channel, Coverage, InputId, Name, Stamp};

/// Times of neighbouring records may stand this far out of order (nanoseconds); more is a clock set back.
const DISORDER: i64 = 1_000_000_000;

/// One record, as far as completeness goes.
pub(super) struct Entry<'a> {
    pub(super) channel: &'a str,
    pub(super) computer: &'a str,
    pub(super) number: u64,
    /// Nanoseconds UTC, where the record's time is plausible.
    pub(super) time: Option<i64>,
    /// Nothing was logged between this record and the one before (after) it, for all that numbers say.
    pub(super) breaks: Breaks,
}

/// Where completeness ends for another reason than numbering.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Breaks {
    /// It does not.
    #[default]
    No,
    /// Before this record: the service started.
    Before,
    /// After this record: the service stopped, the log was cleared.
    After,
}

#[derive(Clone, Debug)]
struct Run {
    first: u64,
    last: u64,
    times: Option<(i64, i64)>,
    breaks_before: bool,
    breaks_after: bool,
}

/// Runs of all channels and computers of one input.
#[derive(Default)]
pub(super) struct Runs {
    /// By channel and computer, in the order of their first records.
    runs: Vec<(String, String, Vec<Run>)>,
    /// Their places, by channel, then computer.
    places: BTreeMap<String, BTreeMap<String, usize>>,
    /// The place of the last record's: most often it is the next one's too.
    last: usize,
    /// Some record stands under another number than its place in the file: an export.
    exported: bool,
}

impl Runs {
    pub(super) fn exported(&mut self) {
        self.exported = true;
    }

    /// The one computer that all records name.
    pub(super) fn computer(&self) -> Option<Name> {
        let mut computers =
            self.runs.iter().map(|(_, computer, _)| Name::node(computer)).filter(|n| !n.is_empty());
        let first = computers.next()?;
        computers.all(|other| other == first).then_some(first)
    }

    pub(super) fn add(&mut self, entry: &Entry<'_>) {
        let same = |(channel, computer, _): &(String, String, Vec<Run>)| {
            channel == entry.channel && computer == entry.computer
        };
        if !self.runs.get(self.last).is_some_and(same) {
            let place = self.places.get(entry.channel).and_then(|computers| computers.get(entry.computer));
            self.last = place.copied().unwrap_or_else(|| {
                let (channel, computer) = (entry.channel.to_owned(), entry.computer.to_owned());
                let computers = self.places.entry(channel.clone()).or_default();
                computers.insert(computer.clone(), self.runs.len());
                self.runs.push((channel, computer, Vec::new()));
                self.runs.len() - 1
            });
        }
        let Some((_, _, runs)) = self.runs.get_mut(self.last) else { return };
        if let Some(run) = runs.last_mut() {
            let set_back = match (run.times, entry.time) {
                (Some((_, latest)), Some(time)) => time < latest.saturating_sub(DISORDER),
                _ => false,
            };
            let next = run.last.checked_add(1) == Some(entry.number);
            if next && !set_back && !run.breaks_after && entry.breaks != Breaks::Before {
                run.last = entry.number;
                run.times = match (run.times, entry.time) {
                    (Some((from, to)), Some(time)) => Some((from.min(time), to.max(time))),
                    (times, time) => times.or(time.map(|t| (t, t))),
                };
                run.breaks_after = entry.breaks == Breaks::After;
                return;
            }
        }
        runs.push(Run {
            first: entry.number,
            last: entry.number,
            times: entry.time.map(|t| (t, t)),
            breaks_before: entry.breaks == Breaks::Before,
            breaks_after: entry.breaks == Breaks::After,
        });
    }

    /// The pieces, and how many records the numbering proves missing between them.
    pub(super) fn finish(mut self, input: InputId) -> (Vec<Coverage>, u64) {
        let mut coverage = Vec::new();
        let mut lost = 0u64;
        self.runs.sort_by(|a, b| (&a.0, &a.1).cmp(&(&b.0, &b.1)));
        for (channel, computer, mut runs) in self.runs {
            runs.sort_by_key(|run| (run.first, run.last));
            let mut joined: Vec<Run> = Vec::new();
            for run in runs {
                let Some(before) = joined.last_mut() else {
                    joined.push(run);
                    continue;
                };
                let gap = run.first.saturating_sub(before.last);
                // A number that leaps by more than a log can hold is itself damaged.
                if gap > 1 && gap <= u64::from(u32::MAX) && !self.exported {
                    lost = lost.saturating_add(gap - 1);
                }
                let in_order = match (before.times, run.times) {
                    (Some((_, to)), Some((from, _))) => from >= to.saturating_sub(DISORDER),
                    _ => true,
                };
                if gap == 1 && in_order && !before.breaks_after && !run.breaks_before {
                    before.last = run.last;
                    before.breaks_after = run.breaks_after;
                    before.times = match (before.times, run.times) {
                        (Some((a, b)), Some((c, d))) => Some((a.min(c), b.max(d))),
                        (times, others) => times.or(others),
                    };
                } else {
                    joined.push(run);
                }
            }
            for (from, to) in joined.into_iter().filter_map(|run| run.times) {
                coverage.push(Coverage {
                    input,
                    reporter: Some(Name::node(&computer)).filter(|n| !n.is_empty()),
                    channel: known_channel(&channel),
                    from: Stamp::Utc(from),
                    to: Stamp::Utc(to),
                });
            }
        }
        (coverage, lost)
    }
}

/// Our word for a channel.
fn known_channel(name: &str) -> Channel {
    let table: &[(&str, Channel)] = &[
        ("System", Channel::System),
        ("Microsoft-Windows-FailoverClustering/Operational", Channel::ClusterOperational),
        ("Microsoft-Windows-FailoverClustering/Diagnostic", Channel::ClusterEngine),
        ("Microsoft-Windows-FailoverClustering-CsvFs/Operational", Channel::CsvFsOperational),
        ("Microsoft-Windows-Hyper-V-VMMS-Admin", Channel::VmmsAdmin),
        ("Microsoft-Windows-Hyper-V-Worker-Admin", Channel::WorkerAdmin),
        ("Microsoft-Windows-Hyper-V-High-Availability-Admin", Channel::HighAvailabilityAdmin),
        ("Microsoft-Windows-VHDMP-Operational", Channel::VhdmpOperational),
        ("Microsoft-Windows-SmbClient/Connectivity", Channel::SmbConnectivity),
    ];
    let known = table.iter().find(|(own, _)| own.eq_ignore_ascii_case(name.trim()));
    known.map_or_else(|| Channel::Other(Name::new(name)), |(_, channel)| channel.clone())
}

#[cfg(test)]
mod tests {
    use super::{Breaks, Entry, Runs};
    use crate::fact::{InputId, Stamp};

    const SECOND: i64 = 1_000_000_000;

    /// `number@seconds`, with `<` for a break before and `>` for one after, gives `from-to` pieces and losses.
    fn check(records: &str, exported: bool, expect: &str) {
        let mut runs = Runs::default();
        for record in records.split_whitespace() {
            let breaks = match record.chars().next() {
                Some('<') => Breaks::Before,
                Some('>') => Breaks::After,
                _ => Breaks::No,
            };
            let (number, time) = record.trim_start_matches(['<', '>']).split_once('@').expect("number@time");
            let number = number.parse().expect("a number");
            let time = time.parse::<i64>().ok().map(|t| t * SECOND);
            runs.add(&Entry { channel: "System", computer: "n1.example.org", number, time, breaks });
        }
        if exported {
            runs.exported();
        }
        let (coverage, lost) = runs.finish(InputId(0));
        let text = |stamp| if let Stamp::Utc(at) = stamp { (at / SECOND).to_string() } else { "?".into() };
        let pieces: Vec<_> = coverage.iter().map(|c| format!("{}-{}", text(c.from), text(c.to))).collect();
        assert_eq!(format!("{} lost {lost}", pieces.join(" ")), expect, "{records}");
    }

    #[test]
    fn pieces() {
        check("1@10 2@20 3@30", false, "10-30 lost 0");
        check("1@10 2@20 5@50 6@60", false, "10-20 50-60 lost 2");
        check("1@10 2@20 5@50", true, "10-20 50-50 lost 0");
        // A wrapped log: the later half stands first in the file.
        check("3@30 4@40 1@10 2@20", false, "10-40 lost 0");
        // The clock was set back.
        check("1@10 2@20 3@5 4@6", false, "10-20 5-6 lost 0");
        // Stopped and started.
        check("1@10 >2@20 <3@90 4@95", false, "10-20 90-95 lost 0");
        check(">3@30 <4@40 1@10 2@20", false, "10-30 40-40 lost 0");
        // A damaged time says nothing of the span.
        check("1@10 2@x 3@30", false, "10-30 lost 0");
        check("1@x", false, " lost 0");
        // The same records twice.
        check("1@10 2@20 1@10 2@20", false, "10-20 10-20 lost 0");
        check("18446744073709551615@10 0@20", false, "20-20 10-10 lost 0");
    }
}
