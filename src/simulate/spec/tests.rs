//! Specs over seeds: the same twice, whole worlds, foreign readers accept the files, and noise changes no truth.

use std::collections::BTreeSet;

use evtx::{EvtxParser, ParserSettings};

use super::{Evidence, Happening, Noise, Spec, Storage, Windows};

const SEEDS: u64 = 30;

fn told(spec: &Spec) -> Vec<u8> {
    crate::simulate::write::truth::file(&spec.play(), "", spec.seed)
}

#[test]
fn drawn_by_the_seed_alone() {
    for seed in 0..8 {
        let spec = Spec::drawn(seed);
        let files = spec.files();
        assert_eq!(files, spec.files(), "{spec:?}");
        let mut paths: Vec<&str> = files.iter().map(|f| f.path.as_str()).collect();
        paths.dedup();
        assert_eq!(paths.len(), files.len(), "{spec:?}");
    }
}

/// Every version, storage, happening and noise is drawn by some seed.
#[test]
fn seeds_draw_everything() {
    let specs: Vec<Spec> = (0..400).map(Spec::drawn).collect();
    for windows in Windows::ALL {
        assert!(specs.iter().any(|s| s.windows == windows), "{windows:?}");
    }
    for happening in Happening::ALL {
        let played = specs.iter().any(|s| s.happenings.contains(&happening) && s.allows(happening));
        assert!(played, "{happening:?}");
    }
    for noise in Noise::ALL {
        assert!(specs.iter().any(|s| s.noise.contains(&noise)), "{noise:?}");
    }
    for kind in Evidence::ALL {
        assert!(specs.iter().any(|s| s.left_out.contains(&kind)), "{kind:?}");
    }
}

/// Logs are in order where no clock was set, no route is unknown, and every event log can be read with all its
/// checksums.
#[test]
fn worlds_are_whole() {
    for seed in 0..SEEDS {
        let spec = Spec::drawn(seed);
        let world = spec.play();
        for (node, log) in world.logs.iter().enumerate() {
            let set = !world.cluster.nodes[node].clock.steps.is_empty();
            assert!(set || log.is_sorted_by_key(|e| e.at), "node {node} of {spec:?}");
        }
        for file in spec.files() {
            if file.path == "truth.json" {
                let text = String::from_utf8(file.bytes).expect("UTF-8");
                assert!(!text.contains("\"unknown\""), "{spec:?}");
            } else if file.path.to_ascii_lowercase().ends_with(".evtx") {
                let settings = ParserSettings::new().validate_checksums(true);
                let parser = EvtxParser::from_buffer(file.bytes).expect("a header");
                let mut parser = parser.with_configuration(settings);
                assert!(parser.records().all(|record| record.is_ok()), "{} of {spec:?}", file.path);
            }
        }
    }
}

/// Each happening alone leaves its mark in the truth: the story with it is not the story without.
#[test]
fn every_happening_happens() {
    for happening in Happening::ALL {
        let mut marks = 0;
        for seed in 0..4 {
            for (windows, storage) in [
                (Windows::Server2008R2, Storage::San),
                (Windows::Server2019, Storage::San),
                (Windows::Server2016, Storage::SharedSpaces),
                (Windows::Server2016, Storage::SpacesDirect),
                (Windows::Server2022, Storage::SpacesDirect),
            ] {
                let quiet = Spec { nodes: 4, ..Spec::quiet(seed, windows, storage) };
                if marks == 0 && quiet.allows(happening) {
                    let played = Spec { happenings: vec![happening], ..quiet.clone() };
                    marks += u32::from(told(&quiet) != told(&played));
                }
            }
        }
        // A failed migration changes nothing that is true.
        assert!(marks > 0 || happening == Happening::FailedMigrations, "{happening:?}");
    }
}

/// What is gathered, and how it is disturbed, has no part in what was so.
#[test]
fn noise_and_gathering_change_no_truth() {
    for seed in 0..12 {
        let spec = Spec::drawn(seed);
        let mut noise: BTreeSet<Noise> = Noise::ALL.into_iter().collect();
        noise.remove(&Noise::ClockSet);
        let set = spec.noise.contains(&Noise::ClockSet);
        let bare = Spec { noise: BTreeSet::new(), left_out: BTreeSet::new(), ..spec.clone() };
        let noisy = Spec { noise, left_out: Evidence::ALL.into_iter().skip(3).collect(), ..bare.clone() };
        let bare = told(&bare);
        assert_eq!(bare, told(&noisy), "{spec:?}");
        assert!(set || bare == told(&spec), "{spec:?}");
    }
}
