//! Simulated clocks with a known truth: offsets to ten minutes, drift to 100 ppm, wrong pairs.

use super::{Fit, SECOND, Shared, settle};

const START: i64 = 1_700_000_000 * SECOND;

struct Random(u64);

impl Random {
    fn below(&mut self, bound: i64) -> i64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % bound as u64) as i64
    }

    fn around(&mut self, width: i64) -> i64 {
        self.below(2 * width + 1) - width
    }
}

/// A clock: what it shows at a true time.
#[derive(Clone, Copy, Debug)]
struct Clock {
    offset: i64,
    ppb: i64,
}

impl Clock {
    fn shows(self, at: i64) -> i64 {
        at + self.offset + ((at - START) as f64 * self.ppb as f64 * 1e-9) as i64
    }
}

fn clocks(random: &mut Random, nodes: usize) -> Vec<Clock> {
    (0..nodes).map(|_| Clock { offset: random.around(600 * SECOND), ppb: random.around(100_000) }).collect()
}

/// The worst difference between placed times of two nodes at one instant, within and beyond their spreads.
fn worst(clocks: &[Clock], fits: &[Option<Fit>], at: i64) -> (i64, i64) {
    let placed: Vec<(i64, i64)> = clocks
        .iter()
        .zip(fits)
        .filter_map(|(clock, fit)| {
            let shown = clock.shows(at);
            fit.as_ref().map(|fit| (shown + fit.place(shown).0, fit.place(shown).1))
        })
        .collect();
    let (mut far, mut beyond) = (0, i64::MIN);
    for a in &placed {
        for b in &placed {
            far = far.max((a.0 - b.0).abs());
            beyond = beyond.max((a.0 - b.0).abs() - a.1 - b.1);
        }
    }
    (far, beyond)
}

fn simulate(random: &mut Random, clocks: &[Clock], count: usize, length: i64, wrong: i64) -> Vec<Shared> {
    let mut out = Vec::new();
    let mut bad = vec![0; clocks.len()];
    for event in 0..count {
        let at = START + (event as i64 * 2 + 1) * length / (2 * count as i64);
        let bound = [400, 1000, 2000][random.below(3) as usize] * 1_000_000;
        let mut tellings = Vec::new();
        for (node, clock) in clocks.iter().enumerate() {
            let late = random.below(25_000_000);
            // Of few events no more than a fifth is wrong, counted; that is what the promise is about.
            let off = if node > 0 && random.below(100) < wrong && (bad[node] + 1) * 5 <= count as i64 {
                bad[node] += 1;
                random.around(1_500 * SECOND)
            } else {
                0
            };
            tellings.push((node, clock.shows(at + late + off)));
        }
        out.push(Shared { bound, tellings });
    }
    out
}

#[test]
fn within_fifty_milliseconds_and_within_the_spread() {
    for seed in 0..300 {
        let mut random = Random(seed);
        let nodes = 2 + random.below(4) as usize;
        let clocks = clocks(&mut random, nodes);
        let count = 5 + random.below(60) as usize;
        let length = 3_600 * SECOND * (1 + random.below(72));
        let wrong = random.below(2) * 20;
        let mut events = simulate(&mut random, &clocks, count, length, wrong);
        let fits = settle(nodes, &events);
        assert!(fits.iter().all(Option::is_some), "seed {seed}: a node is not reached");
        for step in 0..=20 {
            // Inside the span of the events, and far beyond it.
            let at = START + (step - 5) * length / 10;
            let (far, beyond) = worst(&clocks, &fits, at);
            assert!(beyond <= 0, "seed {seed} step {step}: {beyond} ns beyond the spread, {events:?}");
            let inside =
                (length / (2 * count as i64)..length - length / (2 * count as i64)).contains(&(at - START));
            assert!(!inside || far <= 50_000_000, "seed {seed} step {step}: {far} ns off");
        }
        events.reverse();
        events.iter_mut().for_each(|e| e.tellings.reverse());
        let again = settle(nodes, &events);
        assert_eq!(format!("{fits:?}"), format!("{again:?}"), "seed {seed}: order matters");
    }
}

#[test]
fn separate_groups_are_separate_frames() {
    let mut random = Random(7);
    let both = clocks(&mut random, 5);
    let mut events = simulate(&mut random, &both[..3], 8, 7_200 * SECOND, 0);
    for mut event in simulate(&mut random, &both[3..4], 8, 7_200 * SECOND, 0) {
        event.tellings.push((4, both[4].shows(event.tellings[0].1)));
        event.tellings[0].0 = 3;
        events.push(event);
    }
    let frames: Vec<Option<usize>> = settle(6, &events).iter().map(|f| f.as_ref().map(|f| f.frame)).collect();
    assert_eq!(frames, [Some(0), Some(0), Some(0), Some(1), Some(1), None]);
}

#[test]
fn too_few_or_contradicting_events_settle_nothing() {
    let tell = |list: &[(i64, i64)]| -> Vec<Shared> {
        let event = |&(at, by): &(i64, i64)| Shared {
            bound: SECOND,
            tellings: vec![(0, START + at * SECOND), (1, START + (at + by) * SECOND)],
        };
        list.iter().map(event).collect()
    };
    let check = |list: &[(i64, i64)], reached: bool| {
        assert_eq!(settle(2, &tell(list))[1].is_some(), reached, "{list:?}");
    };
    check(&[(0, 60), (5000, 60)], false);
    check(&[(0, 60), (5000, 60), (9000, 60)], true);
    check(&[(0, 60), (5000, 600), (9000, 60)], false);
    check(&[(0, 1), (5000, 60), (9000, 200), (12_000, 400), (15_000, 800)], false);
    // A jump that no record tells: the clock is not one line.
    let jump: Vec<(i64, i64)> = (0..20).map(|k| (k * 4000, if k < 14 { 60 } else { 200 })).collect();
    check(&jump, false);
}

#[test]
fn ids_that_come_again_pair_with_nothing() {
    let again = Shared {
        bound: SECOND,
        tellings: vec![(0, START), (0, START + 60 * SECOND), (1, START + SECOND), (1, START + 61 * SECOND)],
    };
    assert!(settle(2, &[again.clone(), again.clone(), again])[1].is_none());
}

#[test]
fn the_fastest_clocks_have_a_drift() {
    let random = &mut Random(7);
    for ppb in [99_000, -99_000] {
        let pair = [Clock { offset: 0, ppb }, Clock { offset: 0, ppb: -ppb }];
        let fits = settle(2, &simulate(random, &pair, 200, 100_000 * SECOND, 0));
        let drifts: Vec<i64> = fits.iter().flatten().map(|fit| fit.drift(START).abs()).collect();
        assert!(drifts.iter().any(|&drift| (190_000..=201_000).contains(&drift)), "{drifts:?}");
    }
}
