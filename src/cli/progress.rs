//! How far the reading is: bytes, rate and time left, on a terminal alone.

use std::io::{self, IsTerminal};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use throughline::bundle::Bundle;

use super::voice::{Measure, measure};

/// Between two looks at how far it is.
const TICK: Duration = Duration::from_millis(100);

/// Reading that takes less is shown no bar.
const PATIENCE: u32 = 3;

/// Is there somebody who watches?
pub(crate) fn wanted() -> bool {
    measure() > Measure::Quiet && io::stderr().is_terminal()
}

/// Does `work`, and shows how many bytes of the bundle have been read meanwhile. `work` runs on this thread.
pub(crate) fn shown<T>(bundle: &Bundle, work: impl FnOnce() -> T) -> T {
    if !wanted() {
        return work();
    }
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let watch = scope.spawn(|| follow(bundle, &over));
        // Also when `work` panics: the watcher must end, or the scope waits for it forever.
        let end = End(&over, watch.thread().clone());
        let out = work();
        drop(end);
        out
    })
}

struct End<'a>(&'a AtomicBool, thread::Thread);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
        self.1.unpark();
    }
}

fn follow(bundle: &Bundle, over: &AtomicBool) {
    let mut looks = 0;
    let mut bar: Option<ProgressBar> = None;
    while !over.load(Ordering::Acquire) {
        thread::park_timeout(TICK);
        looks += 1;
        if looks < PATIENCE {
            continue;
        }
        let (done, all) = bundle.progress();
        let bar = bar.get_or_insert_with(|| new_bar(all));
        if done < all {
            bar.set_position(done);
        } else {
            bar.set_style(judging());
            bar.tick();
        }
    }
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
}

fn new_bar(all: u64) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(all), ProgressDrawTarget::stderr());
    let reading = "reading {bar:30} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left";
    bar.set_style(ProgressStyle::with_template(reading).unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}

fn judging() -> ProgressStyle {
    let style =
        ProgressStyle::with_template("{spinner} {total_bytes} read in {elapsed}; putting it together");
    style.unwrap_or_else(|_| ProgressStyle::default_spinner())
}
