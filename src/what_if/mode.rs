//! The I/O mode that would follow, from the mode that was.
//!
//! Sources: facts, domain sections 0 (file systems by storage), 1 (flags combine; file-system redirection hides block
//! redirection) and 2 (who decides). A filter is looked for on the owner's file-system stack, so with another
//! owner it may be gone; only that owner's list of filters tells.

use crate::fact::{BlockReasons, FileSystem, FsReasons, IoMode, ModeKind, StorageKind};

/// Reasons that a filter driver gives.
const FILTERS: u64 = FsReasons::INCOMPATIBLE_FILE_SYSTEM_FILTER.0 | FsReasons::INCOMPATIBLE_VOLUME_FILTER.0;

/// What was, and what would be otherwise, of one volume on one node at one time.
#[derive(Clone, Debug)]
pub(super) struct Situation {
    /// The mode that was.
    pub(super) mode: IoMode,
    /// The node owned the volume.
    pub(super) owned: bool,
    /// The node would own the volume.
    pub(super) owns: bool,
    /// The volume would have another owner than it had.
    pub(super) owner_changes: bool,
    /// The new owner's filters: does it carry the incompatible ones? `None` where that was not collected.
    pub(super) filtered_there: Option<bool>,
    /// The file system that was.
    pub(super) file_system: Option<FileSystem>,
    /// The file system that would be, where it would be another.
    pub(super) new_file_system: Option<FileSystem>,
    /// What lies under the volume.
    pub(super) storage: Option<StorageKind>,
    /// Incompatible filters would be gone.
    pub(super) without_filter: bool,
    /// The node's paths would be whole.
    pub(super) repaired: bool,
}

/// A mode that follows; `false`: it also rests on something that was hidden.
pub(super) type Follows = Result<(ModeKind, bool), &'static str>;

/// Which mode would follow, or what is missing to tell.
pub(super) fn follows(s: &Situation) -> Follows {
    if s.mode.kind == ModeKind::Unavailable {
        return Ok((ModeKind::Unavailable, true));
    }
    let redirected = s.mode.kind == ModeKind::FileSystemRedirected;
    let mut reasons = s.mode.file_system;
    let was_refs = s.file_system == Some(FileSystem::Refs) || reasons.has(FsReasons::FILE_SYSTEM_REFS);
    let unnamed = redirected && reasons.is_empty() && !was_refs;
    reasons.0 &= !FsReasons::FILE_SYSTEM_REFS.0;
    let refs = match &s.new_file_system {
        Some(to) => *to == FileSystem::Refs,
        None => was_refs && redirected,
    };
    if s.without_filter {
        reasons.0 &= !FILTERS;
    } else if s.owner_changes && reasons.0 & FILTERS != 0 {
        match s.filtered_there {
            Some(true) => {}
            Some(false) => reasons.0 &= !FILTERS,
            None if refs || reasons.0 & !FILTERS != 0 => {}
            None => return Err("whether the new owner has the filter"),
        }
    }
    if unnamed && (s.owner_changes || s.new_file_system.is_some() || s.without_filter) {
        return Err("the reason of the redirection");
    }
    if refs || unnamed || !reasons.is_empty() {
        return Ok((ModeKind::FileSystemRedirected, true));
    }
    below(s, redirected)
}

/// The mode once nothing redirects the file system. `hidden`: something did, so block redirection did not show.
fn below(s: &Situation, hidden: bool) -> Follows {
    let block = s.mode.kind == ModeKind::BlockRedirected;
    match s.storage {
        Some(StorageKind::SpacesDirect | StorageKind::SharedSpace | StorageKind::StorageReplica) => {
            // Some spaces attach on several nodes: a node that was direct without owning stays so.
            let own_way = s.mode.kind == ModeKind::Direct && !s.owned;
            let kind = if s.owns || own_way { ModeKind::Direct } else { ModeKind::BlockRedirected };
            Ok((kind, true))
        }
        Some(StorageKind::San) if block && !s.repaired => {
            if s.owns {
                Err("a path of the new owner to the disk")
            } else {
                Ok((ModeKind::BlockRedirected, true))
            }
        }
        Some(StorageKind::San) => Ok((ModeKind::Direct, !hidden)),
        None if block && s.repaired && s.mode.block.has(BlockReasons::NO_DISK_CONNECTIVITY) => {
            Err("what storage it is")
        }
        // Direct without owning: the node has a way of its own.
        None if s.mode.kind == ModeKind::Direct && !s.owned => Ok((ModeKind::Direct, true)),
        None if !hidden && s.owned == s.owns => Ok((s.mode.kind, true)),
        None => Err("what storage it is"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Situation, follows};
    use crate::fact::{BlockReasons, FileSystem, FsReasons, IoMode, StorageKind};

    /// `ntfs san: direct, owned, owner changes`: what was; words after the colon set the rest.
    fn situation(text: &str) -> Situation {
        let (what, rest) = text.split_once(": ").unwrap();
        let (file_system, storage) = what.split_once(' ').unwrap();
        let mut s = Situation {
            mode: IoMode::DIRECT,
            owned: false,
            owns: false,
            owner_changes: false,
            filtered_there: None,
            file_system: FileSystem::parse(file_system.trim_matches('?')),
            new_file_system: None,
            storage: match storage {
                "san" => Some(StorageKind::San),
                "s2d" => Some(StorageKind::SpacesDirect),
                "sr" => Some(StorageKind::StorageReplica),
                _ => None,
            },
            without_filter: false,
            repaired: false,
        };
        for word in rest.split(", ") {
            match word {
                "direct" => {}
                "owned" => (s.owned, s.owns) = (true, true),
                "gives up" => (s.owns, s.owner_changes) = (false, true),
                "takes over" => (s.owns, s.owner_changes) = (true, true),
                "owner changes" => s.owner_changes = true,
                "to ntfs" => s.new_file_system = Some(FileSystem::Ntfs),
                "to refs" => s.new_file_system = Some(FileSystem::Refs),
                "no filter" => s.without_filter = true,
                "repaired" => s.repaired = true,
                "filter there" => s.filtered_there = Some(true),
                "no filter there" => s.filtered_there = Some(false),
                "no path" => s.mode = IoMode::block(BlockReasons::NO_DISK_CONNECTIVITY),
                _ => s.mode = IoMode::file_system(FsReasons::parse(word).expect(word)),
            }
        }
        s
    }

    #[test]
    fn modes() {
        let check = |text: &str, expect: &str| {
            let got = match follows(&situation(text)) {
                Ok((kind, true)) => kind.word().to_owned(),
                Ok((kind, false)) => format!("{} assumed", kind.word()),
                Err(missing) => format!("? {missing}"),
            };
            assert_eq!(got, expect, "{text}");
        };
        // Nothing changes: what was stays.
        check("ntfs san: direct", "Direct");
        check("ntfs s2d: no path", "BlockRedirected");
        check("refs san: FileSystemReFs", "FileSystemRedirected");
        // ReFS is redirected on the new owner too; NTFS on a LUN is not.
        check("refs san: FileSystemReFs, takes over", "FileSystemRedirected");
        check("refs san: FileSystemReFs, to ntfs", "Direct assumed");
        check("refs ?: FileSystemReFs, to ntfs", "? what storage it is");
        check("refs s2d: FileSystemReFs, to ntfs", "BlockRedirected");
        check("refs s2d: FileSystemReFs, owned, to ntfs", "Direct");
        // 2012 R2 names no reason; ReFS itself is enough.
        check("refs san: 0, to ntfs", "Direct assumed");
        check("ntfs san: 0, no filter", "? the reason of the redirection");
        check("ntfs san: 0", "FileSystemRedirected");
        check("ntfs san: direct, to refs", "FileSystemRedirected");
        // Flags combine: one fix alone is not enough.
        check("refs san: 0x22, no filter", "FileSystemRedirected");
        check("refs san: 0x22, to ntfs", "FileSystemRedirected");
        check("refs san: 0x22, to ntfs, no filter", "Direct assumed");
        check("ntfs san: 0x2, no filter", "Direct assumed");
        check("ntfs san: 0x3, no filter", "FileSystemRedirected");
        // A filter is looked for where the volume is owned.
        check("ntfs san: 0x2, takes over", "? whether the new owner has the filter");
        check("ntfs san: 0x2, takes over, no filter there", "Direct assumed");
        check("ntfs san: 0x2, owner changes, filter there", "FileSystemRedirected");
        check("refs san: 0x22, takes over", "FileSystemRedirected");
        // Paths.
        check("ntfs san: no path, repaired", "Direct");
        check("ntfs san: no path, takes over", "? a path of the new owner to the disk");
        check("ntfs san: no path, takes over, repaired", "Direct");
        check("ntfs ?: no path, repaired", "? what storage it is");
        // Spaces follow the owner.
        check("ntfs s2d: no path, takes over", "Direct");
        check("ntfs s2d: direct, owned, gives up", "BlockRedirected");
        check("ntfs sr: direct, owned, gives up", "BlockRedirected");
        check("ntfs san: direct, owned, gives up", "Direct");
        check("ntfs ?: direct, owned, gives up", "? what storage it is");
        check("ntfs ?: direct, owner changes", "Direct");
    }
}
