//! `throughline completions`: for shells, from the same definitions as the parser; with `--install` where the shell
//! looks for them, and the manual pages beside them.

use std::fs;
use std::path::PathBuf;

use clap::CommandFactory;
use clap_complete::Shell;
use etcetera::BaseStrategy;

use super::output::OutputArgs;
use super::voice::remark;
use super::{Cli, Done, Failure, man};

const EXAMPLES: &str = "\
Examples:
  throughline completions --install
  throughline completions bash -o /etc/bash_completion.d/throughline
  throughline completions powershell >> $PROFILE";

/// Print a completion script for a shell, or install it with the manual pages
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The shell; with --install the one that is in use
    #[arg(value_name = "SHELL", required_unless_present = "install")]
    shell: Option<Shell>,
    /// Write the script where the shell looks for it and the manual pages where `man` does, for this user alone
    #[arg(long, conflicts_with = "output")]
    install: bool,
    #[command(flatten)]
    output: OutputArgs,
}

pub(crate) fn run(args: &Args) -> Result<Done, Failure> {
    let unknown =
        || Failure::Usage("cannot tell which shell is in use; name it: completions SHELL --install".into());
    let shell = args.shell.or_else(Shell::from_env).ok_or_else(unknown)?;
    if args.install {
        return install(shell);
    }
    args.output.write(&script(shell))?;
    Ok(Done::Fine)
}

fn script(shell: Shell) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "throughline", &mut script);
    script
}

fn install(shell: Shell) -> Result<Done, Failure> {
    let base = etcetera::choose_base_strategy().map_err(|error| Failure::Usage(error.to_string()))?;
    let (data, config) = (base.data_dir(), base.config_dir());
    let (path, then) = place(shell, &data, &config);
    let mut files = vec![(path, script(shell))];
    // Windows has no `man`.
    if cfg!(unix) {
        let folder = data.join("man/man1");
        files.extend(man::pages()?.into_iter().map(|(name, page)| (folder.join(format!("{name}.1")), page)));
    }
    let mut told = String::new();
    for (path, bytes) in files {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)
                .map_err(|error| Failure::output(&folder.display().to_string(), &error))?;
        }
        told.push_str(&format!("{}\n", path.display()));
        OutputArgs { output: Some(path) }.write(&bytes)?;
    }
    OutputArgs { output: None }.write(told.as_bytes())?;
    remark(&then);
    Ok(Done::Fine)
}

/// Where a shell looks for completions of one user, and what is left to do.
fn place(shell: Shell, data: &std::path::Path, config: &std::path::Path) -> (PathBuf, String) {
    let fresh = "a new shell completes throughline".to_owned();
    match shell {
        Shell::Bash => (data.join("bash-completion/completions/throughline"), fresh),
        Shell::Fish => (config.join("fish/completions/throughline.fish"), fresh),
        Shell::Zsh => {
            let folder = data.join("zsh/site-functions");
            let line = format!("fpath+=({})", folder.display());
            (folder.join("_throughline"), format!("in ~/.zshrc, before compinit:  {line}"))
        }
        Shell::Elvish => {
            (config.join("elvish/lib/throughline.elv"), "in rc.elv:  use throughline".to_owned())
        }
        _ => {
            let path = config.join("throughline/completions.ps1");
            let line = format!("in $PROFILE:  . '{}'", path.display());
            (path, line)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn each_shell_has_its_place() {
        let check = |shell: Shell, path: &str, then: &str| {
            let (place, told) = place(shell, Path::new("/d"), Path::new("/c"));
            assert_eq!(place, Path::new(path));
            assert!(told.contains(then), "{told}");
        };
        check(Shell::Bash, "/d/bash-completion/completions/throughline", "a new shell");
        check(Shell::Fish, "/c/fish/completions/throughline.fish", "a new shell");
        check(Shell::Zsh, "/d/zsh/site-functions/_throughline", "fpath+=(/d/zsh/site-functions)");
        check(Shell::Elvish, "/c/elvish/lib/throughline.elv", "use throughline");
        check(Shell::PowerShell, "/c/throughline/completions.ps1", ". '/c/throughline/completions.ps1'");
    }
}
