//! The objects that PowerShell answers with, from the state of the cluster now. Property names are those
//! that public scripts read; one function a cmdlet.

mod cluster;
mod hyper_v;
mod windows;

pub(in crate::simulate) use cluster::{
    cluster, group, network, node, owner_node, resource, shared_volume, shared_volume_parameter,
    shared_volume_state,
};
pub(in crate::simulate) use hyper_v::{hard_disk_drive, vm};
pub(in crate::simulate) use windows::{
    adapter_binding, dedup_volume, disk, hot_fix, ip_address, operating_system, smb_client_configuration,
    smb_connection, smb_server_configuration, virtual_disk, volume,
};
