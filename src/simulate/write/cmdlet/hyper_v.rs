//! Module Hyper-V.

use crate::fact::{Instant, VmState};
use crate::simulate::calendar::{HOUR, with_offset};
use crate::simulate::world::World;
use crate::simulate::write::clixml::{Object, Value};

/// `Get-VM` of one node.
pub(in crate::simulate) fn vm(world: &World, node: usize) -> Vec<Object> {
    let n = &world.cluster.nodes[node];
    let vms = world.cluster.vms.iter().filter(|vm| vm.node == node);
    vms.map(|vm| {
        let number = match vm.state {
            VmState::Running => 2,
            VmState::Off => 3,
            VmState::Saved => 6,
            _ => 9,
        };
        let state = Value::Enum("Microsoft.HyperV.PowerShell.VMState", vm.state.word().into(), number);
        let folder = vm.disks[0].path.rsplit_once(r"\Virtual Hard Disks").map_or("", |(folder, _)| folder);
        let disks = drives(world, node, &vm.name).into_iter().map(Value::Object).collect();
        let properties = vec![
            ("VMName", Value::text(&vm.name)),
            ("VMId", Value::Guid(vm.id)),
            ("Id", Value::Guid(vm.id)),
            ("Name", Value::text(&vm.name)),
            ("State", state),
            ("ComputerName", Value::text(&world.cluster.nodes[node].name)),
            ("IsClustered", Value::Bool(true)),
            ("Path", Value::text(folder)),
            ("ConfigurationLocation", Value::text(folder)),
            ("CreationTime", Value::Time(with_offset(Instant(n.booted.0 - 97 * HOUR), n.clock.zone))),
            ("HardDrives", Value::List(disks)),
        ];
        Object::new(
            &["Microsoft.HyperV.PowerShell.VirtualMachine", "System.Object"],
            format!("VirtualMachine (Name = '{}')", vm.name),
            properties,
        )
    })
    .collect()
}

/// `Get-VM | Get-VMHardDiskDrive` of one node.
pub(in crate::simulate) fn hard_disk_drive(world: &World, node: usize) -> Vec<Object> {
    let vms = world.cluster.vms.iter().filter(|vm| vm.node == node);
    vms.flat_map(|vm| drives(world, node, &vm.name)).collect()
}

fn drives(world: &World, node: usize, name: &str) -> Vec<Object> {
    let vms = world.cluster.vms.iter().filter(|vm| vm.name == name);
    let disks = vms.flat_map(|vm| vm.disks.iter().enumerate().map(move |(at, disk)| (vm, at, disk)));
    disks
        .map(|(vm, at, disk)| {
            let controller = "Microsoft.HyperV.PowerShell.ControllerType";
            let properties = vec![
                ("Path", Value::text(&disk.path)),
                ("SupportPersistentReservations", Value::Bool(disk.shared)),
                ("ControllerLocation", Value::I32(at as i32)),
                ("ControllerNumber", Value::I32(0)),
                ("ControllerType", Value::Enum(controller, "SCSI".into(), 1)),
                ("VMId", Value::Guid(vm.id)),
                ("VMName", Value::text(&vm.name)),
                ("ComputerName", Value::text(&world.cluster.nodes[node].name)),
            ];
            Object::new(
                &["Microsoft.HyperV.PowerShell.HardDiskDrive", "System.Object"],
                format!("Hard Drive on SCSI controller number 0 at location {at}"),
                properties,
            )
        })
        .collect()
}
