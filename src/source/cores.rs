//! Work on the pieces of one input, on all cores, while what came of the pieces before is taken in.

use std::collections::VecDeque;
use std::panic::resume_unwind;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, Scope, ScopedJoinHandle};

/// Pieces that are worked on before other cores are called: most inputs are small.
const ALONE: usize = 2;

/// What is done to an input, piece by piece.
pub(super) struct Pieces<'a, T, U> {
    /// The next piece, out of the input; `None` behind the last.
    pub(super) make: &'a mut (dyn FnMut() -> Option<T> + Send),
    /// What comes of a piece.
    pub(super) work: &'a (dyn Fn(T) -> U + Sync),
    /// How many pieces may be under way, or wait to be taken.
    pub(super) most: usize,
}

/// Lets `body` take what came of each piece, in the order of the input, while other cores make and work ahead. The caller's thread
/// works too where it would have to wait. The others are threads of their own: a worker of the pool that waited for pieces
/// would begin the next input meanwhile, and hold this one, and so on without end. Where no thread is to be had, the caller's
/// does it all.
pub(super) fn ahead<T, U: Send, O>(
    pieces: Pieces<'_, T, U>,
    body: impl FnOnce(&mut dyn FnMut() -> Option<U>) -> O,
) -> O {
    let belt = Belt {
        make: Mutex::new(pieces.make),
        work: pieces.work,
        most: pieces.most.max(1),
        state: Mutex::new(State { slots: VecDeque::new(), first: 0, ended: false, stopped: false }),
        moved: Condvar::new(),
    };
    let belt = &belt;
    std::thread::scope(|scope| {
        let mut helpers = Helpers { belt, threads: Vec::new(), called: false };
        let mut taken = 0;
        let out = body(&mut || {
            if taken == ALONE {
                helpers.call(scope);
            }
            taken += 1;
            belt.take()
        });
        helpers.dismiss();
        out
    })
}

struct Belt<'a, T, U> {
    /// One thread at a time asks for the next piece, so that pieces have an order.
    make: Mutex<&'a mut (dyn FnMut() -> Option<T> + Send)>,
    work: &'a (dyn Fn(T) -> U + Sync),
    most: usize,
    state: Mutex<State<U>>,
    /// Something in the state is another than before.
    moved: Condvar,
}

struct State<U> {
    /// What comes of the pieces that were made and not taken yet; `None` while it is worked on.
    slots: VecDeque<Option<U>>,
    /// Which piece the first slot is of.
    first: usize,
    /// There are no more pieces.
    ended: bool,
    /// Nobody takes any more, or a thread has panicked.
    stopped: bool,
}

impl<T, U: Send> Belt<'_, T, U> {
    fn state(&self) -> MutexGuard<'_, State<U>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes the next piece and works on it; `false` where there is no room, or none is left.
    fn step(&self) -> bool {
        let mut make = self.make.lock().unwrap_or_else(PoisonError::into_inner);
        {
            let state = self.state();
            if state.ended || state.stopped || state.slots.len() >= self.most {
                return false;
            }
        }
        let piece = make();
        let mut state = self.state();
        let Some(piece) = piece else {
            state.ended = true;
            self.moved.notify_all();
            return false;
        };
        state.slots.push_back(None);
        let number = state.first + state.slots.len() - 1;
        drop(state);
        drop(make);
        let done = (self.work)(piece);
        let mut state = self.state();
        // It is not the first slot that was taken: those are taken in order, and this one is not done.
        let at = number - state.first;
        if let Some(slot) = state.slots.get_mut(at) {
            *slot = Some(done);
        }
        self.moved.notify_all();
        true
    }

    fn take(&self) -> Option<U> {
        loop {
            {
                let mut state = self.state();
                if let Some(done) = state.slots.front_mut().and_then(Option::take) {
                    state.slots.pop_front();
                    state.first += 1;
                    self.moved.notify_all();
                    return Some(done);
                }
                if state.stopped || (state.ended && state.slots.is_empty()) {
                    return None;
                }
            }
            if self.step() {
                continue;
            }
            let mut state = self.state();
            while !state.stopped && state.slots.front().is_some_and(Option::is_none) {
                state = self.moved.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
        }
    }

    /// What a helper does until the end.
    fn help(&self) {
        let _stops = StopsOnPanic(self);
        loop {
            if self.step() {
                continue;
            }
            let mut state = self.state();
            while !state.ended && !state.stopped && state.slots.len() >= self.most {
                state = self.moved.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
            if state.ended || state.stopped {
                return;
            }
        }
    }

    fn stop(&self) {
        self.state().stopped = true;
        self.moved.notify_all();
    }
}

/// A helper that panicked leaves a slot empty for which the taker would wait.
struct StopsOnPanic<'b, 'a, T, U: Send>(&'b Belt<'a, T, U>);

impl<T, U: Send> Drop for StopsOnPanic<'_, '_, T, U> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.stop();
        }
    }
}

struct Helpers<'scope, 'a, T, U: Send> {
    belt: &'scope Belt<'a, T, U>,
    threads: Vec<ScopedJoinHandle<'scope, ()>>,
    called: bool,
}

impl<'scope, 'a, T, U: Send> Helpers<'scope, 'a, T, U> {
    fn call(&mut self, scope: &'scope Scope<'scope, '_>) {
        if !std::mem::replace(&mut self.called, true) {
            let belt = self.belt;
            let others = rayon::current_num_threads().saturating_sub(1);
            let threads = (0..others).map_while(|_| Builder::new().spawn_scoped(scope, || belt.help()).ok());
            self.threads.extend(threads);
        }
    }

    fn dismiss(mut self) {
        self.belt.stop();
        for thread in self.threads.drain(..) {
            if let Err(panic) = thread.join() {
                resume_unwind(panic);
            }
        }
    }
}

/// A taker that panics leaves no helper waiting.
impl<T, U: Send> Drop for Helpers<'_, '_, T, U> {
    fn drop(&mut self) {
        self.belt.stop();
    }
}

#[cfg(test)]
mod tests {
    use std::panic::catch_unwind;

    use super::{Pieces, ahead};

    fn squares(threads: usize, count: u64, most: usize, wanted: usize, panics_at: u64) -> Vec<u64> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        let mut numbers = 0..count;
        pool.install(|| {
            let work = |number: u64| {
                assert!(number != panics_at, "told to");
                number * number
            };
            let pieces = Pieces { make: &mut || numbers.next(), work: &work, most };
            ahead(pieces, |next| std::iter::from_fn(next).take(wanted).collect())
        })
    }

    #[test]
    fn every_piece_once_and_in_order() {
        for (threads, count, most) in [(1, 5, 1), (4, 0, 3), (4, 3, 8), (4, 1000, 1), (4, 1000, 7)] {
            let all: Vec<u64> = (0..count).map(|number| number * number).collect();
            assert_eq!(squares(threads, count, most, usize::MAX, u64::MAX), all, "{threads} {most}");
            let some = all.iter().copied().take(10).collect::<Vec<_>>();
            assert_eq!(squares(threads, count, most, 10, u64::MAX), some, "{threads} {most}, ten of them");
        }
    }

    #[test]
    fn a_panic_is_the_callers() {
        for (threads, at) in [(1, 0), (1, 7), (4, 0), (4, 7), (4, 999)] {
            assert!(catch_unwind(|| squares(threads, 1000, 5, usize::MAX, at)).is_err(), "{threads} {at}");
        }
    }
}
