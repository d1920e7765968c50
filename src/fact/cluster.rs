//! The cluster as a whole.

use super::{Guid, Name};

/// What a source says of the cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClusterClaim {
    /// Its name.
    Name(Name),
    /// Its id.
    Id(Guid),
    /// Storage Spaces Direct is enabled (`S2DEnabled`).
    SpacesDirect(bool),
    /// `ClusterFunctionalLevel`.
    FunctionalLevel(u32),
    /// `SharedVolumeCompatibleFilters`.
    CompatibleFilters(Vec<Name>),
    /// `SharedVolumeIncompatibleFilters`.
    IncompatibleFilters(Vec<Name>),
    /// `CsvBalancer`.
    CsvBalancer(u32),
    /// `UseClientAccessNetworksForSharedVolumes`: 0 (the default) disables the networks of clients for volumes, 1 enables
    /// them; what 2 is (since 2016) is not published (learn.microsoft.com, cluster common properties).
    ClientNetworksForVolumes(u32),
    /// `BlockCacheSize` in MB.
    BlockCacheMegabytes(u32),
}
