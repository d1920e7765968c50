//! How the program speaks on stderr: errors and warnings with the place in a file where there is one, remarks, and how
//! much of it. Colour follows the environment and the terminal, as for results.

use std::io::{self, IsTerminal, Write};
use std::ops::Range;
use std::sync::OnceLock;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet, renderer::DecorStyle};

/// How much is said. One command line has one measure, set before anything is said.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Measure {
    /// Errors alone.
    Quiet,
    /// Warnings and progress.
    #[default]
    Usual,
    /// What became of each input, and how long each stage took.
    Verbose,
}

static MEASURE: OnceLock<Measure> = OnceLock::new();

/// Options that every command takes.
#[derive(Debug, Clone, Copy, Default, clap::Args)]
pub(crate) struct VoiceArgs {
    /// Say nothing on stderr but errors
    #[arg(short = 'q', long, global = true, help_heading = "Messages", conflicts_with = "verbose")]
    quiet: bool,
    /// Say what became of each input and how long each stage took
    #[arg(short = 'v', long, global = true, help_heading = "Messages")]
    verbose: bool,
}

impl VoiceArgs {
    /// Fixes the measure for this process.
    pub(crate) fn settle(self) {
        let measure = match self {
            Self { quiet: true, .. } => Measure::Quiet,
            Self { verbose: true, .. } => Measure::Verbose,
            _ => Measure::Usual,
        };
        let _ = MEASURE.set(measure);
    }
}

/// How much is said.
pub(crate) fn measure() -> Measure {
    MEASURE.get().copied().unwrap_or_default()
}

/// A mistake in a text that a person wrote: where it stands, and what was expected there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// As the person named the file.
    pub(crate) file: String,
    /// Its whole text.
    pub(crate) text: String,
    /// Bytes of `text`.
    pub(crate) at: Range<usize>,
}

/// Something to say: one sentence, the place it is about, and what to do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Message {
    /// What is wrong.
    pub(crate) title: String,
    /// Where.
    pub(crate) place: Option<Place>,
    /// What to do.
    pub(crate) help: Option<String>,
}

impl Message {
    /// One sentence alone.
    pub(crate) fn of(title: impl Into<String>) -> Self {
        Self { title: title.into(), ..Self::default() }
    }

    fn groups(&self, level: Level<'static>) -> Vec<Group<'_>> {
        let mut group = match &self.place {
            None => Group::with_title(level.primary_title(&self.title)),
            Some(Place { file, text, at }) => {
                let (from, to) =
                    (at.start.min(text.len()), at.end.min(text.len()).max(at.start.min(text.len())));
                let mark = AnnotationKind::Primary.span(from..to);
                level.primary_title(&self.title).element(Snippet::source(text).path(file).annotation(mark))
            }
        };
        if let Some(help) = &self.help {
            group = group.element(Level::HELP.message(help));
        }
        vec![group]
    }

    fn written(&self, level: Level<'static>, colour: bool) -> String {
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
        renderer.decor_style(DecorStyle::Ascii).render(&self.groups(level))
    }
}

/// Says why the command could not do its work. Said at any measure.
pub(crate) fn error(message: &Message) {
    line(&message.written(Level::ERROR, colour()));
}

/// Says what the person should know of the outcome.
pub(crate) fn warn(title: impl Into<String>) {
    if measure() > Measure::Quiet {
        line(&Message::of(title).written(Level::WARNING, colour()));
    }
}

/// Says how it went.
pub(crate) fn remark(text: &str) {
    if measure() > Measure::Quiet {
        line(text);
    }
}

/// Says what only a curious person wants to know.
pub(crate) fn detail(text: impl FnOnce() -> String) {
    if measure() == Measure::Verbose {
        line(&text());
    }
}

/// That stderr is closed is nobody's error.
fn line(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

fn colour() -> bool {
    super::output::coloured(io::stderr().is_terminal())
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(message: &Message, expect: &Expect) {
        expect.assert_eq(&message.written(Level::ERROR, false));
    }

    #[test]
    fn messages() {
        check(&Message::of("nothing readable"), &expect!["error: nothing readable"]);
        let text = "threads = 2\ncolour = 'always'\n".to_owned();
        let place = Place { file: "config.toml".into(), text, at: 12..18 };
        let help = Some("there are: color, threads".to_owned());
        check(
            &Message { title: "`colour` is no option of any command".into(), place: Some(place), help },
            &expect![[r#"
                error: `colour` is no option of any command
                 --> config.toml:2:1
                  |
                2 | colour = 'always'
                  | ^^^^^^
                  |
                  = help: there are: color, threads"#]],
        );
    }

    #[test]
    fn a_place_outside_its_text_is_no_panic() {
        let place = Place { file: "a".into(), text: "é".into(), at: 7..9 };
        let message = Message { title: "wrong".into(), place: Some(place), help: None };
        assert!(message.written(Level::ERROR, false).contains("wrong"));
    }
}
