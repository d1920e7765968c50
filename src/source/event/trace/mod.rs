//! A stream of events in time order, as facts: what each event says by itself, and what several say together
//! (the beginning and the end of one I/O).
//!
//! Every carrier of a trace (`.etl`, its text exports, an analytic log as EVTX) feeds this one fold, so that the
//! same trace gives the same facts whatever carried it.

mod note;

use super::{Meaning, Occurrence, meaning};
use crate::fact::{Claim, ClusterClaim, Fact, Name, Stamp};
use crate::ledger::{Entry, Tally};

/// The fold. Use: [`Trace::new`], [`Trace::gap`] for each stretch known to be incomplete, [`Trace::take`] for
/// every event in time order, [`Trace::finish`].
#[derive(Debug, Default)]
pub struct Trace {
    facts: Vec<Fact>,
    cluster: Option<Name>,
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
    /// `i64::MIN..=i64::MAX`.
    pub fn gap(&mut self, _from: i64, _to: i64) {}

    /// Takes the next event: puts it into its box of the account, notes what is wrong with it, and gives the box.
    pub fn take(&mut self, occurrence: &Occurrence<'_>, tally: &mut Tally) -> Entry {
        let origin = Some(occurrence.origin);
        let name = || Some(format!("{} {}", occurrence.event.provider, occurrence.event.id));
        let entry = match meaning(&occurrence.event) {
            Meaning::Claims(claims) => {
                if occurrence.stamp == Stamp::Missing {
                    tally.note(&note::TIME_DAMAGED, origin, name());
                }
                claims.into_iter().for_each(|claim| self.tell(occurrence, claim));
                Entry::Facts
            }
            Meaning::Silent | Meaning::Foreign => Entry::Silent,
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

    /// All facts; what was left open is noted.
    #[must_use]
    pub fn finish(self, _tally: &mut Tally) -> Told {
        Told { facts: self.facts, cluster: self.cluster }
    }

    fn tell(&mut self, occurrence: &Occurrence<'_>, claim: Claim) {
        if let Claim::Cluster(ClusterClaim::Name(name)) = &claim {
            self.cluster = Some(name.clone());
        }
        self.facts
            .push(Fact::new(occurrence.stamp, occurrence.origin, claim).by(occurrence.computer.clone()));
    }
}
