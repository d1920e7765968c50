//! What somebody collects from a cluster at the end of a story: the helpers that scenarios share.

use super::File;
use super::log::{Entry, What};
use super::play::io;
use super::trace::Session;
use super::world::World;
use super::write::clixml::{self, Object};
use super::write::cluster_log::{self, Base};
use super::write::text::Encoding;
use super::write::{etl, evtx, fltmc, mpclaim};

/// A bundle under construction.
pub(super) struct Collection<'a> {
    world: &'a World,
    /// What there is so far.
    pub(super) files: Vec<File>,
}

impl<'a> Collection<'a> {
    /// An empty bundle.
    pub(super) fn new(world: &'a World) -> Self {
        Self { world, files: Vec::new() }
    }

    fn add(&mut self, path: impl Into<String>, bytes: Vec<u8>) {
        self.files.push(File { path: path.into(), bytes });
    }

    /// The cluster.log of a node.
    pub(super) fn cluster_log(
        &mut self,
        path: impl Into<String>,
        node: usize,
        base: Base,
        encoding: Encoding,
    ) {
        self.add(path, cluster_log::file(self.world, node, base, encoding));
    }

    /// One channel of a node. Its record numbers begin as if the log had been in use for long.
    pub(super) fn evtx(&mut self, path: impl Into<String>, node: usize, channel: &str) {
        let from = self.world.gathering.events_from.map(|at| self.world.clock(node, at));
        let of_channel = |e: &&Entry| {
            from.is_none_or(|from| e.at >= from) && matches!(&e.what, What::Record(r) if r.channel == channel)
        };
        let entries: Vec<&Entry> = self.world.logs[node].iter().filter(of_channel).collect();
        let first = 1000 * (u64::from(self.world.cluster.nodes[node].number) + 3) + 17;
        self.add(path, evtx::file(&self.world.cluster.fqdn(node), &entries, first));
    }

    /// The trace of a node, where its I/O is traced.
    pub(super) fn etl(&mut self, path: impl Into<String>, node: usize, session: Session) {
        let Some(load) = self.world.load else { return };
        let mut writer = etl::Writer::new(session);
        io::play(self.world, node, load, |step| {
            if let io::Step::Event(event) = step {
                writer.push(&event);
            }
        });
        self.add(path, writer.finish());
    }

    /// Objects as CLIXML.
    pub(super) fn clixml(
        &mut self,
        path: impl Into<String>,
        objects: &[Object],
        depth: u32,
        encoding: Encoding,
    ) {
        self.add(path, clixml::file(objects, depth, encoding));
    }

    /// `fltmc` and `fltmc instances` of a node, under the names of the usual collector.
    pub(super) fn filters(&mut self, folder: &str, node: usize) {
        self.add(format!("{folder}/fltmc.txt"), fltmc::filters(self.world, node));
        self.add(format!("{folder}/fltmc-instances.txt"), fltmc::instances(self.world, node));
    }

    /// `mpclaim -s -d` of a node.
    pub(super) fn multipath(&mut self, path: impl Into<String>, node: usize) {
        self.add(path, mpclaim::disks(self.world, node));
    }
}
