//! A stream of events in time order, as facts: what each event says by itself, and what several say together
//! (the beginning and the end of one I/O).
//!
//! Every carrier of a trace (`.etl`, its text exports, an analytic log as EVTX) feeds this one fold, so that the
//! same trace gives the same facts whatever carried it.

mod bounded;
mod bucket;
mod gap;
mod machine;
mod note;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use self::gap::Gaps;
use self::machine::{Done, Loose, Machine};
use super::{Meaning, Occurrence, csvfs_io, meaning};
use crate::fact::{Claim, ClusterClaim, Fact, Name, Stamp};
use crate::ledger::{Entry, Tally};

/// The fold. Use: [`Trace::new`], [`Trace::gap`] for each stretch known to be incomplete, [`Trace::take`] for
/// every event in time order, [`Trace::finish`].
#[derive(Debug, Default)]
pub struct Trace {
    facts: Vec<Fact>,
    cluster: Option<Name>,
    gaps: Gaps,
    machines: BTreeMap<Option<Name>, Machine>,
}

/// What a stream came to.
#[derive(Debug, Default)]
pub struct Told {
    /// The facts: of single events in their order, then those of several. `reporter` is the occurrence's computer.
    pub facts: Vec<Fact>,
    /// The cluster's name, where an event tells it.
    pub cluster: Option<Name>,
}

impl Trace {
    /// Nothing taken yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Events are missing somewhere between two times (nanoseconds, in the reckoning of the events' own stamps).
    /// Figures that touch the stretch become lower bounds, and no I/O is paired across it by an address alone.
    /// All gaps are told before the first event; a carrier that cannot place what is lost gives
    /// `i64::MIN..=i64::MAX`, which may also be told last.
    pub fn gap(&mut self, from: i64, to: i64) {
        self.gaps.add(from, to);
    }

    /// Takes the next event: puts it into its box of the account, notes what is wrong with it, and gives the box.
    pub fn take(&mut self, occurrence: &Occurrence<'_>, tally: &mut Tally) -> Entry {
        let origin = Some(occurrence.origin);
        let name = || Some(format!("{} {}", occurrence.event.provider, occurrence.event.id));
        let entry = match meaning(&occurrence.event) {
            Meaning::Claims(claims) => {
                if occurrence.stamp == Stamp::Missing {
                    tally.note(&note::TIME_DAMAGED, origin, name());
                }
                let changes = |claim: &Claim| matches!(claim, Claim::Volume(..) | Claim::Vm(..));
                if claims.iter().any(changes) {
                    self.changed(occurrence);
                }
                claims.into_iter().for_each(|claim| self.tell(occurrence, claim));
                Entry::Facts
            }
            Meaning::Silent => self.together(occurrence),
            Meaning::Foreign => Entry::Silent,
            Meaning::Unknown => {
                tally.note(&note::EVENT_UNKNOWN, origin, name());
                Entry::Unknown
            }
            Meaning::Malformed => {
                tally.note(&note::FIELDS_UNEXPECTED, origin, name());
                Entry::Malformed
            }
        };
        tally.count(entry);
        entry
    }

    /// What single events have told so far, in their order.
    #[must_use]
    pub fn facts(&self) -> &[Fact] {
        &self.facts
    }

    /// All facts; what was left open is noted.
    #[must_use]
    pub fn finish(self, tally: &mut Tally) -> Told {
        let mut told = Told { facts: self.facts, cluster: self.cluster };
        let mut all = Loose::default();
        let mut crowded = 0;
        for (computer, machine) in self.machines {
            let (facts, loose, alone) = machine.finish(&self.gaps);
            told.facts.extend(facts.into_iter().map(|fact| fact.by(computer.clone())));
            all.without_start += loose.without_start;
            all.without_end += loose.without_end;
            all.without_path += loose.without_path;
            all.unplaced += loose.unplaced;
            crowded += alone;
        }
        let mut note = |kind, count: u64, what: &str| {
            if count > 0 {
                tally.note(kind, None, Some(format!("{count} {what}")));
            }
        };
        note(&note::WITHOUT_START, all.without_start, "I/Os");
        note(&note::WITHOUT_END, all.without_end, "I/Os");
        note(&note::WITHOUT_PATH, all.without_path, "I/Os");
        note(&note::UNPLACED, all.unplaced, "events");
        note(&note::CROWDED, crowded, "I/Os");
        told
    }

    /// An event that says nothing by itself may be part of an I/O.
    fn together(&mut self, occurrence: &Occurrence<'_>) -> Entry {
        let Some(io) = csvfs_io::io(&occurrence.event) else { return Entry::Silent };
        let machine = self.machines.entry(occurrence.computer.clone()).or_default();
        if let Some((address, volume)) = csvfs_io::volume_address(&occurrence.event) {
            machine.volume_address(address, volume);
        }
        match machine.take(io, occurrence, &self.gaps) {
            Done::Counted => Entry::Facts,
            Done::Kept => Entry::Silent,
        }
    }

    /// A volume's state or a VM's place changed, or was told.
    fn changed(&mut self, occurrence: &Occurrence<'_>) {
        let machine = self.machines.entry(occurrence.computer.clone()).or_default();
        machine.buckets.cut();
        if let Some((address, volume)) = csvfs_io::volume_address(&occurrence.event) {
            machine.volume_address(address, volume);
        }
    }

    fn tell(&mut self, occurrence: &Occurrence<'_>, claim: Claim) {
        if let Claim::Cluster(ClusterClaim::Name(name)) = &claim {
            self.cluster = Some(name.clone());
        }
        self.facts
            .push(Fact::new(occurrence.stamp, occurrence.origin, claim).by(occurrence.computer.clone()));
    }
}
