//! A gzip stream (RFC 1952): one file, or a tar archive, which `super::super::collect` opens in its place.

use std::io::{self, BufReader};

use flate2::bufread::MultiGzDecoder;

use super::{Contents, Entry, Held, Run};
use crate::bundle::store::{BUFFER, Store};

/// First bytes: the mark, and deflate as the method, which is the only one.
pub(super) const MAGIC: [u8; 3] = [0x1f, 0x8b, 8];

pub(super) fn list(store: &Store, name: &str, members: u64) -> Contents {
    let mut contents = Contents::default();
    let held = Ok(Held::Run { run: 0, start: 0, size: None });
    contents.push(members, Entry { name: inner_name(name), held });
    let archive = store.clone();
    let unpack = Box::new(move |out: &mut dyn io::Write| {
        let packed = BufReader::with_capacity(BUFFER, archive.open()?);
        io::copy(&mut MultiGzDecoder::new(packed), out).map(drop)
    });
    contents.runs.push(Run { packed: store.len, unpack });
    contents
}

/// The name without the ending that the compression gave it. The name within is the one of long ago, if any.
fn inner_name(name: &str) -> String {
    let lower = name.to_ascii_lowercase();
    if lower.ends_with(".tgz") {
        format!("{}.tar", &name[..name.len() - 4])
    } else if lower.ends_with(".gz") && lower.len() > 3 {
        name[..name.len() - 3].to_owned()
    } else {
        "content".to_owned()
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn names() {
        let check = |name: &str, inner: &str| assert_eq!(super::inner_name(name), inner, "{name}");
        check("hv1_cluster.log.GZ", "hv1_cluster.log");
        check("node.tgz", "node.tar");
        check("b.tar.gz", "b.tar");
        check(".gz", "content");
        check("odd", "content");
    }
}
