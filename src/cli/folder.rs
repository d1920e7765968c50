//! Results that are several files: a folder that appears whole or not at all.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::Failure;
use super::interrupt::Unfinished;
use super::output::OutputArgs;

/// A folder to be written.
pub(crate) struct Folder {
    target: PathBuf,
}

impl Folder {
    /// The folder of `-o`, which must be new, empty, or hold nothing but an earlier output: files called `names`.
    pub(crate) fn new(output: &OutputArgs, inputs: &[PathBuf], names: &[&str]) -> Result<Self, Failure> {
        let Some(target) = output.output.clone() else {
            return Err(Failure::Usage(format!(
                "this format is several files ({}); name a folder for them with -o FOLDER",
                names.join(", ")
            )));
        };
        let name = target.display();
        if target.exists() && !target.is_dir() {
            return Err(Failure::Usage(format!("-o expects a folder for this format, {name} is a file")));
        }
        let real = fs::canonicalize(&target).ok();
        if real.is_some() && inputs.iter().any(|input| fs::canonicalize(input).ok() == real) {
            return Err(Failure::Usage(format!("-o {name} would overwrite an input; name another folder")));
        }
        if let Some(other) =
            others(&target, names).map_err(|error| Failure::output(&name.to_string(), &error))?
        {
            return Err(Failure::Usage(format!(
                "-o {name} holds something else ({other}); name a new folder, so that nothing is lost"
            )));
        }
        Ok(Self { target })
    }

    /// Writes the files beside the target, then puts the whole in its place.
    pub(crate) fn write(&self, files: &[(&'static str, Vec<u8>)]) -> Result<(), Failure> {
        let made = self.beside("partial").and_then(|partial| {
            let _unfinished = Unfinished::new(&partial);
            let written = fill(&partial, files).and_then(|()| self.replace(&partial));
            if written.is_err() {
                // What could not be finished must not stay.
                let _ = fs::remove_dir_all(&partial);
            }
            written
        });
        made.map_err(|error| Failure::output(&self.target.display().to_string(), &error))
    }

    fn beside(&self, ending: &str) -> io::Result<PathBuf> {
        // `tables/` and `.` have names too, once they are resolved.
        let target = match fs::canonicalize(&self.target) {
            Ok(real) => real,
            Err(_) => self.target.clone(),
        };
        let name = target.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_string_lossy();
        Ok(target.with_file_name(format!(".{name}.{}.{ending}", std::process::id())))
    }

    fn replace(&self, partial: &Path) -> io::Result<()> {
        if !self.target.exists() {
            return fs::rename(partial, &self.target);
        }
        let before = self.beside("before")?;
        fs::rename(&self.target, &before)?;
        if let Err(error) = fs::rename(partial, &self.target) {
            // The earlier output goes back to its place.
            let _ = fs::rename(&before, &self.target);
            return Err(error);
        }
        fs::remove_dir_all(&before)
    }
}

fn fill(folder: &Path, files: &[(&'static str, Vec<u8>)]) -> io::Result<()> {
    fs::create_dir(folder)?;
    for (name, bytes) in files {
        let mut file = File::create_new(folder.join(name))?;
        file.write_all(bytes)?;
        file.sync_all()?;
    }
    Ok(())
}

/// Something in the folder that is none of `names`.
fn others(folder: &Path, names: &[&str]) -> io::Result<Option<String>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if !names.contains(&name.as_str()) || !entry.file_type()?.is_file() {
            return Ok(Some(name));
        }
    }
    Ok(None)
}
