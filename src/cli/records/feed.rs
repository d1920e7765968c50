//! Where the merge gets its entries from: one stream a section of a log and one an other input, each encoded ahead of
//! the merge in blocks, by all threads there are.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, Scope};

use throughline::bundle::{Bundle, Input};
use throughline::ledger::Tally;
use throughline::source::cluster_log::Part;
use throughline::source::cluster_log::rows::{Entry, Rows};
use throughline::source::{Row, records};

use super::write::Writer;

/// Blocks of a stream that may wait for the merge.
const AHEAD: usize = 2;

/// Encoded entries of one stream.
#[derive(Default)]
pub(super) struct Block {
    pub(super) bytes: Vec<u8>,
    /// Of each entry: where it stands in the order, and where it ends in `bytes`. The first never falls.
    pub(super) entries: Vec<(i64, usize)>,
}

/// A piece of a log, read and encoded as far as it is asked for.
pub(super) struct Pull<'b> {
    pub(super) rows: Rows<'b>,
    pub(super) writer: Writer<'b>,
}

impl Pull<'_> {
    /// Fills a block; whether there may be more.
    fn fill(&mut self, block: &mut Block, size: usize) -> bool {
        let Self { rows, writer } = self;
        rows.go(&mut |entry| {
            match entry {
                Entry::Plain(origin, line) => writer.line(origin, line, block),
                Entry::Row(row) => writer.row(&row, block),
            }
            block.bytes.len() < size
        })
    }
}

/// How a stream ended: the account of its piece or of its input, and how many of its times are not sure.
pub(super) enum End {
    Piece(Part, u64),
    Input(&'static str, Tally, u64),
}

/// One stream, seen from outside.
#[derive(Default)]
struct Slot<'b> {
    /// Nobody works on it, and there may be more.
    idle: Option<Box<Pull<'b>>>,
    ready: VecDeque<Block>,
    spare: Vec<Block>,
    end: Option<End>,
    /// Nobody feeds it while it is merged: all of it is kept.
    whole: bool,
}

/// All streams.
pub(super) struct Feed<'b> {
    state: Mutex<State<'b>>,
    /// A block is ready, or a stream has ended.
    news: Condvar,
    /// A block was taken, or a stream is idle.
    room: Condvar,
    /// About how large a block is, in bytes.
    size: usize,
}

struct State<'b> {
    slots: Vec<Slot<'b>>,
    /// Nobody takes anything any more.
    over: bool,
}

impl<'b> Feed<'b> {
    pub(super) fn new(pulls: Vec<Option<Pull<'b>>>, size: usize) -> Self {
        let slot = |pull: Option<Pull<'b>>| Slot { idle: pull.map(Box::new), ..Slot::default() };
        let state = State { slots: pulls.into_iter().map(slot).collect(), over: false };
        Self { state: Mutex::new(state), news: Condvar::new(), room: Condvar::new(), size }
    }

    fn lock(&self) -> MutexGuard<'_, State<'b>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has threads read ahead; where none are to be had, whoever asks for a block makes it.
    pub(super) fn help<'s>(&'s self, scope: &'s Scope<'s, '_>, threads: usize) {
        for _ in 0..threads {
            if Builder::new().spawn_scoped(scope, || self.ahead()).is_err() {
                return;
            }
        }
    }

    fn ahead(&self) {
        let mut state = self.lock();
        loop {
            // A stream that somebody works on may become idle again.
            if state.over || state.slots.iter().all(|slot| slot.end.is_some()) {
                return;
            }
            state = match job(&mut state, None) {
                Some((at, pull, block)) => {
                    drop(state);
                    self.work(at, pull, block);
                    self.lock()
                }
                None => self.room.wait(state).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }

    fn work(&self, at: usize, mut pull: Box<Pull<'b>>, mut block: Block) {
        let more = pull.fill(&mut block, self.size);
        let mut state = self.lock();
        if let Some(slot) = state.slots.get_mut(at) {
            if !block.entries.is_empty() {
                slot.ready.push_back(block);
            }
            if more {
                slot.idle = Some(pull);
            } else {
                let Pull { rows, writer } = *pull;
                slot.end = Some(End::Piece(rows.part(), writer.unsure));
            }
        }
        self.news.notify_all();
        self.room.notify_all();
    }

    /// Reads an input whose reader cannot be made to wait but by holding its thread: on one of its own, or at once and
    /// whole where none is to be had.
    pub(super) fn push<'s>(
        &'s self,
        scope: &'s Scope<'s, '_>,
        at: usize,
        bundle: &'b Bundle,
        input: &'b Input,
        writer: Writer<'b>,
    ) {
        let spare = writer.again();
        if Builder::new().spawn_scoped(scope, move || self.read(at, bundle, input, writer)).is_err() {
            if let Some(slot) = self.lock().slots.get_mut(at) {
                slot.whole = true;
            }
            self.read(at, bundle, input, spare);
        }
    }

    fn read(&self, at: usize, bundle: &Bundle, input: &Input, mut writer: Writer<'b>) {
        let mut block = Block::default();
        let (kind, tally) = records(bundle, input, &mut |row: Row| {
            writer.row(&row, &mut block);
            block.bytes.len() < self.size || self.give(at, &mut block)
        });
        let mut state = self.lock();
        if let Some(slot) = state.slots.get_mut(at) {
            if !block.entries.is_empty() {
                slot.ready.push_back(block);
            }
            slot.end = Some(End::Input(kind, tally, writer.unsure));
        }
        self.news.notify_all();
        self.room.notify_all();
    }

    /// Hands a block over when there is room, for an empty one; `false` when nobody takes any more.
    fn give(&self, at: usize, block: &mut Block) -> bool {
        let mut state = self.lock();
        loop {
            if state.over {
                return false;
            }
            let Some(slot) = state.slots.get_mut(at) else { return false };
            if slot.whole || slot.ready.len() < AHEAD {
                let empty = slot.spare.pop().unwrap_or_default();
                slot.ready.push_back(std::mem::replace(block, empty));
                self.news.notify_all();
                return true;
            }
            state = self.room.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// The next block of a stream, for the one before; `None` at its end.
    pub(super) fn next(&self, at: usize, used: Option<Block>) -> Option<Block> {
        let mut state = self.lock();
        if let (Some(mut block), Some(slot)) = (used, state.slots.get_mut(at)) {
            block.bytes.clear();
            block.entries.clear();
            slot.spare.push(block);
        }
        loop {
            let slot = state.slots.get_mut(at)?;
            if let Some(block) = slot.ready.pop_front() {
                self.room.notify_all();
                return Some(block);
            }
            if slot.end.is_some() {
                return None;
            }
            state = match job(&mut state, Some(at)) {
                Some((at, pull, block)) => {
                    drop(state);
                    self.work(at, pull, block);
                    self.lock()
                }
                None => self.news.wait(state).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }

    /// Says that nothing more will be taken.
    pub(super) fn over(&self) {
        self.lock().over = true;
        self.room.notify_all();
    }

    /// How each stream ended; `None` where it was not read to its end.
    pub(super) fn ends(self) -> Vec<Option<End>> {
        let state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        let ended = |slot: Slot<'b>| {
            let left = slot.idle.map(|pull| End::Piece(pull.rows.part(), pull.writer.unsure));
            slot.end.or(left)
        };
        state.slots.into_iter().map(ended).collect()
    }
}

/// A stream to work on, and an empty block for it: the one that is waited for, else the one with the fewest blocks.
fn job<'b>(state: &mut State<'b>, first: Option<usize>) -> Option<(usize, Box<Pull<'b>>, Block)> {
    let wanting = |(_, slot): &(usize, &Slot<'b>)| slot.idle.is_some() && slot.ready.len() < AHEAD;
    let rank = |(at, slot): &(usize, &Slot<'b>)| (Some(*at) != first, slot.ready.len(), *at);
    let at = state.slots.iter().enumerate().filter(wanting).min_by_key(rank)?.0;
    let slot = state.slots.get_mut(at)?;
    let block = slot.spare.pop().unwrap_or_default();
    Some((at, slot.idle.take()?, block))
}

/// Ends the feed however its user ends.
pub(super) struct Over<'f, 'b>(pub(super) &'f Feed<'b>);

impl Drop for Over<'_, '_> {
    fn drop(&mut self) {
        self.0.over();
    }
}
