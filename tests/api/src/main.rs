//! `throughline-api JSON LIST`: the public API by rustdoc's JSON, held against the list that is kept; with UPDATE_EXPECT=1 the
//! list is written anew. What is gone or changed is a breaking change and belongs into CHANGELOG.md and the version.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let paths: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [json, list] = paths.as_slice() else { return Err("usage: throughline-api JSON LIST".into()) };
    let api = public_api::Builder::from_rustdoc_json(json)
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true)
        .omit_auto_derived_impls(true)
        .build()?;
    let now: String = api.items().map(|item| format!("{item}\n")).collect();
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(list, now)?;
        return Ok(ExitCode::SUCCESS);
    }
    let kept = std::fs::read_to_string(list)?;
    let (kept, now): (BTreeSet<&str>, BTreeSet<&str>) = (kept.lines().collect(), now.lines().collect());
    let gone: Vec<&&str> = kept.difference(&now).collect();
    let new: Vec<&&str> = now.difference(&kept).collect();
    gone.iter().for_each(|item| println!("- {item}"));
    new.iter().for_each(|item| println!("+ {item}"));
    println!("{} public items, {} gone or changed, {} new", now.len(), gone.len(), new.len());
    if gone.is_empty() && new.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    println!("breaking where a line with - has no successor; `UPDATE_EXPECT=1 .ci/api` accepts, and CHANGELOG.md says what changed");
    Ok(ExitCode::FAILURE)
}
