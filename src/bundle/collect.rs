//! Walks what was handed in, into folders and archives, and lists every file that could be an input.
//!
//! Whatever cannot be entered costs itself alone and is named, by display path.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use super::archive::{self, Contents, Format, Held, Run};
use super::limits::Limits;
use super::spool::{Spool, Stopped};
use super::store::{Member, Store, Window};
use super::{name, note};
use crate::fact::InputId;
use crate::ledger::{NoteKind, Tally};

/// Folders within folders; more than a path of 32,767 characters with the names that collectors give.
const FOLDER_DEPTH: usize = 128;

/// Where an input's bytes are.
#[derive(Clone, Debug)]
pub(super) enum Place {
    Plain(Store),
    Member(Member),
}

impl Place {
    pub(super) fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        match self {
            Self::Plain(store) => Ok(Box::new(store.open()?)),
            Self::Member(member) => member.open(),
        }
    }

    /// The bytes where they lie; `None` where they must be unpacked first.
    pub(super) fn seekable(&self) -> io::Result<Option<Window>> {
        match self {
            Self::Plain(store) => store.open().map(Some),
            Self::Member(member) => member.store()?.map(|store| store.open()).transpose(),
        }
    }
}

/// A file that was found.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) path: String,
    /// What precedes `path` outside the bundle; names there may hint at a node.
    pub(super) outside: String,
    pub(super) bytes: u64,
    pub(super) place: Place,
}

/// The state of a walk.
pub(super) struct Collector<'l> {
    limits: &'l Limits,
    outside: String,
    taken: BTreeSet<String>,
    members: u64,
    total: u64,
    spool: Spool,
    pub(super) found: Vec<Found>,
    pub(super) refused: BTreeMap<String, Tally>,
}

impl<'l> Collector<'l> {
    pub(super) fn new(limits: &'l Limits) -> Self {
        Self {
            limits,
            outside: String::new(),
            taken: BTreeSet::new(),
            members: 0,
            total: 0,
            spool: Spool::new(limits),
            found: Vec::new(),
            refused: BTreeMap::new(),
        }
    }

    /// Notes under a display path. The input id is filled in when the bundle is complete.
    pub(super) fn refuse(&mut self, path: &str, kind: &'static NoteKind, detail: Option<String>) {
        let tally = self.refused.entry(path.to_owned()).or_insert_with(|| Tally::new(InputId(u32::MAX)));
        tally.note(kind, None, detail);
    }

    /// One argument: a file, or a folder with all that is in it. `label` leads the paths of its files; a lone
    /// folder has none.
    pub(super) fn argument(&mut self, path: &Path, label: &str, lone: bool) {
        self.outside = label.to_owned();
        match fs::metadata(path) {
            Ok(meta) if meta.is_dir() => {
                let root = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
                self.folder(&root, path, if lone { "" } else { label }, 0);
            }
            Ok(meta) if meta.is_file() => self.file(path, label, meta.len()),
            Ok(_) => self.refuse(label, &note::SPECIAL, None),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.refuse(label, &note::NOT_FOUND, Some(path.display().to_string()));
            }
            Err(error) => self.refuse(label, &note::UNREADABLE, Some(error.to_string())),
        }
    }

    fn folder(&mut self, root: &Path, folder: &Path, shown: &str, depth: usize) {
        let shown_here = if shown.is_empty() { "." } else { shown };
        if depth > FOLDER_DEPTH {
            return self.refuse(shown_here, &note::FOLDER_DEPTH, None);
        }
        let listing = match fs::read_dir(folder) {
            Ok(listing) => listing,
            Err(error) => return self.refuse(shown_here, &note::UNREADABLE, Some(error.to_string())),
        };
        let mut children: Vec<PathBuf> = Vec::new();
        for entry in listing {
            match entry {
                Ok(entry) => children.push(entry.path()),
                Err(error) => self.refuse(shown_here, &note::UNREADABLE, Some(error.to_string())),
            }
        }
        children.sort_unstable();
        for child in children {
            let own = child.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
            // On Windows `\` cannot be part of a name; elsewhere it is an odd letter, not a border.
            let own = name::display(&own.replace('\\', "%5C"));
            let path = if shown.is_empty() { own } else { format!("{shown}/{own}") };
            match fs::symlink_metadata(&child) {
                Err(error) => self.refuse(&path, &note::UNREADABLE, Some(error.to_string())),
                Ok(meta) if meta.file_type().is_symlink() => self.link(root, &child, &path),
                Ok(meta) if meta.is_dir() => self.folder(root, &child, &path, depth + 1),
                Ok(meta) if meta.is_file() => self.file(&child, &path, meta.len()),
                Ok(_) => self.refuse(&path, &note::SPECIAL, None),
            }
        }
    }

    fn link(&mut self, root: &Path, link: &Path, path: &str) {
        let target = fs::canonicalize(link).ok();
        let parent = link.parent().and_then(|p| fs::canonicalize(p).ok());
        let loops = match (&target, &parent) {
            (Some(target), Some(parent)) => parent.starts_with(target),
            // A link that leads to itself cannot be resolved at all.
            _ => false,
        };
        let inside = target.as_ref().is_some_and(|t| t.starts_with(root));
        let detail = match target {
            None => "it leads nowhere".to_owned(),
            Some(_) if inside => "its target is read where it lies".to_owned(),
            Some(target) => format!("target: {}", name::display(&target.to_string_lossy())),
        };
        self.refuse(path, if loops { &note::LOOP } else { &note::LINK }, Some(detail));
    }

    fn file(&mut self, file: &Path, path: &str, bytes: u64) {
        self.offer(path.to_owned(), Place::Plain(Store::file(file.to_owned(), bytes)), bytes, 0);
    }

    /// Bytes in memory, as a file of that path.
    pub(super) fn memory(&mut self, path: &str, bytes: Vec<u8>) {
        let len = bytes.len() as u64;
        self.offer(name::display(path), Place::Plain(Store::memory(bytes)), len, 0);
    }

    /// A file or member: an archive by its first bytes, else an input. `depth` counts the archives around it.
    fn offer(&mut self, path: String, place: Place, bytes: u64, depth: u32) {
        let path = name::distinct(path, &mut self.taken);
        match format(&place) {
            Err(error) => self.refuse(&path, &note::UNREADABLE, Some(error.to_string())),
            Ok(Some(_)) if depth >= self.limits.depth => self.refuse(&path, &note::LIMIT_DEPTH, None),
            Ok(Some(format)) => self.archive(&path, &place, format, depth),
            Ok(None) => self.found.push(Found { path, outside: self.outside.clone(), bytes, place }),
        }
    }

    fn archive(&mut self, path: &str, place: &Place, format: Format, depth: u32) {
        let store = match place {
            Place::Plain(store) => Ok(Some(store.clone())),
            Place::Member(member) => member.store(),
        };
        match store {
            Ok(Some(store)) => self.members_of(path, &store, format, depth),
            Ok(None) => {
                let fill = |out: &mut dyn Write| io::copy(&mut place.open()?, out).map(drop);
                let (store, stopped) = self.spool.take(u64::MAX, fill);
                let nothing = stopped.is_some() && store.len == 0;
                self.stopped(path, stopped);
                if !nothing {
                    self.members_of(path, &store, format, depth);
                }
            }
            Err(error) => self.refuse(path, &note::DAMAGED, Some(error.to_string())),
        }
    }

    fn members_of(&mut self, path: &str, store: &Store, format: Format, depth: u32) {
        let own = path.rsplit('/').next().unwrap_or(path);
        let left = self.limits.members.saturating_sub(self.members);
        let mut contents = match archive::list(store, format, own, left) {
            Ok(contents) => contents,
            Err(error) => return self.refuse(path, &note::UNREADABLE, Some(error.to_string())),
        };
        if let Some(kind) = contents.refusal {
            self.refuse(path, kind, None);
        }
        if let Some(damage) = contents.damage.take() {
            let detail = format!("{damage}; {} members found", contents.entries.len());
            self.refuse(path, &note::DAMAGED, Some(detail));
        }
        if contents.more {
            self.refuse(path, &note::LIMIT_MEMBERS, Some(format!("limit {}", self.limits.members)));
        }
        refuse_overlaps(&mut contents);
        let runs = self.unpacked(path, &mut contents);
        for entry in contents.entries {
            self.members += 1;
            let inner = format!("{path}!/{}", name::display(&entry.name));
            match entry.held {
                Err(kind) => self.refuse(&inner, kind, None),
                Ok(Held::Member(member)) => self.member(inner, member, depth + 1),
                Ok(Held::Plain(store)) => {
                    if self.counted(&inner, store.len) {
                        let bytes = store.len;
                        self.offer(inner, Place::Plain(store), bytes, depth + 1);
                    }
                }
                Ok(Held::Run { run, start, size }) => {
                    let Some(Some(run)) = runs.get(run) else { continue };
                    let left = run.len.saturating_sub(start);
                    let size = size.unwrap_or(left);
                    if left == 0 && size > 0 {
                        self.refuse(&inner, &note::DAMAGED, None);
                    } else {
                        let part = run.part(start.min(run.len), size.min(left));
                        self.cut_from_run(path, inner, part, format, depth);
                    }
                }
            }
        }
    }

    /// A tar archive in a gzip stream stands for the stream: nobody thinks of them as two.
    fn cut_from_run(&mut self, path: &str, inner: String, part: Store, around: Format, depth: u32) {
        let place = Place::Plain(part.clone());
        if around == Format::Gzip && matches!(format(&place), Ok(Some(Format::Tar))) {
            return self.members_of(path, &part, Format::Tar, depth);
        }
        let bytes = part.len;
        self.offer(inner, place, bytes, depth + 1);
    }

    /// Unpacks the runs that members are cut from, as far as the limits allow. Members beyond them are refused.
    fn unpacked(&mut self, path: &str, contents: &mut Contents) -> Vec<Option<Store>> {
        let mut wanted: Vec<Option<u64>> = vec![None; contents.runs.len()];
        for entry in &mut contents.entries {
            let Ok(Held::Run { run, start, size }) = entry.held else { continue };
            let inner = format!("{path}!/{}", name::display(&entry.name));
            if self.counted(&inner, size.unwrap_or(0)) {
                let end = size.map_or(u64::MAX, |size| start.saturating_add(size));
                wanted[run] = Some(wanted[run].map_or(end, |before| before.max(end)));
            } else {
                // Said already; without a run, it is passed over.
                entry.held = Ok(Held::Run { run: usize::MAX, start, size });
            }
        }
        let runs = std::mem::take(&mut contents.runs);
        runs.into_iter().zip(wanted).map(|(run, end)| self.unpacked_run(path, run, end?)).collect()
    }

    fn unpacked_run(&mut self, path: &str, run: Run, end: u64) -> Option<Store> {
        let most = Limits::RATIO_FROM.max(run.packed.saturating_mul(self.limits.ratio));
        if end != u64::MAX && end > most {
            let detail = format!("{end} bytes out of {}", run.packed);
            self.refuse(path, &note::LIMIT_RATIO, Some(detail));
            return None;
        }
        let left = self.limits.total.saturating_sub(self.total);
        let unknown = end == u64::MAX;
        let allowed = if unknown { most.min(left) } else { end };
        let (store, stopped) = self.spool.take(allowed, run.unpack);
        match stopped {
            Some(Stopped::Most) if unknown && allowed == left => {
                self.refuse(path, &note::LIMIT_TOTAL, Some(format!("limit {}", self.limits.total)));
            }
            Some(Stopped::Most) if unknown => {
                let detail = format!("more than {allowed} bytes out of {}", run.packed);
                self.refuse(path, &note::LIMIT_RATIO, Some(detail));
            }
            // What follows the last member that is wanted.
            Some(Stopped::Most) => {}
            stopped => self.stopped(path, stopped),
        }
        if unknown {
            self.total += store.len;
        }
        Some(store)
    }

    /// Says why unpacking ended early.
    fn stopped(&mut self, path: &str, stopped: Option<Stopped>) {
        match stopped {
            None | Some(Stopped::Most) => {}
            Some(Stopped::Damage(error)) => self.refuse(path, &note::DAMAGED, Some(error.to_string())),
            Some(Stopped::Disk(error)) => self.refuse(path, &note::TEMPORARY, Some(error.to_string())),
            Some(Stopped::Temporary) => {
                let detail = format!("limit {}", self.limits.temporary);
                self.refuse(path, &note::LIMIT_TEMPORARY, Some(detail));
            }
        }
    }

    fn member(&mut self, path: String, member: Member, depth: u32) {
        let size = member.size;
        if size >= Limits::RATIO_FROM && size / member.packed.max(1) >= self.limits.ratio {
            let detail = format!("{size} bytes out of {}", member.packed);
            return self.refuse(&path, &note::LIMIT_RATIO, Some(detail));
        }
        if self.counted(&path, size) {
            self.offer(path, Place::Member(member), size, depth);
        }
    }

    /// Counts a member's bytes; `false`, and said so, where that is too much.
    fn counted(&mut self, path: &str, size: u64) -> bool {
        match self.total.checked_add(size).filter(|total| *total <= self.limits.total) {
            Some(total) => self.total = total,
            None => {
                self.refuse(path, &note::LIMIT_TOTAL, Some(format!("limit {}", self.limits.total)));
                return false;
            }
        }
        true
    }
}

/// Members of a run that share their bytes let a small archive hold much: the first of them stays, as in a zip archive.
fn refuse_overlaps(contents: &mut Contents) {
    let spans = contents.entries.iter().enumerate().filter_map(|(at, entry)| match entry.held {
        Ok(Held::Run { run, start, size: Some(size) }) if size > 0 => Some((run, start, at, size)),
        _ => None,
    });
    let mut spans: Vec<_> = spans.collect();
    spans.sort_unstable();
    let mut end = (usize::MAX, 0);
    for (run, start, at, size) in spans {
        if end.0 == run && start < end.1 {
            contents.entries[at].held = Err(&note::OVERLAP);
        } else {
            end = (run, start.saturating_add(size));
        }
    }
}

/// What archive a place holds, by its first bytes.
fn format(place: &Place) -> io::Result<Option<Format>> {
    let mut head = Vec::with_capacity(archive::HEAD as usize);
    let read = place.open().and_then(|stream| stream.take(archive::HEAD).read_to_end(&mut head));
    match (read, place) {
        (Ok(_), _) => Ok(archive::format(&head)),
        (Err(error), Place::Plain(_)) => Err(error),
        // A damaged member is an input still: its reader tells what it could read before the damage.
        (Err(_), Place::Member(_)) => Ok(archive::format(&head)),
    }
}
