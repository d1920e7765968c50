//! The finding that each story must be told with first, and what it amounts to. Written by hand, from the cause matrix of
//! the domain facts; `-` where the right answer is that nothing went through a coordinator, or that it cannot be told.

/// Scenario, rule, verdict.
pub(super) const TOP: &[(&str, &str, &str)] = &[
    ("refs-two-node", "refs", "by_design"),
    ("san-path-loss", "lost-disk-path", "fault"),
    ("s2d-by-design", "space-attached-elsewhere", "by_design"),
    ("csvfs-trace", "-", "-"),
    ("refs-iscsi-2016", "refs", "by_design"),
    ("refs-and-ntfs-2019", "refs", "by_design"),
    ("refs-san-2025", "refs", "by_design"),
    ("s2d-ntfs", "space-attached-elsewhere", "by_design"),
    ("s2d-refs", "refs", "by_design"),
    ("tiered-space", "tiered-space", "by_design"),
    ("shared-space", "space-attached-elsewhere", "by_design"),
    ("storage-replica", "storage-replica", "by_design"),
    ("lost-path", "lost-disk-path", "fault"),
    ("lost-path-lasting", "lost-disk-path", "fault"),
    ("owner-lost-storage", "owner-lost-storage", "fault"),
    ("user-request-kept", "user-request", "operator"),
    ("maintenance", "maintenance", "operator"),
    ("backup-2008-r2", "backup-mode", "temporary"),
    ("filter-kept", "incompatible-file-system-filter", "configuration"),
    ("filter-one-node", "incompatible-file-system-filter", "configuration"),
    ("filter-and-refs", "incompatible-file-system-filter", "configuration"),
    ("filter-2008-r2", "incompatible-file-system-filter", "configuration"),
    ("file-veto", "file-veto", "configuration"),
    ("volume-filter", "incompatible-volume-filter", "configuration"),
    ("bitlocker", "bitlocker-initializing", "temporary"),
    ("missing-binding", "missing-network-binding", "configuration"),
    ("network-role", "csv-network-role", "configuration"),
    ("move-vetoed", "moves-vetoed", "temporary"),
    ("far-site", "asymmetric-storage", "by_design"),
    ("backup-2019", "snapshot-pause", "temporary"),
    ("deduplication", "deduplication", "by_design"),
    ("shared-vhdx", "shared-vhdx", "by_design"),
    ("restart-bug-2018", "s2d-reboot-2018", "fault"),
    ("rdma-signing", "space-attached-elsewhere", "by_design"),
    ("wrong-network", "refs", "by_design"),
    ("failed-migrations", "space-attached-elsewhere", "by_design"),
    ("restart", "space-attached-elsewhere", "by_design"),
    ("daylight-saving", "-", "-"),
];

/// What a story is also about, and must be found besides: scenario, rule, verdict.
pub(super) const ALSO: &[(&str, &str, &str)] = &[
    ("filter-and-refs", "refs", "by_design"),
    ("owner-lost-storage", "lost-disk-path", "fault"),
    ("rdma-signing", "rdma-signing", "configuration"),
    ("s2d-by-design", "refs", "by_design"),
    ("wrong-network", "csv-wrong-network", "configuration"),
];

/// Stories whose own cause no rule tells yet, with the verdict that it must get.
pub(super) const OPEN: &[(&str, &str)] = &[
    ("metadata-burst", "not_redirection"),
    ("drain", "not_redirection"),
    ("rebalance", "not_redirection"),
    ("s2d-skew", "not_redirection"),
    ("network-fault", "fault"),
    ("stray-address", "fault"),
    ("quarantine", "fault"),
    ("owner-crash", "fault"),
    ("ten-nodes", "fault"),
    ("pauses-while-migrating", "undetermined"),
    // The file system was not gathered: all that can be said is what to collect.
    ("one-node-events", "-"),
];
