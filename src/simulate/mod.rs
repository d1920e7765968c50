//! A cluster with a known truth, written out as a bundle.
//!
//! A [`Scenario`] builds a cluster and plays its story on the engine; writers put down what each node would
//! have left, and `truth.json` says what was so. It imports no reader: reader and writer can agree only
//! through the documented formats. Nothing is random but by the seed, and no clock is read.

mod build;
mod calendar;
mod cause;
mod collect;
mod gather;
mod history;
mod log;
mod model;
mod play;
mod random;
mod record;
mod scenario;
mod spec;
mod trace;
mod world;
mod write;

use std::path::Path;
use std::{fs, io};

pub use scenario::{CAUSES, MIXED, SCENARIOS, Scenario};
pub use spec::{Altered, Evidence, Happening, Noise, Spec, Storage, Windows};
pub use trace::{TraceForm, Tracing};

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
    /// Number of nodes; 0: drawn from the seed.
    pub nodes: usize,
    /// Length of the story in hours; 0: drawn from the seed.
    pub hours: u32,
    /// How traces are taken, where the scenario leaves some.
    pub tracing: Tracing,
}

/// The scenario of that name.
#[must_use]
pub fn scenario(name: &str) -> Option<&'static Scenario> {
    scenarios().find(|s| s.name == name)
}

/// All scenarios.
pub fn scenarios() -> impl Iterator<Item = &'static Scenario> {
    SCENARIOS.iter().chain([&MIXED]).chain(CAUSES)
}

/// Plays a scenario and writes the bundle. `nodes` and `hours` default to the scenario's own and are kept
/// within what its story allows. Files are sorted by path.
#[must_use]
pub fn generate(scenario: &Scenario, seed: u64, nodes: Option<usize>, hours: Option<u32>) -> Vec<File> {
    generate_traced(scenario, seed, nodes, hours, Tracing::default())
}

/// [`generate`] with a say in how traces are taken: the same story in another form, with more I/O, or with losses.
/// Says nothing to a scenario that leaves no traces.
#[must_use]
pub fn generate_traced(
    scenario: &Scenario,
    seed: u64,
    nodes: Option<usize>,
    hours: Option<u32>,
    tracing: Tracing,
) -> Vec<File> {
    let mut files = Vec::new();
    tell(scenario, seed, (nodes, hours), tracing, &mut |file| files.push(file));
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

/// [`generate_traced`] below a folder, which is made where it is missing; one file at a time is in memory. Answers the
/// paths, sorted.
///
/// # Errors
/// A folder or file cannot be written.
pub fn generate_to(
    folder: &Path,
    scenario: &Scenario,
    seed: u64,
    (nodes, hours): (Option<usize>, Option<u32>),
    tracing: Tracing,
) -> io::Result<Vec<String>> {
    stream(folder, |sink| tell(scenario, seed, (nodes, hours), tracing, sink))
}

fn tell(
    scenario: &Scenario,
    seed: u64,
    (nodes, hours): (Option<usize>, Option<u32>),
    tracing: Tracing,
    sink: &mut dyn FnMut(File),
) {
    let range = (*scenario.nodes.start(), *scenario.nodes.end());
    let nodes = nodes.map(|nodes| nodes.clamp(range.0, range.1));
    let hours = hours.map(|hours| hours.clamp(scenario.least_hours, 24 * 400));
    let plan = Plan {
        seed,
        nodes: nodes.unwrap_or(scenario.default_nodes),
        hours: hours.unwrap_or(scenario.default_hours),
        tracing,
    };
    let world = (scenario.play)(&plan);
    (scenario.collect)(&world, sink);
    sink(File { path: "truth.json".into(), bytes: write::truth::file(&world, scenario.name, plan.seed) });
    sink(File { path: "ORIGIN.md".into(), bytes: scenario.origin(&plan).into_bytes() });
}

/// Writes files below a folder, which is made where it is missing.
///
/// # Errors
/// A folder or file cannot be written.
pub fn write_to(folder: &Path, files: &[File]) -> io::Result<()> {
    files.iter().try_for_each(|file| write_one(folder, file))
}

fn write_one(folder: &Path, file: &File) -> io::Result<()> {
    let path = folder.join(&file.path);
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::write(path, &file.bytes)
}

/// Writes files as they are made; none after the first that cannot be written. Answers the paths, sorted.
fn stream(folder: &Path, make: impl FnOnce(&mut dyn FnMut(File))) -> io::Result<Vec<String>> {
    let mut done = Ok(Vec::new());
    make(&mut |file| {
        if let Ok(paths) = &mut done {
            match write_one(folder, &file) {
                Ok(()) => paths.push(file.path),
                Err(error) => done = Err(error),
            }
        }
    });
    done.map(|mut paths| {
        paths.sort_unstable();
        paths
    })
}
