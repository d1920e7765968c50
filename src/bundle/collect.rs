//! Walks what was handed in, into folders and archives, and lists every file that could be an input.
//!
//! Whatever cannot be entered costs itself alone and is named, by display path.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::limits::Limits;
use super::store::{Member, Store, Window};
use super::{archive, name, note};
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
    held: u64,
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
            held: 0,
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
        match starts_as_archive(&place) {
            Err(error) => self.refuse(&path, &note::UNREADABLE, Some(error.to_string())),
            Ok(true) if depth >= self.limits.depth => self.refuse(&path, &note::LIMIT_DEPTH, None),
            Ok(true) => self.archive(&path, &place, bytes, depth),
            Ok(false) => self.found.push(Found { path, outside: self.outside.clone(), bytes, place }),
        }
    }

    fn archive(&mut self, path: &str, place: &Place, bytes: u64, depth: u32) {
        let store = match place {
            Place::Plain(store) => Ok(Some(store.clone())),
            Place::Member(member) => member.store(),
        };
        let store = match store {
            Ok(Some(store)) => store,
            Ok(None) => match self.held_in_memory(path, place, bytes) {
                Some(store) => store,
                None => return,
            },
            Err(error) => return self.refuse(path, &note::DAMAGED, Some(error.to_string())),
        };
        let contents = match archive::list(&store, self.limits.members.saturating_sub(self.members)) {
            Ok(contents) => contents,
            Err(error) => return self.refuse(path, &note::UNREADABLE, Some(error.to_string())),
        };
        if let Some(damage) = contents.damage {
            let detail = format!("{damage}; {} members found", contents.entries.len());
            self.refuse(path, &note::DAMAGED, Some(detail));
        }
        if contents.more {
            self.refuse(path, &note::LIMIT_MEMBERS, Some(format!("limit {}", self.limits.members)));
        }
        for entry in contents.entries {
            self.members += 1;
            let inner = format!("{path}!/{}", name::display(&entry.name));
            match entry.member {
                Err(kind) => self.refuse(&inner, kind, None),
                Ok(member) => self.member(inner, member, depth + 1),
            }
        }
    }

    fn member(&mut self, path: String, member: Member, depth: u32) {
        let size = member.size;
        if size >= Limits::RATIO_FROM && size / member.packed.max(1) >= self.limits.ratio {
            let detail = format!("{size} bytes out of {}", member.packed);
            return self.refuse(&path, &note::LIMIT_RATIO, Some(detail));
        }
        match self.total.checked_add(size).filter(|total| *total <= self.limits.total) {
            Some(total) => self.total = total,
            None => {
                return self.refuse(&path, &note::LIMIT_TOTAL, Some(format!("limit {}", self.limits.total)));
            }
        }
        self.offer(path, Place::Member(member), size, depth);
    }

    /// Inflates a nested archive. What comes before damage is kept: it may hold whole members.
    fn held_in_memory(&mut self, path: &str, place: &Place, bytes: u64) -> Option<Store> {
        let held = self.held.checked_add(bytes).filter(|held| *held <= self.limits.memory);
        let Some(held) = held else {
            self.refuse(
                path,
                &note::LIMIT_MEMORY,
                Some(format!("{bytes} bytes, limit {}", self.limits.memory)),
            );
            return None;
        };
        let mut inflated = Vec::new();
        let read = place.open().and_then(|mut stream| stream.read_to_end(&mut inflated));
        if let Err(error) = read {
            self.refuse(path, &note::DAMAGED, Some(error.to_string()));
        }
        self.held = held;
        Some(Store::memory(inflated))
    }
}

/// Reads the first bytes.
fn starts_as_archive(place: &Place) -> io::Result<bool> {
    let mut head = Vec::with_capacity(archive::MAGIC.len());
    let read = place.open()?.take(archive::MAGIC.len() as u64).read_to_end(&mut head);
    match (read, place) {
        (Ok(_), _) => Ok(head == archive::MAGIC || head == archive::MAGIC_EMPTY),
        (Err(error), Place::Plain(_)) => Err(error),
        // A damaged member is an input still: its reader tells what it could read before the damage.
        (Err(_), Place::Member(_)) => Ok(false),
    }
}
