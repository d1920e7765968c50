//! A cluster with a known truth, written out as a bundle.
//!
//! A [`Scenario`] builds a cluster and plays its story on the engine; writers put down what each node would
//! have left, and `truth.json` says what was so. It imports no reader: reader and writer can agree only
//! through the documented formats. Nothing is random but by the seed, and no clock is read.

mod build;
mod calendar;
mod collect;
mod history;
mod log;
mod model;
mod play;
mod random;
mod record;
mod scenario;
mod world;
mod write;

use std::path::Path;
use std::{fs, io};

pub use scenario::{SCENARIOS, Scenario};

/// One file of a bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Path within the bundle, `/` between folders.
    pub path: String,
    /// Content.
    pub bytes: Vec<u8>,
}

/// What to play, beside the scenario itself.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The same seed gives the same bytes.
    pub seed: u64,
    /// Number of nodes.
    pub nodes: usize,
    /// Length of the story in hours.
    pub hours: u32,
}

/// The scenario of that name.
#[must_use]
pub fn scenario(name: &str) -> Option<&'static Scenario> {
    SCENARIOS.iter().find(|s| s.name == name)
}

/// Plays a scenario and writes the bundle. `nodes` and `hours` default to the scenario's own and are kept
/// within what its story allows. Files are sorted by path.
#[must_use]
pub fn generate(scenario: &Scenario, seed: u64, nodes: Option<usize>, hours: Option<u32>) -> Vec<File> {
    let range = (*scenario.nodes.start(), *scenario.nodes.end());
    let plan = Plan {
        seed,
        nodes: nodes.unwrap_or(scenario.default_nodes).clamp(range.0, range.1),
        hours: hours.unwrap_or(scenario.default_hours).clamp(scenario.least_hours, 24 * 400),
    };
    let world = (scenario.play)(&plan);
    let mut files = (scenario.collect)(&world);
    files.push(File {
        path: "truth.json".into(),
        bytes: write::truth::file(&world, scenario.name, plan.seed),
    });
    files.push(File { path: "ORIGIN.md".into(), bytes: scenario.origin(&plan).into_bytes() });
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

/// Writes files below a folder, which is made where it is missing.
///
/// # Errors
/// A folder or file cannot be written.
pub fn write_to(folder: &Path, files: &[File]) -> io::Result<()> {
    for file in files {
        let path = folder.join(&file.path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, &file.bytes)?;
    }
    Ok(())
}
