//! Work on the pieces of one input, on all cores.

use std::panic::resume_unwind;
use std::sync::{Mutex, PoisonError};
use std::thread::Builder;

/// Does `work` with each piece. On threads of its own: a worker of the pool that waited for pieces would begin the
/// next input meanwhile, and hold this one, and so on without end. Where no thread is to be had, the caller's does it all.
pub(super) fn on_all_cores<P: Send>(pieces: &mut [P], work: &(dyn Fn(&mut P) + Sync)) {
    let helpers = rayon::current_num_threads().min(pieces.len()).saturating_sub(1);
    let left = Mutex::new(pieces.iter_mut());
    let next = || left.lock().unwrap_or_else(PoisonError::into_inner).next();
    let each = || {
        while let Some(piece) = next() {
            work(piece);
        }
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> =
            (0..helpers).map_while(|_| Builder::new().spawn_scoped(scope, each).ok()).collect();
        each();
        for thread in threads {
            if let Err(panic) = thread.join() {
                resume_unwind(panic);
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::on_all_cores;

    #[test]
    fn every_piece_once() {
        for (threads, pieces) in [(1, 5), (4, 0), (4, 3), (4, 101)] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
            let mut numbers: Vec<u64> = (0..pieces).collect();
            pool.install(|| on_all_cores(&mut numbers, &|number| *number += 1000));
            assert_eq!(numbers, (1000..1000 + pieces).collect::<Vec<_>>(), "{threads} threads");
        }
    }
}
