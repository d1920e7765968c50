//! Names as Windows compares them: without regard to case.

use std::cell::RefCell;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

/// A name of a node, volume, VM, group, resource, driver or file. Keeps the spelling it was first seen in;
/// equality, order and hash ignore case (simple Unicode case folding, which is what the Windows object
/// names of this field use).
#[derive(Clone)]
pub struct Name(Arc<str>);

impl Name {
    /// The name with surrounding white space removed.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(kept(text.trim()))
    }

    /// A node's name: the first label of a DNS name (`N1.contoso.com` and `n1` are one node). Text that is
    /// an IPv4 address is kept whole.
    #[must_use]
    pub fn node(text: &str) -> Self {
        let text = text.trim();
        let address = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        match text.split_once('.') {
            Some((first, _)) if !address && !first.is_empty() => Self(kept(first)),
            _ => Self(kept(text)),
        }
    }

    /// As spelled in the source.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Nothing but white space was given.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn folded(&self) -> impl Iterator<Item = char> + '_ {
        self.0.chars().flat_map(char::to_lowercase)
    }
}

/// How many texts of names a thread keeps at hand, and up to which length in bytes.
const KEPT: usize = 1 << 12;
const LONGEST: usize = 128;

thread_local! {
    static RECENT: RefCell<Vec<Option<Arc<str>>>> = const { RefCell::new(Vec::new()) };
}

/// The text, shared with an equal one of late: millions of records name the same few thousand things.
fn kept(text: &str) -> Arc<str> {
    if text.len() > LONGEST {
        return Arc::from(text);
    }
    let mut hasher = DefaultHasher::new();
    hasher.write(text.as_bytes());
    let at = hasher.finish() as usize % KEPT;
    RECENT.with_borrow_mut(|recent| {
        if recent.is_empty() {
            recent.resize(KEPT, None);
        }
        match &mut recent[at] {
            Some(known) if **known == *text => Arc::clone(known),
            slot => Arc::clone(slot.insert(Arc::from(text))),
        }
    })
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Name {}

impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Name {
    fn cmp(&self, other: &Self) -> Ordering {
        if Arc::ptr_eq(&self.0, &other.0) {
            return Ordering::Equal;
        }
        if self.0.is_ascii() && other.0.is_ascii() {
            let (left, right) = (self.0.as_bytes(), other.0.as_bytes());
            // Many names begin alike.
            let alike = left.as_chunks::<8>().0.iter().zip(right.as_chunks::<8>().0);
            let alike = 8 * alike.take_while(|(a, b)| a == b).count();
            let left = left[alike..].iter().map(u8::to_ascii_lowercase);
            return left.cmp(right[alike..].iter().map(u8::to_ascii_lowercase));
        }
        self.folded().cmp(other.folded())
    }
}

impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.folded().for_each(|c| c.hash(state));
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl From<&str> for Name {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

#[cfg(test)]
mod tests {
    use super::Name;

    #[test]
    fn case_and_domain() {
        assert_eq!(Name::new("Volume1"), Name::new("VOLUME1 "));
        assert_eq!(Name::node("HV-01.corp.example"), Name::node("hv-01"));
        assert_eq!(Name::node("10.1.2.3").as_str(), "10.1.2.3");
        assert_ne!(Name::new("a.b"), Name::new("a"));
        // Each keeps its own spelling, also where the same text was met before.
        let spelled = ["Disk 1", "DISK 1", "Disk 1"].map(|text| Name::new(text).to_string());
        assert_eq!(spelled, ["Disk 1", "DISK 1", "Disk 1"]);
        let names =
            ["disk", "Disk 1", "disk 10", "DISK 2", "disk-abcdefgh", "Disk-abcdefgh 1", "disk-ABCDEFGI"];
        assert!(names.map(Name::new).is_sorted());
        assert_eq!(Name::new("Virtual Machine A"), Name::new("virtual machine a"));
        assert!(Name::new("äA") < Name::new("Äb"));
    }
}
