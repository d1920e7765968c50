//! The script around the steps, and the page about it.

use super::{Place, STEPS, Step};

/// Before the steps: parameters, where files go, and how a step fails alone.
const HEAD: &str = r#"# Gathers what throughline reads from a failover cluster into one zip.
#
#   powershell -ExecutionPolicy Bypass -File collect.ps1 [-Destination FOLDER] [-LogHours 72] [-TraceSeconds 30]
#
# Run it in an elevated Windows PowerShell on one node of the cluster. It only reads from the cluster: nothing is
# changed, moved or restarted, and it can be run again at any time; each run makes a folder of its own. While it
# runs, each node traces its volumes for -TraceSeconds (0: not at all) and samples counters for -CounterSeconds.
# A step that fails says so and the next one runs; collection.txt in the zip lists what was and was not gathered.
#Requires -Version 4
#Requires -RunAsAdministrator
param(
    [string] $Destination = [IO.Path]::GetTempPath(),
    [int] $LogHours = 72,
    [int] $TraceSeconds = 30,
    [int] $CounterSeconds = 30
)
$ErrorActionPreference = 'Stop'
$name = 'throughline-{0:yyyyMMdd-HHmmss}' -f (Get-Date)
# A whole path: .NET does not know the shell's current folder.
$Folder = (New-Item -ItemType Directory -Path (Join-Path $Destination $name)).FullName

# Runs one step; its failure costs itself. What it came to is printed and kept.
$step = {
    param([string] $Name, [scriptblock] $Do)
    $outcome = 'gathered'
    try { & $Do } catch { $outcome = "NOT GATHERED: $($_.Exception.Message)" }
    '{0:u}  {1}  {2}: {3}' -f (Get-Date).ToUniversalTime(), $env:COMPUTERNAME, $Name, $outcome
}
$log = New-Object 'System.Collections.Generic.List[string]'
function Note([object[]] $Lines) { foreach ($line in $Lines) { $log.Add("$line"); Write-Host $line } }

"#;

/// Around the steps of a node: they run on all nodes at the same time, each into a folder of its own.
const NODE_HEAD: &str = r#"
# ---- on every node, on all at the same time ----
$onNode = {
    param([string] $RunName, [int] $TraceSeconds, [int] $CounterSeconds, [string] $StepText)
    $ErrorActionPreference = 'Stop'
    $step = [scriptblock]::Create($StepText)
    $Folder = Join-Path $env:SystemRoot "Temp\$RunName"
    New-Item -ItemType Directory -Force -Path $Folder | Out-Null
"#;

/// After the steps: fetch each node's folder over its administrative share, remove it there, pack everything.
const TAIL: &str = r#"}
$nodes = @()
try { $nodes = @((Get-ClusterNode).Name) } catch { Note "the nodes are not known: $($_.Exception.Message)" }
if ($nodes.Count -eq 0) { $nodes = @($env:COMPUTERNAME) }
$others = @($nodes | Where-Object { $_ -ne $env:COMPUTERNAME })
$arguments = @($name, $TraceSeconds, $CounterSeconds, $step.ToString())
$jobs = @()
if ($others.Count -gt 0) {
    $jobs = @(Invoke-Command -ComputerName $others -ScriptBlock $onNode -ArgumentList $arguments -AsJob)
}
if ($nodes -contains $env:COMPUTERNAME) { Note @(& $onNode @arguments) }
foreach ($job in $jobs) {
    # A node that hangs costs itself.
    Wait-Job $job -Timeout ($TraceSeconds + $CounterSeconds + 900) | Out-Null
    foreach ($child in $job.ChildJobs) {
        Note @(Receive-Job $child -ErrorAction SilentlyContinue)
        if ($child.State -eq 'Failed') { Note "$($child.Location): NOT REACHED: $($child.JobStateInfo.Reason.Message)" }
        if ($child.State -eq 'Running') { Note "$($child.Location): NOT FINISHED; what it has is fetched" }
    }
    Remove-Job $job -Force
}
foreach ($node in $nodes) {
    $there = Join-Path $env:SystemRoot "Temp\$name"
    if ($node -ne $env:COMPUTERNAME) { $there = "\\$node\" + ($there -replace ':', '$') }
    try {
        Copy-Item -Path $there -Destination (Join-Path $Folder $node) -Recurse
        Remove-Item -Path $there -Recurse -Force
    } catch { Note "${node}: NOT FETCHED from ${there}: $($_.Exception.Message)" }
}
$log | Set-Content -Path (Join-Path $Folder 'collection.txt') -Encoding UTF8
try {
    Add-Type -AssemblyName System.IO.Compression.FileSystem
    [IO.Compression.ZipFile]::CreateFromDirectory($Folder, "$Folder.zip")
    Remove-Item -Path $Folder -Recurse -Force
    Write-Host "Done: $Folder.zip"
} catch { Write-Host "Not packed ($($_.Exception.Message)); the files are in $Folder" }
"#;

/// The script for Windows.
#[must_use]
pub fn script() -> String {
    let mut out = HEAD.to_owned();
    out.push_str("# ---- once, for the whole cluster ----\n");
    let of = |place: Place| STEPS.iter().filter(move |step| step.place == place);
    of(Place::Cluster).for_each(|step| put(&mut out, step, ""));
    out.push_str(NODE_HEAD);
    of(Place::Node).for_each(|step| put(&mut out, step, "    "));
    out.push_str(TAIL);
    // Windows' editors and an old Notepad among them.
    out.replace('\n', "\r\n")
}

fn put(out: &mut String, step: &Step, indent: &str) {
    let Step { name, tells, command, place } = step;
    let (open, close) = if *place == Place::Cluster { ("Note @(", ")") } else { ("", "") };
    out.push_str(&format!("{indent}# {tells}\n{indent}{open}& $step '{name}' {{\n"));
    for line in command.lines() {
        out.push_str(&format!("{indent}    {line}\n"));
    }
    out.push_str(&format!("{indent}}}{close}\n"));
}

/// The page about the script, markdown.
#[must_use]
pub fn page() -> String {
    let mut out = String::from(
        "# What to collect\n\n\
         `throughline collect --for windows -o collect.ps1` writes a PowerShell script that gathers everything \
         that is read here into one zip. It only reads from the cluster and can be run again at any time. Each \
         step fails alone and says so; `collection.txt` in the zip lists what was gathered and what was not.\n\n\
         **This script awaits its first run on a real cluster.** It was made from Microsoft's documentation. If \
         you run it, please report what `collection.txt` says.\n\n\
         ```\npowershell -ExecutionPolicy Bypass -File collect.ps1\n```\n\n\
         Run it elevated, on one node. The other nodes are reached by PowerShell remoting, and their files come \
         over the administrative share; a node that cannot be reached is named. The trace and the counters last 30 \
         seconds unless `-TraceSeconds` and `-CounterSeconds` say otherwise, cluster logs reach back 72 hours \
         (`-LogHours`). Names of counters follow the language of Windows; English ones are read.\n\n\
         It needs Windows PowerShell 4 or later (Windows Server 2012 R2). Nothing in it is needed: the \
         report says what was missing.\n",
    );
    for (place, title) in [
        (Place::Cluster, "Once, for the whole cluster"),
        (Place::Node, "On every node, on all at the same time"),
    ] {
        out.push_str(&format!("\n## {title}\n"));
        for Step { name, tells, command, .. } in STEPS.iter().filter(|step| step.place == place) {
            out.push_str(&format!("\n**{name}.** {tells}\n\n```powershell\n{command}\n```\n"));
        }
    }
    out
}
