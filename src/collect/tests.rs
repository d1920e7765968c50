//! The script reads and does nothing else, and every step of it is explained.

use std::collections::BTreeSet;

use super::{STEPS, page, script};

/// Verbs and programs that only read, or write files; what a script may name.
const ALLOWED: &[&str] = &[
    "Get-",
    "Export-",
    "Set-Content",
    "ForEach-Object",
    "Where-Object",
    "Out-Null",
    "Start-Sleep",
    "New-Object",
    "New-Item",
    "Join-Path",
    "Copy-Item",
    "Remove-Item",
    "Remove-Job",
    "Wait-Job",
    "Receive-Job",
    "Invoke-Command",
    "Add-Type",
    "Write-Host",
];

/// Words of the form `Verb-Noun` in code; a word behind a backslash is part of a file's name.
fn cmdlets(code: &str) -> BTreeSet<String> {
    let code = code.lines().filter(|line| !line.trim_start().starts_with('#'));
    let words = code.flat_map(|line| line.split(|c: char| !(c.is_alphanumeric() || "-\\".contains(c))));
    let named = |word: &&str| {
        let verb = word.split('-').next().unwrap_or_default();
        word.contains('-')
            && !verb.contains('\\')
            && verb.len() > 2
            && verb.starts_with(|c: char| c.is_ascii_uppercase())
    };
    words.filter(named).map(str::to_owned).collect()
}

#[test]
fn it_only_reads() {
    for word in cmdlets(&script()) {
        let channel = word.starts_with("Microsoft-Windows") || word == "Time-Service";
        let allowed = ALLOWED.iter().any(|allowed| word.starts_with(allowed));
        assert!(channel || allowed, "{word} is not known to be harmless");
    }
    assert!(cmdlets("Move-ClusterGroup x").contains("Move-ClusterGroup"), "the test can fail");
}

#[test]
fn what_is_removed_is_its_own() {
    let removed: Vec<String> = script()
        .lines()
        .filter(|line| line.contains("Remove-Item"))
        .map(|line| line.trim().to_owned())
        .collect();
    assert_eq!(
        removed,
        ["Remove-Item -Path $there -Recurse -Force", "Remove-Item -Path $Folder -Recurse -Force",]
    );
}

#[test]
fn every_step_is_explained_and_closed() {
    let (script, page) = (script(), page());
    let mut names = BTreeSet::new();
    for step in STEPS {
        assert!(names.insert(step.name), "{}", step.name);
        assert!(step.tells.ends_with('.') && !step.name.contains('\''), "{}", step.name);
        assert!(script.contains(step.tells) && page.contains(step.command), "{}", step.name);
        let count = |c: char| step.command.matches(c).count();
        assert_eq!([count('{'), count('(')], [count('}'), count(')')], "{}", step.name);
        assert!(step.command.matches('"').count() % 2 == 0, "{}", step.name);
    }
    assert!(!script.replace("\r\n", "").contains(['\r', '\n', '\t']));
}
