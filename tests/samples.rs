//! The samples are what the simulator makes: regenerated and compared byte for byte, so that they never drift.
//! `UPDATE_EXPECT=1 cargo test samples` writes them anew.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use throughline::simulate::{File, SCENARIOS, generate, write_to};

const SEED: u64 = 1;
/// Small enough to read and to keep in a repository; each event log alone takes 68 KiB.
const LARGEST: usize = 600_000;

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("samples")
}

fn on_disk(root: &Path, folder: &Path, out: &mut BTreeMap<String, Vec<u8>>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            on_disk(root, &path, out);
        } else {
            let name = path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
            out.insert(name, fs::read(&path).unwrap());
        }
    }
}

#[test]
fn samples_are_what_the_simulator_makes() {
    for scenario in SCENARIOS {
        let root = samples().join(scenario.name);
        let files: Vec<File> = generate(scenario, SEED, None, None);
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            let _ = fs::remove_dir_all(&root);
            write_to(&root, &files).unwrap();
        }
        let mut found = BTreeMap::new();
        on_disk(&root, &root, &mut found);
        let name = scenario.name;
        let total: usize = files.iter().map(|f| f.bytes.len()).sum();
        assert!(total < LARGEST, "{name} has {total} bytes");
        for file in files {
            let bytes = found.remove(&file.path);
            assert!(
                bytes == Some(file.bytes),
                "samples/{name}/{} is not what the simulator makes",
                file.path
            );
        }
        assert!(found.is_empty(), "samples/{name} holds files of nobody: {:?}", found.keys());
    }
}
