//! Defaults of a person or a team: a TOML file whose keys are the long options. A key at the top holds for every command
//! that takes the value, one in a table for the command that the table is called after. What the command line says wins.
//!
//! The file only changes the defaults of the parser's own definitions, so that help shows them and every value is
//! checked as if it had been typed.

use std::path::{Path, PathBuf};
use std::{env, fs};

use clap::{Arg, ArgAction, Command};
use etcetera::BaseStrategy;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Failure;
use super::voice::Place;

/// Names the file, or, empty, says that there is none.
const VARIABLE: &str = "THROUGHLINE_CONFIG";

/// Where the defaults stand, told in help.
pub(crate) const HELP: &str = "\
Defaults:
  Long options can stand in config.toml in the folder throughline of your configuration folder
  (~/.config, or %APPDATA% on Windows), or in the file that THROUGHLINE_CONFIG names:
    tz = \"Europe/Berlin\"
    [analyze]
    format = \"md\"
    fail-on = [\"fault\"]";

/// A file of defaults.
struct File<'a> {
    name: String,
    text: &'a str,
}

impl File<'_> {
    fn wrong(&self, at: std::ops::Range<usize>, title: String, help: Option<String>) -> Failure {
        let place = Place { file: self.name.clone(), text: self.text.to_owned(), at };
        Failure::written(title, place, help)
    }
}

/// The definitions with the person's defaults, where there are any.
pub(crate) fn applied(command: Command) -> Result<Command, Failure> {
    let Some((path, asked)) = path() else { return Ok(command) };
    match fs::read_to_string(&path) {
        Ok(text) => defaults(command, &File { name: path.display().to_string(), text: &text }),
        Err(error) if asked || error.kind() != std::io::ErrorKind::NotFound => {
            Err(Failure::Usage(format!("cannot read the defaults in {}: {error}", path.display())))
        }
        Err(_) => Ok(command),
    }
}

/// The file, and whether a person named it.
fn path() -> Option<(PathBuf, bool)> {
    if let Some(named) = env::var_os(VARIABLE) {
        return (!named.is_empty()).then(|| (PathBuf::from(named), true));
    }
    let base = etcetera::choose_base_strategy().ok()?;
    Some((base.config_dir().join(Path::new("throughline").join("config.toml")), false))
}

fn defaults(mut command: Command, file: &File<'_>) -> Result<Command, Failure> {
    let table = DeTable::parse(file.text).map_err(|error| {
        file.wrong(error.span().unwrap_or_default(), error.message().trim().to_owned(), None)
    })?;
    let names: Vec<String> = command.get_subcommands().map(|c| c.get_name().to_owned()).collect();
    // A table's word on a command is nearer than the top's word on all of them.
    let (tables, top): (Vec<_>, Vec<_>) =
        table.get_ref().iter().partition(|(_, value)| matches!(value.get_ref(), DeValue::Table(_)));
    for (key, value) in top {
        // Commands differ in what they take: `format = 'md'` is for those that can.
        let (mut taken, mut refused) = (false, None);
        for name in &names {
            let Some(arg) = option(&command, name, key.get_ref()) else { continue };
            match values(file, &arg, key, value) {
                Ok(given) => {
                    command = with(command, name, &arg, given);
                    taken = true;
                }
                Err(failure) => refused = refused.or(Some(failure)),
            }
        }
        if !taken {
            if let Some(failure) = refused {
                return Err(failure);
            }
            let all = names.iter().flat_map(|name| options(&command, name)).collect();
            return Err(unknown(file, key, &format!("`{}` is no option of any command", key.get_ref()), all));
        }
    }
    for (key, value) in tables {
        let DeValue::Table(table) = value.get_ref() else { continue };
        let name = key.get_ref().to_string();
        if !names.contains(&name) {
            return Err(unknown(file, key, &format!("`{name}` is no command"), names));
        }
        for (key, value) in table {
            let Some(arg) = option(&command, &name, key.get_ref()) else {
                let title = format!("`{}` is no option of {name}", key.get_ref());
                return Err(unknown(file, key, &title, options(&command, &name)));
            };
            let given = values(file, &arg, key, value)?;
            command = with(command, &name, &arg, given);
        }
    }
    Ok(command)
}

type Key<'a> = Spanned<std::borrow::Cow<'a, str>>;

fn unknown(file: &File<'_>, key: &Key<'_>, title: &str, mut known: Vec<String>) -> Failure {
    known.sort();
    known.dedup();
    file.wrong(key.span(), title.to_owned(), Some(format!("there are: {}", known.join(", "))))
}

/// Options that say what is done or written: typed, or not meant.
const TYPED: [&str; 6] = ["install", "junit", "out", "output", "sarif", "scenario"];

/// Options that may have a default.
fn may_default(arg: &Arg) -> bool {
    if arg.get_long().is_some_and(|long| TYPED.contains(&long)) {
        return false;
    }
    let plain = matches!(arg.get_action(), ArgAction::Set | ArgAction::Append | ArgAction::SetTrue);
    plain && arg.get_long().is_some() && !arg.is_required_set() && !arg.is_global_set()
}

fn options(command: &Command, name: &str) -> Vec<String> {
    let found = command.find_subcommand(name).into_iter();
    let options = found.flat_map(Command::get_arguments).filter(|arg| may_default(arg));
    options.filter_map(Arg::get_long).map(str::to_owned).collect()
}

fn option(command: &Command, name: &str, long: &str) -> Option<Arg> {
    let mut options = command.find_subcommand(name)?.get_arguments();
    options.find(|arg| may_default(arg) && arg.get_long() == Some(long)).cloned()
}

fn with(command: Command, name: &str, arg: &Arg, values: Vec<String>) -> Command {
    let id = arg.get_id().clone();
    command.mut_subcommand(name, |sub| sub.mut_arg(id, |arg| arg.default_values(values)))
}

/// The values of a key as the command line would carry them, checked as it would check them.
fn values(
    file: &File<'_>,
    arg: &Arg,
    key: &Key<'_>,
    value: &Spanned<DeValue<'_>>,
) -> Result<Vec<String>, Failure> {
    let flag = matches!(arg.get_action(), ArgAction::SetTrue);
    let several = matches!(arg.get_action(), ArgAction::Append);
    let wrong = |at: &Spanned<DeValue<'_>>, expected: &str| {
        file.wrong(at.span(), format!("`{}` takes {expected}", key.get_ref()), None)
    };
    let one = |value: &Spanned<DeValue<'_>>| match value.get_ref() {
        DeValue::Boolean(set) if flag => Ok(set.to_string()),
        _ if flag => Err(wrong(value, "true or false")),
        DeValue::String(text) => Ok(text.to_string()),
        DeValue::Integer(number) => Ok(number.to_string()),
        _ => Err(wrong(value, "a text or a number")),
    };
    let given = match value.get_ref() {
        DeValue::Array(list) if several => list.iter().map(one).collect::<Result<Vec<_>, _>>()?,
        DeValue::Array(_) => return Err(wrong(value, "one value")),
        _ => vec![one(value)?],
    };
    if !flag {
        // The option alone, as if it had been typed: clap knows best what is wrong with a value.
        let long = arg.get_long().unwrap_or_default();
        let typed = given.iter().map(|value| format!("--{long}={value}"));
        let alone = Arg::new(arg.get_id().clone())
            .long(long.to_owned())
            .action(arg.get_action().clone())
            .value_parser(arg.get_value_parser().clone());
        let parser = Command::new("throughline").no_binary_name(true).arg(alone);
        if let Err(error) = parser.try_get_matches_from(typed) {
            let text = error.to_string();
            let said = text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned();
            return Err(file.wrong(value.span(), said, Some(possible(arg)).filter(|text| !text.is_empty())));
        }
    }
    Ok(given)
}

fn possible(arg: &Arg) -> String {
    let names: Vec<String> =
        arg.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect();
    if names.is_empty() { String::new() } else { format!("there are: {}", names.join(", ")) }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;
    use expect_test::{Expect, expect};

    use super::*;
    use crate::cli::Cli;

    fn file(text: &str) -> File<'_> {
        File { name: "config.toml".into(), text }
    }

    #[test]
    fn defaults_are_used_where_the_command_line_is_silent() {
        let check = |text: &str, arguments: &[&str], id: &str, expect: &[&str]| {
            let command = defaults(Cli::command(), &file(text)).expect(text);
            let arguments = ["throughline"].iter().chain(arguments);
            let matches = command.try_get_matches_from(arguments).expect(text);
            let (_, matches) = matches.subcommand().expect("a command");
            let got: Vec<String> = matches
                .get_raw(id)
                .map(|values| values.map(|value| value.to_string_lossy().into_owned()).collect())
                .unwrap_or_default();
            assert_eq!(got, expect, "{text}");
        };
        check("", &["analyze", "x"], "format", &["text"]);
        check("format = 'md'", &["analyze", "x"], "format", &["md"]);
        check("format = 'md'", &["analyze", "x", "--format", "json"], "format", &["json"]);
        check("[analyze]\nformat = 'json'\n", &["analyze", "x"], "format", &["json"]);
        check("threads = 2\n[analyze]\nthreads = 1", &["analyze", "x"], "threads", &["1"]);
        check("threads = 2\n[analyze]\nthreads = 1", &["timeline", "x"], "threads", &["2"]);
        check("strict = true", &["analyze", "x"], "strict", &["true"]);
        check(
            "[analyze]\nfail-on = ['fault', 'operator']",
            &["analyze", "x"],
            "fail_on",
            &["fault", "operator"],
        );
    }

    #[test]
    fn mistakes_are_shown_where_they_stand() {
        let check = |text: &str, expect: &Expect| {
            let failure = defaults(Cli::command(), &file(text)).expect_err(text);
            let message = failure.message();
            let place = message.place.expect("a place");
            // The list grows with the options.
            let help: String = message.help.unwrap_or_default().chars().take(20).collect();
            expect.assert_eq(&format!("{} [{}] {help}", message.title, &place.text[place.at]));
        };
        check(
            "format = 'pdf'",
            &expect!["invalid value 'pdf' for '--format <format>' ['pdf'] there are: text, jso"],
        );
        check(
            "colour = 'always'",
            &expect!["`colour` is no option of any command [colour] there are: add-node,"],
        );
        check("[analyse]\nformat = 'md'", &expect!["`analyse` is no command [analyse] there are: analyze, "]);
        check(
            "[rules]\nformat = 'md'",
            &expect!["`format` is no option of rules [format] there are: markdown"],
        );
        check("strict = 'yes'", &expect!["`strict` takes true or false ['yes'] "]);
        check("threads = [1, 2]", &expect!["`threads` takes one value [[1, 2]] "]);
        check(
            "threads = 0",
            &expect!["invalid value '0' for '--threads <threads>': 0 is not in 1..=65535 [0] "],
        );
        check("tz = 1.5", &expect!["`tz` takes a text or a number [1.5] "]);
        check("format = ", &expect!["string values must be quoted, expected literal string [] "]);
    }
}
