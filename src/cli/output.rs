//! Where results go: stdout, or a file that appears whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};
use std::path::{Path, PathBuf};

use throughline::report::Style;

use super::Failure;
use super::interrupt::Unfinished;

/// Where and how to write.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct OutputArgs {
    /// Write to this file instead of stdout; it appears whole or not at all
    #[arg(short = 'o', long = "output", value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

/// Whether to use colour.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(crate) struct ColourArgs {
    /// When to use colour; `auto` means on a terminal, unless NO_COLOR or CLICOLOR=0 is set
    #[arg(long = "color", value_name = "WHEN", default_value = "auto")]
    pub(crate) colour: When,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum When {
    Auto,
    Always,
    Never,
}

impl ColourArgs {
    /// The style for text that goes where `output` says.
    pub(crate) fn style(self, output: &OutputArgs) -> Style {
        let colour = match self.colour {
            When::Always => true,
            When::Never => false,
            When::Auto => output.output.is_none() && coloured(io::stdout().is_terminal()),
        };
        if colour { Style::COLOUR } else { Style::PLAIN }
    }
}

/// Does what goes to a terminal, or not to one, have colour where nobody asked for it by an option?
pub(crate) fn coloured(terminal: bool) -> bool {
    coloured_by(terminal, |name| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned()))
}

/// By <https://no-color.org> and <https://bixense.com/clicolors>: NO_COLOR is the strongest, then CLICOLOR_FORCE, which
/// colours pipes too, then CLICOLOR.
fn coloured_by(terminal: bool, variable: impl Fn(&str) -> Option<String>) -> bool {
    let of = |name: &str| variable(name).filter(|value| !value.is_empty());
    if of("NO_COLOR").is_some() {
        return false;
    }
    if of("CLICOLOR_FORCE").is_some_and(|value| value != "0") {
        return true;
    }
    let unwanted = of("CLICOLOR").as_deref() == Some("0") || of("TERM").as_deref() == Some("dumb");
    terminal && !unwanted
}

impl OutputArgs {
    /// Refuses an output that is one of the inputs, before anything is read.
    pub(crate) fn apart_from(&self, inputs: &[PathBuf]) -> Result<(), Failure> {
        let Some(output) = &self.output else { return Ok(()) };
        if output.is_dir() {
            return Err(Failure::Usage(format!("-o expects a file, {} is a folder", output.display())));
        }
        let real = fs::canonicalize(output).ok();
        if real.is_some() && inputs.iter().any(|input| fs::canonicalize(input).ok() == real) {
            let name = output.display();
            return Err(Failure::Usage(format!("-o {name} would overwrite an input; name another file")));
        }
        Ok(())
    }

    /// Writes everything at once.
    pub(crate) fn write(&self, bytes: &[u8]) -> Result<(), Failure> {
        let mut sink = self.open()?;
        sink.write(bytes)?;
        sink.finish()
    }

    /// Opens for writing piece by piece.
    pub(crate) fn open(&self) -> Result<Sink, Failure> {
        match &self.output {
            Some(path) => Partial::create(path).map(Sink::File).map_err(|error| failure(path, &error)),
            None => {
                Ok(Sink::Stdout { out: BufWriter::with_capacity(64 << 10, io::stdout().lock()), open: true })
            }
        }
    }
}

fn failure(path: &Path, error: &io::Error) -> Failure {
    Failure::output(&path.display().to_string(), error)
}

/// An output that is being written.
pub(crate) enum Sink {
    /// `open` is false once the reader has gone.
    Stdout {
        out: BufWriter<StdoutLock<'static>>,
        open: bool,
    },
    File(Partial),
}

impl Sink {
    /// Writes, or swallows what a closed pipe no longer takes.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        match self {
            Self::Stdout { open: false, .. } => Ok(()),
            Self::Stdout { out, open } => match out.write_all(bytes) {
                Err(error) if gone(&error) => {
                    *open = false;
                    Ok(())
                }
                other => other.map_err(|error| Failure::output("to stdout", &error)),
            },
            Self::File(partial) => {
                let written = partial.out.as_mut().map_or(Ok(()), |out| out.write_all(bytes));
                written.map_err(|error| failure(&partial.target, &error))
            }
        }
    }

    /// Nobody reads any more; there is no use in going on.
    pub(crate) fn closed(&self) -> bool {
        matches!(self, Self::Stdout { open: false, .. })
    }

    /// Makes the output whole.
    pub(crate) fn finish(self) -> Result<(), Failure> {
        match self {
            Self::Stdout { open: false, out } => {
                // What is still buffered has no reader; dropping the writer would try once more and may block.
                drop(out.into_parts());
                Ok(())
            }
            Self::Stdout { mut out, .. } => match out.flush() {
                Err(error) if !gone(&error) => Err(Failure::output("to stdout", &error)),
                _ => Ok(()),
            },
            Self::File(mut partial) => partial.commit().map_err(|error| failure(&partial.target, &error)),
        }
    }
}

fn gone(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::BrokenPipe
}

/// A file beside the target that takes its name at the end, or vanishes.
pub(crate) struct Partial {
    target: PathBuf,
    temporary: PathBuf,
    out: Option<BufWriter<File>>,
    committed: bool,
    _unfinished: Option<Unfinished>,
}

impl Partial {
    fn create(target: &Path) -> io::Result<Self> {
        let name = target.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_string_lossy();
        // A device or pipe cannot be replaced by renaming; it has no "half a file" either.
        let special = fs::metadata(target).is_ok_and(|meta| !meta.is_file());
        let temporary = target.with_file_name(format!(".{name}.{}.partial", std::process::id()));
        let unfinished = (!special).then(|| Unfinished::new(&temporary));
        let file = if special {
            OpenOptions::new().write(true).open(target)?
        } else {
            OpenOptions::new().write(true).create_new(true).open(&temporary)?
        };
        let (target, out) = (target.to_owned(), Some(BufWriter::new(file)));
        Ok(Self { target, temporary, out, committed: special, _unfinished: unfinished })
    }

    fn commit(&mut self) -> io::Result<()> {
        if let Some(out) = self.out.take() {
            let file = out.into_inner().map_err(|error| io::Error::other(error.error().to_string()))?;
            if !self.committed {
                file.sync_all()?;
            }
        }
        if !self.committed {
            fs::rename(&self.temporary, &self.target)?;
            self.committed = true;
        }
        Ok(())
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        if !self.committed {
            self.out = None;
            let _ = fs::remove_file(&self.temporary);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::coloured_by;

    #[test]
    fn variables_of_the_environment() {
        let check = |set: &[(&str, &str)], on_a_terminal: bool, in_a_pipe: bool| {
            let of = |name: &str| set.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned());
            assert_eq!(
                (coloured_by(true, of), coloured_by(false, of)),
                (on_a_terminal, in_a_pipe),
                "{set:?}"
            );
        };
        check(&[], true, false);
        check(&[("NO_COLOR", "1")], false, false);
        check(&[("NO_COLOR", "0")], false, false);
        check(&[("NO_COLOR", "")], true, false);
        check(&[("TERM", "dumb")], false, false);
        check(&[("TERM", "xterm")], true, false);
        check(&[("CLICOLOR", "0")], false, false);
        check(&[("CLICOLOR", "1")], true, false);
        check(&[("CLICOLOR_FORCE", "1")], true, true);
        check(&[("CLICOLOR_FORCE", "0")], true, false);
        check(&[("CLICOLOR_FORCE", "1"), ("CLICOLOR", "0"), ("TERM", "dumb")], true, true);
        check(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], false, false);
    }
}
