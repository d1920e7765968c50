//! What is gathered: one [`Step`] a thing, with what it tells and the command that gathers it. The script and
//! the page about it are made of this list alone.
//!
//! Commands are the documented ones of Microsoft's modules. Each only reads; what a command writes goes to
//! `$Folder`. A step that runs a program sets `$ErrorActionPreference` to `Continue` for itself: Windows
//! PowerShell would take any line on its standard error for the end of the step.

/// Where a step runs.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Once, on the node where the script is started: it speaks of the whole cluster.
    Cluster,
    /// On every node, on all at the same time.
    Node,
}

/// One thing to gather.
#[derive(Copy, Clone, Debug)]
pub struct Step {
    /// Short name, unique; also what the script prints when the step fails.
    pub name: &'static str,
    /// Where it runs.
    pub place: Place,
    /// What it tells, one sentence.
    pub tells: &'static str,
    /// PowerShell, one statement a line; `$Folder` is where files go.
    pub command: &'static str,
}

const fn cluster(name: &'static str, tells: &'static str, command: &'static str) -> Step {
    Step { name, place: Place::Cluster, tells, command }
}

const fn node(name: &'static str, tells: &'static str, command: &'static str) -> Step {
    Step { name, place: Place::Node, tells, command }
}

/// Every step, in the order in which they run: first what changes quickest.
pub const STEPS: &[Step] = &[
    cluster(
        "volume states",
        "The I/O mode of every volume on every node at this moment, and Windows' own reasons for it.",
        r#"Get-ClusterSharedVolumeState | Export-Clixml -Depth 4 -Path "$Folder\ClusterSharedVolumeState.xml""#,
    ),
    cluster(
        "volumes",
        "Each volume's owner, file system, mount point, maintenance and redirected-access flags.",
        r#"Get-ClusterSharedVolume | Export-Clixml -Depth 6 -Path "$Folder\ClusterSharedVolume.xml""#,
    ),
    cluster(
        "roles",
        "Which node owns each role, virtual machines among them.",
        r#"Get-ClusterGroup | Export-Clixml -Depth 3 -Path "$Folder\ClusterGroup.xml""#,
    ),
    cluster(
        "resources",
        "Resources with their states, groups and types.",
        r#"Get-ClusterResource | Export-Clixml -Depth 3 -Path "$Folder\ClusterResource.xml""#,
    ),
    cluster(
        "possible owners",
        "Which nodes may own each volume's disk: a node that may not is given no path to it.",
        r#"Get-ClusterSharedVolume | ForEach-Object { Get-ClusterOwnerNode -Resource $_.Name } | Export-Clixml -Depth 3 -Path "$Folder\ClusterOwnerNode.xml""#,
    ),
    cluster(
        "deduplication",
        "Which volumes are deduplicated; fails where the feature is not installed.",
        r#"Get-DedupVolume | Export-Clixml -Depth 3 -Path "$Folder\DedupVolume.xml""#,
    ),
    cluster(
        "resource parameters",
        "The links between VMs, disks and their resources; of other resources nothing, for their parameters may hold secrets.",
        r#"Get-ClusterResource | Where-Object { "$($_.ResourceType)" -match '^(Physical Disk|Virtual Machine)' } | Get-ClusterParameter | Export-Clixml -Depth 3 -Path "$Folder\ClusterResourceParameter.xml""#,
    ),
    cluster(
        "nodes",
        "Names, ids and states of the nodes.",
        r#"Get-ClusterNode | Export-Clixml -Depth 3 -Path "$Folder\ClusterNode.xml""#,
    ),
    cluster(
        "networks",
        "Roles and metrics of the cluster networks: which of them carry CSV traffic.",
        r#"Get-ClusterNetwork | Export-Clixml -Depth 3 -Path "$Folder\ClusterNetwork.xml""#,
    ),
    cluster(
        "network interfaces",
        "Which adapter of which node belongs to which cluster network.",
        r#"Get-ClusterNetworkInterface | Export-Clixml -Depth 3 -Path "$Folder\ClusterNetworkInterface.xml""#,
    ),
    cluster(
        "cluster properties",
        "Functional level, Storage Spaces Direct, CsvBalancer, block cache, filter lists.",
        r#"Get-Cluster | Export-Clixml -Depth 3 -Path "$Folder\Cluster.xml""#,
    ),
    cluster(
        "virtual disks",
        "Which volumes are Storage Spaces, and whether these are tiered.",
        r#"Get-VirtualDisk | Export-Clixml -Depth 3 -Path "$Folder\VirtualDisk.xml""#,
    ),
    cluster(
        "storage replica",
        "Whether a volume takes part in Storage Replica; fails where the feature is not installed.",
        r#"Get-SRGroup | Export-Clixml -Depth 4 -Path "$Folder\SRGroup.xml""#,
    ),
    cluster(
        "cluster logs",
        "What the cluster service of every node wrote, in UTC; each node's Cluster\\Reports\\cluster.log is written anew for it. This takes the longest.",
        r#"Get-ClusterLog -Destination "$Folder" -TimeSpan ($LogHours * 60) | Out-Null"#,
    ),
    node(
        "trace of CSVFS",
        "For some seconds every I/O of the volumes, direct or redirected, with bytes and duration, and the files whose direct I/O a filter vetoes; at most 256 MB.",
        r#"$ErrorActionPreference = 'Continue'
if ($TraceSeconds -gt 0) {
    logman stop throughline -ets 2>$null | Out-Null
    logman create trace throughline -ets -ow -o "$Folder\csvfs.etl" -p '{6a86ae90-4e9b-4186-b1d1-9ce0e02bcbc1}' 0xffffffffffffffff 0xff -bs 1024 -nb 16 64 -mode Circular -f bincirc -max 256 | Out-Null
    if ($LASTEXITCODE -ne 0) { throw "logman ended with $LASTEXITCODE" }
    logman update trace throughline -ets -p '{151d3c03-e442-4c4f-af20-bd48ff41f793}' 0xffffffffffffffff 0xff | Out-Null
    try { Start-Sleep -Seconds $TraceSeconds } finally { logman stop throughline -ets | Out-Null }
}"#,
    ),
    node(
        "counters",
        "Direct and redirected bytes of every volume, second by second, as CSVFS and the CSV volume manager count them.",
        r#"if ($CounterSeconds -gt 0) {
    $sets = @(Get-Counter -ListSet 'Cluster CSV*' -ErrorAction SilentlyContinue)
    if ($sets.Count -eq 0) { throw "this Windows has no counter set named 'Cluster CSV*'" }
    $paths = $sets | ForEach-Object { if ($_.PathsWithInstances) { $_.PathsWithInstances } else { $_.Paths } }
    Get-Counter -Counter $paths -SampleInterval 1 -MaxSamples $CounterSeconds -ErrorAction SilentlyContinue | Export-Counter -Path "$Folder\counters.csv" -FileFormat CSV -Force
}"#,
    ),
    node(
        "event logs",
        "The channels that tell of volumes, moves, VMs, SMB connections, disks and clocks.",
        r#"$ErrorActionPreference = 'Continue'
$channels = 'System', 'Microsoft-Windows-FailoverClustering/Operational',
    'Microsoft-Windows-FailoverClustering-CsvFs/Operational', 'Microsoft-Windows-Hyper-V-VMMS-Admin',
    'Microsoft-Windows-Hyper-V-Worker-Admin', 'Microsoft-Windows-Hyper-V-High-Availability-Admin',
    'Microsoft-Windows-SmbClient/Connectivity', 'Microsoft-Windows-SMBClient/Operational',
    'Microsoft-Windows-SMBServer/Operational', 'Microsoft-Windows-VHDMP-Operational',
    'Microsoft-Windows-Storage-Storport/Operational', 'Microsoft-Windows-Ntfs/Operational',
    'Microsoft-Windows-Time-Service/Operational'
$missed = foreach ($channel in $channels) {
    wevtutil epl $channel "$Folder\$($channel -replace '/', '-').evtx" /ow:true 2>$null
    if ($LASTEXITCODE -ne 0) { $channel }
}
if ($missed) { throw "only these channels (not there, or not readable): $($missed -join ', ')" }"#,
    ),
    node(
        "virtual machines",
        "Which VMs are here, in which state.",
        r#"Get-VM | Export-Clixml -Depth 4 -Path "$Folder\VM.xml""#,
    ),
    node(
        "disks of the virtual machines",
        "The files that each VM uses as disks: they lead to the volume.",
        r#"Get-VM | Get-VMHardDiskDrive | Export-Clixml -Depth 3 -Path "$Folder\VMHardDiskDrive.xml""#,
    ),
    node(
        "disks",
        "How the node reaches its disks: bus, boot and cluster flags.",
        r#"Get-Disk | Export-Clixml -Depth 2 -Path "$Folder\Disk.xml""#,
    ),
    node(
        "windows volumes",
        "File systems as this node sees them.",
        r#"Get-Volume | Export-Clixml -Depth 2 -Path "$Folder\Volume.xml""#,
    ),
    node(
        "deduplicated volumes",
        "Volumes with deduplication; fails where the feature is not installed.",
        r#"Get-DedupVolume | Export-Clixml -Depth 2 -Path "$Folder\DedupVolume.xml""#,
    ),
    node(
        "filter drivers",
        "File-system filters with their altitudes, and the volumes that they are attached to.",
        r#"$ErrorActionPreference = 'Continue'
fltmc filters | Set-Content "$Folder\fltmc.txt"
fltmc instances | Set-Content "$Folder\fltmc-instances.txt"
if ($LASTEXITCODE -ne 0) { throw "fltmc ended with $LASTEXITCODE" }"#,
    ),
    node(
        "paths of MPIO",
        "Disks under MPIO, and the paths to each; fails where MPIO is not installed.",
        r#"$ErrorActionPreference = 'Continue'
if (-not (Get-Command mpclaim.exe -ErrorAction SilentlyContinue)) { throw 'MPIO is not installed' }
mpclaim -s -d | Set-Content "$Folder\mpclaim.txt"
foreach ($line in Get-Content "$Folder\mpclaim.txt") {
    if ($line -match '^MPIO Disk(\d+)') { mpclaim -s -d $Matches[1] | Set-Content "$Folder\mpclaim-$($Matches[1]).txt" }
}"#,
    ),
    node(
        "SMB connections",
        "Which addresses the CSV instance of the SMB client uses, and whether by RDMA.",
        r#"Get-SmbMultichannelConnection -SmbInstance CSV | Export-Clixml -Depth 2 -Path "$Folder\SmbMultichannelConnection-CSV.xml""#,
    ),
    node(
        "SMB client settings",
        "Whether signing is required: it slows RDMA down.",
        r#"Get-SmbClientConfiguration | Export-Clixml -Depth 2 -Path "$Folder\SmbClientConfiguration.xml""#,
    ),
    node(
        "SMB server settings",
        "Whether signing or encryption is required of others: it slows RDMA down.",
        r#"Get-SmbServerConfiguration | Export-Clixml -Depth 2 -Path "$Folder\SmbServerConfiguration.xml""#,
    ),
    node(
        "network bindings",
        "Whether the client and the server of Microsoft networks are bound to each adapter.",
        r#"Get-NetAdapterBinding | Export-Clixml -Depth 2 -Path "$Folder\NetAdapterBinding.xml""#,
    ),
    node(
        "addresses",
        "Addresses of each adapter, self-assigned ones (169.254) among them.",
        r#"Get-NetIPAddress | Export-Clixml -Depth 2 -Path "$Folder\NetIPAddress.xml""#,
    ),
    node(
        "operating system",
        "Build, time zone and last start.",
        r#"Get-CimInstance Win32_OperatingSystem | Export-Clixml -Depth 2 -Path "$Folder\OperatingSystem.xml""#,
    ),
    node(
        "updates",
        "Installed updates: some faults end with one.",
        r#"Get-HotFix | Export-Clixml -Depth 2 -Path "$Folder\HotFix.xml""#,
    ),
];
