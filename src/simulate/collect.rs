//! What somebody collects from a cluster at the end of a story: the helpers that scenarios share.

use super::File;
use super::log::{Entry, What};
use super::play::chatter;
use super::play::io::{self, Load};
use super::trace::{Session, TraceForm, Traced};
use super::world::World;
use super::write::clixml::{self, Object};
use super::write::cluster_log::{self, Base};
use super::write::text::Encoding;
use super::write::{counters, etl, evtx, fltmc, mpclaim, tracerpt_csv, tracerpt_xml};

/// A bundle under construction: each file is handed on as soon as it is made.
pub(super) struct Collection<'a> {
    world: &'a World,
    sink: &'a mut dyn FnMut(File),
}

impl<'a> Collection<'a> {
    /// An empty bundle.
    pub(super) fn new(world: &'a World, sink: &'a mut dyn FnMut(File)) -> Self {
        Self { world, sink }
    }

    fn add(&mut self, path: impl Into<String>, bytes: Vec<u8>) {
        (self.sink)(File { path: path.into(), bytes });
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
        let own = self.world.logs[node].iter().filter(of_channel);
        let more = chatter::records(self.world, node).filter(|e| of_channel(&e));
        let first = 1000 * (u64::from(self.world.cluster.nodes[node].number) + 3) + 17;
        let file = evtx::file(&self.world.cluster.fqdn(node), chatter::merged(own, more), first);
        self.add(path, file);
    }

    /// The trace of a node, in the form that the load asks for. `stem` is the path without its extension.
    pub(super) fn trace(&mut self, stem: &str, node: usize, session: Session, load: Load) {
        let world = self.world;
        let mut writer = etl::Writer::new(session.clone());
        io::events(world, node, load, |event| writer.push(&event));
        let written = writer.finish();
        if load.tracing.form == TraceForm::Etl {
            return self.add(format!("{stem}.etl"), written.bytes);
        }
        // What is converted is what reached the file.
        let header = etl::fields(&session, &written.totals);
        let start = session.start;
        let zone = world.cluster.nodes[node].clock.zone;
        let mut number = 0..;
        let mut kept = |sink: &mut dyn FnMut(Traced)| {
            io::events(world, node, load, |event| {
                if number.next().is_some_and(|number| !written.lost.contains(&number)) {
                    sink(event);
                }
            });
        };
        match load.tracing.form {
            TraceForm::TracerptCsv => {
                let mut out = tracerpt_csv::Writer::new(start, &header);
                kept(&mut |event| out.push(&event));
                self.add(format!("{stem}.csv"), out.finish());
            }
            TraceForm::TracerptXml => {
                let mut out = tracerpt_xml::Writer::new(start, zone, &header);
                kept(&mut |event| out.push(&event));
                self.add(format!("{stem}.xml"), out.finish());
            }
            TraceForm::Evtx => {
                let mut out = evtx::Log::new(&world.cluster.nodes[node].name, 1);
                kept(&mut |event| out.push_traced(&event));
                self.add(format!("{stem}.evtx"), out.finish());
            }
            TraceForm::Etl | TraceForm::Counters => {}
        }
    }

    /// The counters of a node, as Performance Monitor logs them.
    pub(super) fn counters(&mut self, path: impl Into<String>, node: usize, load: Load) {
        self.add(path, counters::file(self.world, node, load));
    }

    /// The counters of a node's metadata.
    pub(super) fn metadata(&mut self, path: impl Into<String>, node: usize) {
        self.add(path, counters::metadata(self.world, node));
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
