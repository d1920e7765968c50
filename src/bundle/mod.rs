//! What was handed in: folders, files and archives as one fixed list of inputs, bytes on demand.
//!
//! Archives are recognised by content and opened at any depth up to a limit. What must be unpacked before it can be
//! read is kept in memory or, beyond a limit, in a temporary file without a name. The order of inputs, and with it their ids, depends on their paths alone. What a file means is not known here.

mod archive;
mod attribution;
mod collect;
mod limits;
mod meter;
mod name;
pub mod note;
mod spool;
mod store;

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use limits::Limits;

use crate::fact::{InputId, Name};
use crate::ledger::Tally;
use collect::{Collector, Place};
use meter::{Meter, Metered};
use spool::{Spool, Stopped};

/// One member of a bundle. Its id is its position in the order of paths.
#[derive(Clone, Debug)]
pub struct Input {
    /// Which.
    pub id: InputId,
    /// Path within the bundle: `/` between folders, `!/` between an archive and its member.
    pub path: String,
    /// Size, decompressed, as the folder or archive says.
    pub bytes: u64,
    /// The node that `--node-of` gives it.
    pub node_override: Option<Name>,
    /// The node that path and name suggest; weaker than content.
    pub node_hint: Option<Name>,
}

/// How to open a bundle.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// `--node-of PATTERN=NODE`, in order; the first match wins. The pattern fits the whole path or, where it
    /// has no `/`, the file name; `*` and `?` are wild, case is ignored.
    pub node_of: Vec<(String, String)>,
    /// How much archives may ask for.
    pub limits: Limits,
    /// `--schema FILE`, in order.
    pub schemas: Vec<SchemaFile>,
}

/// A file that describes events of traces, handed in beside the bundle: no input of it.
#[derive(Clone, PartialEq, Eq)]
pub struct SchemaFile {
    /// How the output names it.
    pub name: String,
    /// What it holds.
    pub bytes: Arc<[u8]>,
}

impl std::fmt::Debug for SchemaFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({} bytes)", self.name, self.bytes.len())
    }
}

/// All inputs, in the order of their paths.
#[derive(Debug, Default)]
pub struct Bundle {
    /// The inputs.
    pub inputs: Vec<Input>,
    /// Accounts of what could not be opened, or not in full, by path: unreadable, a directory loop, a damaged
    /// archive. Their ids follow those of the inputs.
    pub refused: Vec<(String, Tally)>,
    /// Descriptions of events that came with it.
    pub schemas: Vec<SchemaFile>,
    places: Vec<Place>,
    /// What one member may take while it is unpacked.
    limits: Limits,
    /// Held while a member is unpacked: one at a time.
    unpacked: Mutex<()>,
    /// Nobody waits for that.
    side_by_side: bool,
    meter: Meter,
}

/// The bytes of one input, to be read anywhere.
pub struct Seekable<'b> {
    inner: Box<dyn Seek64 + 'b>,
    /// Why the bytes end early, where the archive member could not be unpacked to its end.
    pub cut: Option<io::Error>,
    _turn: Option<MutexGuard<'b, ()>>,
}

trait Seek64: Read + Seek {}
impl<T: Read + Seek> Seek64 for T {}

impl Read for Seekable<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.inner.read(out)
    }
}

impl Seek for Seekable<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.inner.seek(to)
    }
}

impl Bundle {
    /// Opens everything that can be opened. Never fails; see [`Bundle::refused`].
    #[must_use]
    pub fn open(paths: &[PathBuf], options: &Options) -> Self {
        let mut collector = Collector::new(&options.limits);
        let (arguments, twice) = arguments(paths);
        for label in twice {
            collector.refuse(&label, &note::HANDED_TWICE, None);
        }
        for (label, path) in &arguments {
            collector.argument(path, label, arguments.len() == 1);
        }
        Self::complete(collector, options)
    }

    /// A bundle of files held in memory, each with its path. For tests, and for callers with bytes of their own.
    #[must_use]
    pub fn from_memory(files: impl IntoIterator<Item = (String, Vec<u8>)>, options: &Options) -> Self {
        let mut collector = Collector::new(&options.limits);
        let mut files: Vec<_> = files.into_iter().collect();
        files.sort();
        for (path, bytes) in files {
            collector.memory(&path, bytes);
        }
        Self::complete(collector, options)
    }

    fn complete(collector: Collector<'_>, options: &Options) -> Self {
        let Collector { mut found, refused, .. } = collector;
        found.sort_by(|a, b| a.path.cmp(&b.path));
        let (schemas, limits) = (options.schemas.clone(), options.limits.clone());
        let mut bundle = Self { schemas, limits, ..Self::default() };
        for (at, file) in found.into_iter().enumerate() {
            let outer = format!("{}/{}", file.outside, file.path);
            bundle.inputs.push(Input {
                id: InputId(at as u32),
                node_override: attribution::ordered(&file.path, &options.node_of),
                node_hint: attribution::hint(&outer),
                path: file.path,
                bytes: file.bytes,
            });
            bundle.places.push(file.place);
        }
        bundle.meter = Meter::new(&bundle.inputs);
        for (path, mut tally) in refused {
            tally.input = InputId((bundle.inputs.len() + bundle.refused.len()) as u32);
            bundle.refused.push((path, tally));
        }
        bundle
    }

    /// A fresh stream over an input's decompressed bytes.
    ///
    /// # Errors
    /// The file or archive member cannot be read any more. While reading: the medium fails, or an archive
    /// member is damaged, shorter, or longer than its archive says; the bytes before are good.
    pub fn stream(&self, input: &Input) -> io::Result<Box<dyn Read + Send + '_>> {
        match self.places.get(input.id.0 as usize) {
            Some(place) => Ok(Box::new(Metered::new(place.open()?, &self.meter, input))),
            None => Err(io::Error::new(io::ErrorKind::NotFound, "no such input")),
        }
    }

    /// An input's decompressed bytes, to be read anywhere: where they lie, for files, for members that are stored
    /// as they are, and for what is unpacked already. A packed member is unpacked into memory, and beyond
    /// [`Limits::memory`] into a temporary file, one at a time; whoever asks for the next waits until the last is
    /// dropped. Keep at most one on a thread.
    ///
    /// # Errors
    /// The file or member cannot be opened any more, or it is packed, and the temporary file cannot hold it.
    pub fn seekable(&self, input: &Input) -> io::Result<Seekable<'_>> {
        let place = self.places.get(input.id.0 as usize);
        let place = place.ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "no such input"))?;
        if let Some(window) = place.seekable()? {
            let inner = Box::new(Metered::new(window, &self.meter, input));
            return Ok(Seekable { inner, cut: None, _turn: None });
        }
        let turn = || self.unpacked.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = (!self.side_by_side).then(turn);
        let mut metered = Metered::new(place.open()?, &self.meter, input);
        let fill = |out: &mut dyn Write| io::copy(&mut metered, out).map(drop);
        let (store, stopped) = Spool::new(&self.limits).take(u64::MAX, fill);
        let cut = match stopped {
            None | Some(Stopped::Most) => None,
            Some(Stopped::Damage(error)) => Some(error),
            Some(Stopped::Disk(error)) => {
                let text = format!("it is packed, and the temporary folder cannot be written: {error}");
                return Err(io::Error::new(error.kind(), text));
            }
            Some(Stopped::Temporary) => {
                let text = "it is packed, and unpacks to more than --limit temporary allows";
                return Err(io::Error::new(io::ErrorKind::FileTooLarge, text));
            }
        };
        Ok(Seekable { inner: Box::new(store.open()?), cut, _turn: turn })
    }

    /// A fresh stream over an input's decompressed bytes from `from` on, and whether that costs no more than opening a
    /// file: else all before it was unpacked again.
    ///
    /// # Errors
    /// As [`Bundle::stream`].
    #[doc(hidden)]
    pub fn part(&self, input: &Input, from: u64) -> io::Result<(Box<dyn Read + Send + '_>, bool)> {
        let place = self.places.get(input.id.0 as usize);
        let place = place.ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "no such input"))?;
        if let Some(mut window) = place.seekable()? {
            window.seek(SeekFrom::Start(from))?;
            return Ok((Box::new(Metered::new(window, &self.meter, input)), true));
        }
        let mut stream = Metered::new(place.open()?, &self.meter, input);
        io::copy(&mut stream.by_ref().take(from), &mut io::sink())?;
        Ok((Box::new(stream), false))
    }

    /// From now on members are unpacked side by side, for whoever reads several inputs in turns: each takes memory, and a
    /// temporary file, of its own.
    #[doc(hidden)]
    #[must_use]
    pub fn side_by_side(self) -> Self {
        Self { side_by_side: true, ..self }
    }

    /// How many bytes of the inputs have been handed out once, and how many there are. What is read again, for
    /// recognition or for a quote, does not count again.
    #[must_use]
    pub fn progress(&self) -> (u64, u64) {
        self.meter.read()
    }

    /// Says that an input will not be read further: what was left of it counts as read.
    pub fn finished(&self, input: &Input) {
        self.meter.finish(input);
    }

    /// All bytes of an input at once, at most `limit`.
    ///
    /// # Errors
    /// As [`Bundle::stream`]; also when the input is larger than `limit`.
    pub fn bytes(&self, input: &Input, limit: u64) -> io::Result<Vec<u8>> {
        let mut out = Vec::new();
        self.stream(input)?.take(limit.saturating_add(1)).read_to_end(&mut out)?;
        if out.len() as u64 > limit {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("larger than {limit} bytes")));
        }
        Ok(out)
    }
}

/// The arguments with the label that leads their paths, in the order of labels, without those that are part of
/// another; and the labels of the latter.
fn arguments(paths: &[PathBuf]) -> (Vec<(String, PathBuf)>, Vec<String>) {
    let mut known: BTreeMap<PathBuf, PathBuf> = BTreeMap::new();
    let mut twice = Vec::new();
    for path in paths {
        // What cannot be resolved is told as missing later on.
        let real = fs::canonicalize(path).unwrap_or_else(|_| path.clone());
        let given = std::path::absolute(path).unwrap_or_else(|_| path.clone());
        let climbs = given.components().any(|part| matches!(part, Component::ParentDir));
        if known.insert(real.clone(), if climbs { real } else { given }).is_some() {
            twice.push(labelled(path, 1));
        }
    }
    let folders: Vec<PathBuf> = known.keys().filter(|real| real.is_dir()).cloned().collect();
    let (inner, outer): (Vec<_>, Vec<_>) =
        known.into_iter().partition(|(real, _)| folders.iter().any(|f| f != real && real.starts_with(f)));
    twice.extend(inner.iter().map(|(_, given)| labelled(given, 1)));
    twice.sort();
    let outer: Vec<PathBuf> = outer.into_iter().map(|(_, given)| given).collect();
    let mut labels: Vec<(String, PathBuf)> =
        outer.iter().map(|path| (label_among(path, &outer), path.clone())).collect();
    labels.sort();
    (labels, twice)
}

/// The last components of a path, as few as tell it from the others.
fn label_among(path: &Path, all: &[PathBuf]) -> String {
    let most = path.components().count().max(1);
    (1..=most)
        .map(|count| labelled(path, count))
        .find(|label| {
            all.iter()
                .filter(|other| {
                    let parts = label.matches('/').count() + 1;
                    labelled(other, parts).eq_ignore_ascii_case(label)
                })
                .count()
                == 1
        })
        .unwrap_or_else(|| labelled(path, most))
}

fn labelled(path: &Path, count: usize) -> String {
    let parts: Vec<String> = path
        .components()
        .filter(|part| matches!(part, Component::Normal(_)))
        .map(|part| name::display(&part.as_os_str().to_string_lossy().replace('\\', "%5C")))
        .collect();
    let label = parts[parts.len().saturating_sub(count)..].join("/");
    if label.is_empty() { "root".to_owned() } else { label }
}
