//! A spec out of a seed.

use std::collections::BTreeSet;

use super::{Evidence, Happening, Noise, Spec, Storage, Windows};
use crate::simulate::random::Random;

impl Spec {
    /// Draws version, storage, size, story, noise and what is gathered. Half of all seeds gather everything
    /// without noise; the clocks of every third one are far off.
    #[must_use]
    pub fn drawn(seed: u64) -> Self {
        let mut random = Random::new(seed.wrapping_mul(0x9e37_79b9).wrapping_add(11));
        let windows = *random.of(&Windows::ALL);
        let storage = match windows {
            Windows::Server2008R2 | Windows::Server2012 => Storage::San,
            Windows::Server2012R2 => {
                *random.of(&[Storage::San, Storage::San, Storage::SharedSpaces, Storage::Stretch])
            }
            _ => *random.of(&[
                Storage::San,
                Storage::San,
                Storage::SpacesDirect,
                Storage::SharedSpaces,
                Storage::StorageReplica,
                Storage::Stretch,
            ]),
        };
        let mut spec = Self::quiet(seed, windows, storage);
        spec.nodes = 2 + random.index(5);
        spec.volumes = 1 + random.index(4);
        spec.vms = 1 + random.index(8);
        spec.hours = 4 + random.index(44) as u32;
        spec.daylight_saving = spec.hours >= 20 && random.index(8) == 0;
        spec.from_start = seed % 4 < 2;
        // Drawn last, so that what a seed drew before there was such a thing stays as it was.
        let late = Happening::WrongNetwork;
        let able: Vec<Happening> =
            Happening::ALL.into_iter().filter(|h| *h != late && spec.allows(*h)).collect();
        let mut happenings = BTreeSet::from([Happening::Moves]);
        for _ in 0..1 + random.index(6) {
            happenings.insert(*random.of(&able));
        }
        spec.happenings = happenings.into_iter().collect();
        (spec.skew_ms, spec.drift_ppm) = match random.index(3) {
            0 => (600_000, 30),
            1 => (2_000, 5),
            _ => (40, 0),
        };
        if random.index(2) == 0 {
            for _ in 0..1 + random.index(3) {
                spec.noise.insert(*random.of(&Noise::ALL));
            }
            for _ in 0..random.index(4) {
                spec.left_out.insert(*random.of(&Evidence::ALL));
            }
        }
        if spec.allows(late) && random.index(16) == 0 {
            spec.happenings.push(late);
        }
        spec
    }
}
