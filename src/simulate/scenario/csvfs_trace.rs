//! Windows Server 2022, two nodes, a SAN: one volume with NTFS and one with ReFS, traced on both nodes. How many bytes
//! took the way through the coordinator can be told to the byte, from the traces alone.

use super::{Scenario, names};
use crate::fact::{FileSystem, Instant, StorageKind, VmState};
use crate::simulate::build::Builder;
use crate::simulate::calendar::{HOUR, MILLISECOND, SECOND, instant};
use crate::simulate::collect::Collection;
use crate::simulate::model::BUILD_2022;
use crate::simulate::play::io::Load;
use crate::simulate::play::ownership;
use crate::simulate::trace::{Session, TraceForm};
use crate::simulate::world::World;
use crate::simulate::{File, Plan};

pub(super) const SCENARIO: Scenario = Scenario {
    name: "csvfs-trace",
    description: "Windows Server 2022, two nodes, one direct NTFS and one redirected ReFS volume, CSVFS traced on both",
    nodes: 2..=16,
    default_nodes: 2,
    default_hours: 1,
    least_hours: 1,
    story: "\
Nodes `CEDAR1` and `CEDAR2` (Windows Server 2022, build 20348) share two LUNs of a SAN. `Volume1` is NTFS and direct
on both nodes. `Volume2` is ReFS: file-system redirected everywhere, by design.

- A CSVFS trace starts on both nodes. `VM-1` starts on `CEDAR1` with its disk on `Volume1`, `VM-2` on `CEDAR2` with
  its disk on `Volume2`. `CEDAR1` coordinates both volumes: the I/O of `VM-2` crosses the network.
- At six tenths of the time `Volume2` moves to `CEDAR2`: from then on the I/O of `VM-2` is redirected on its own node
  and crosses no network.
- Some I/O fails, some waits while the volume moves. The trace of `CEDAR1` is as the session wrote it, stamped by the
  performance counter; that of `CEDAR2` was rewritten with compression and is stamped by system time.
- Each disk has an I/O every six seconds or so.",
    left_out: "\
- No cluster log, event log or snapshot: owners and file systems must come from the traces or stay unknown.
- Clocks agree, so that minutes of the trace are minutes of the truth. What the session says of its time zone is the
  bias of the day.
- The form of a remote `VolumeTargetPath` and `FsTargetPath` (events 8704, 12544) is not public: here it names the
  coordinator.
- Fields that Windows appends to 8704, 8960, 9216 and 12544 in later builds are not public and not written.
- VM placement is not logged: only VHDMP 12 names the VM of a disk file.",
    play,
    collect,
};

/// Between two I/Os of a disk: long, so that the sample stays small.
const EVERY: i64 = 6 * SECOND;

fn play(plan: &Plan) -> World {
    let mut builder = Builder::new("CEDAR-HVC", "cedar.example", BUILD_2022, plan.seed);
    builder.skew = 0;
    let nodes = names("CEDAR", plan.nodes, false);
    builder.nodes(&nodes.iter().map(String::as_str).collect::<Vec<_>>());
    let start = instant(2023, 9, 12, 8);
    builder.booted(Instant(start.0 - 6 * 24 * HOUR));
    let direct = builder.volume("Volume1", FileSystem::Ntfs, StorageKind::San, 0);
    let redirected = builder.volume("Volume2", FileSystem::Refs, StorageKind::San, 0);
    for node in 0..plan.nodes {
        let volume = if node % 2 == 0 { direct } else { redirected };
        let vm = builder.vm(&format!("VM-{}", node + 1), node, volume);
        builder.cluster.vms[vm].state = VmState::Off;
    }
    let random = builder.random.fork();
    let vms = builder.cluster.vms.len();
    let mut world = World::new(builder.cluster, start, random);
    let every = plan.tracing.rate.map_or(EVERY, |rate| SECOND / i64::from(rate.max(1)));
    world.load = Some(Load { every, cpus: 4, seed: plan.seed, tracing: plan.tracing });
    let length = i64::from(plan.hours) * HOUR;
    for vm in 0..vms {
        let delay = 2 * SECOND + vm as i64 * 370 * MILLISECOND;
        world.at(Instant(start.0 + delay), move |w| {
            let node = w.cluster.vms[vm].node;
            w.place(vm, node, VmState::Running);
        });
    }
    world.at(Instant(start.0 + length / 10 * 6), move |w| ownership::move_volume(w, redirected, 1));
    world.run(Instant(start.0 + length));
    world
}

fn collect(world: &World, sink: &mut dyn FnMut(File)) {
    let mut bundle = Collection::new(world, sink);
    let Some(load) = world.load else { return };
    for node in world.nodes() {
        let name = &world.cluster.nodes[node].name;
        match load.tracing.form {
            TraceForm::Counters => bundle.counters(format!("{name}/csv_counters.csv"), node, load),
            _ => bundle.trace(&format!("{name}/csv_trace"), node, Session::of(world, node, load), load),
        }
    }
}
