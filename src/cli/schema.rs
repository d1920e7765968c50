//! `throughline schema`: descriptions of events as files.

use std::fs::File;
use std::path::PathBuf;

use throughline::bundle::SchemaFile;
use throughline::source::etw::etl::EtlFile;
use throughline::source::etw::schema::{Schemas, manifest};
use throughline::source::etw::system;

use super::output::OutputArgs;
use super::session::safe;
use super::voice::remark;
use super::{Done, Failure};

const EXAMPLES: &str = "\
Examples:
  throughline schema harvest merged.etl -o events.man
  throughline schema harvest csv_trace.etl --decoder system -o events.man
  throughline records csv_trace.etl --schema events.man";

/// Descriptions of the events of traces, as files that --schema reads
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Harvest(Harvest),
}

/// Write how the events of a trace are laid out, as an instrumentation manifest
///
/// Takes what the trace itself carries: schemas embedded by merging and manifests that providers log. With --decoder
/// system, on Windows, also what this machine's own providers say of the events in the trace: run it on the machine
/// that wrote the trace, and read the trace anywhere with --schema.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
struct Harvest {
    /// Traces (.etl)
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Whose descriptions to take
    #[arg(long, value_name = "WHOSE", default_value = "file", value_enum)]
    decoder: Decoder,
    #[command(flatten)]
    output: OutputArgs,
}

/// Who says how events are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Decoder {
    /// The file, --schema and the catalogue of this program
    File,
    /// Also the providers that are installed on this machine (Windows only)
    System,
}

pub(crate) fn run(args: &Args) -> Result<Done, Failure> {
    let Command::Harvest(args) = &args.command;
    args.output.apart_from(&args.files)?;
    if args.decoder == Decoder::System {
        system::available().map_err(|error| Failure::Usage(error.to_string()))?;
    }
    let mut schemas = Schemas::new();
    for path in &args.files {
        let shown = path.display();
        let failed = |error: &dyn std::fmt::Display| Failure::Nothing(format!("{shown}: {error}"));
        let file = File::open(path).map_err(|error| failed(&error))?;
        let mut trace = EtlFile::open(file).map_err(|error| failed(&error))?;
        schemas.index(&mut trace);
        if args.decoder == Decoder::System {
            system::harvest(path, &mut trace, &mut schemas).map_err(|error| failed(&error))?;
        }
    }
    let (text, left_out) = manifest(&schemas);
    let events = schemas.layouts().count() - left_out;
    if events == 0 {
        let hint = match args.decoder {
            Decoder::File => {
                "; on the Windows machine that wrote the traces, --decoder system asks its providers"
            }
            Decoder::System => "",
        };
        return Err(Failure::Nothing(format!("the traces carry no description of events{hint}")));
    }
    args.output.write(text.as_bytes())?;
    let refused = match schemas.refused() {
        0 => String::new(),
        refused => format!("; {refused} could not be read"),
    };
    let left = if left_out > 0 { format!("; {left_out} cannot be put in a manifest") } else { String::new() };
    remark(&safe(&format!("{events} events described{left}{refused}")));
    Ok(Done::Fine)
}

/// How this machine's providers describe the events of the traces among `paths`, as a schema file.
pub(crate) fn of_this_machine(paths: &[PathBuf]) -> Result<Option<SchemaFile>, Failure> {
    system::available().map_err(|error| Failure::Usage(error.to_string()))?;
    let mut schemas = Schemas::new();
    for path in paths {
        // Folders and archives hold no file that Windows could open by its path.
        let Ok(Ok(mut trace)) = File::open(path).map(EtlFile::open) else { continue };
        system::harvest(path, &mut trace, &mut schemas)
            .map_err(|error| Failure::Nothing(error.to_string()))?;
    }
    let (text, left_out) = manifest(&schemas);
    let name = "this machine's providers".to_owned();
    let is_any = schemas.layouts().count() > left_out;
    Ok(is_any.then(|| SchemaFile { name, bytes: text.into_bytes().into() }))
}
