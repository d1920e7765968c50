//! `throughline browse`: the report on the terminal, lane by lane.

use std::io::{self, IsTerminal};
use std::time::Duration;

use crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use ratatui::DefaultTerminal;
use throughline::report::browse::{Browser, Key};

use super::args::{InputArgs, ScopeArgs, TimeArgs};
use super::keyboard::{Keyboard, Typed};
use super::output::{ColourArgs, OutputArgs};
use super::session::Session;
use super::{Done, Failure};

const EXAMPLES: &str = "\
Examples:
  throughline browse HealthTest-CLU1.zip
  throughline browse logs/ --vm SQL01 --from '2026-03-01 08:00' --tz Europe/Berlin
  ssh collector throughline browse bundle/    # with `ssh -t`, so that there is a terminal

Press ? for the keys. It needs no mouse and no colour.";

/// How long the hand must rest before evidence is fetched: keys that are held down stay fast.
const REST: Duration = Duration::from_millis(60);
/// How often a signal is looked for.
const WATCH: Duration = Duration::from_millis(250);

/// Look at the report on the terminal: lanes of volumes, virtual machines and nodes, findings, evidence
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    colour: ColourArgs,
    #[command(flatten)]
    time: TimeArgs,
    #[command(flatten)]
    scope: ScopeArgs,
}

pub(crate) fn run(args: &Args) -> Result<Done, Failure> {
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    if !io::stdout().is_terminal() || dumb {
        let why = if dumb { "this terminal (TERM=dumb) cannot" } else { "stdout is no terminal, and cannot" };
        return Err(Failure::Usage(format!(
            "browse draws on a terminal; {why} be drawn on. Use `throughline analyze --format text` or `html` \
             instead, or `ssh -t` for a terminal over SSH"
        )));
    }
    let session = Session::open(&args.input, &args.time.clock)?;
    let scope = session.scope(&args.time, &args.scope)?;
    let report = session.unquoted(scope);
    let style = args.colour.style(&OutputArgs { output: None }).in_zone(args.time.clock.tz);
    let mut browser = Browser::new(&report, style);
    let stop = stop::watch().map_err(|error| failure(&error))?;
    let keyboard = Keyboard::open().map_err(|error| failure(&error))?;
    // Also puts the terminal back when something panics.
    let mut terminal = ratatui::try_init().map_err(|error| failure(&error))?;
    let looked = look(&mut terminal, &mut browser, &session, &keyboard, &stop);
    if keyboard.is_gone() {
        // Nothing is left to put back, and the attempt would complain to a stderr that is gone as well.
        std::mem::forget(terminal);
        return Ok(session.done());
    }
    let restored = ratatui::try_restore();
    looked.and(restored).map_err(|error| failure(&error))?;
    Ok(session.done())
}

fn failure(error: &io::Error) -> Failure {
    Failure::output("to the terminal", error)
}

fn look(
    terminal: &mut DefaultTerminal,
    browser: &mut Browser<'_>,
    session: &Session,
    keyboard: &Keyboard,
    stop: &stop::Flag,
) -> io::Result<()> {
    while !browser.is_over() && !stop.is_up() {
        terminal.draw(|frame| browser.draw(frame.area(), frame.buffer_mut()))?;
        if !browser.wanted().is_empty() && keyboard.wait(REST)? == Typed::Nothing {
            browser.supply(session.quotes(browser.wanted()));
            continue;
        }
        while keyboard.wait(WATCH)? == Typed::Nothing {
            if stop.is_up() {
                return Ok(());
            }
        }
        // All that was typed by now, then one drawing.
        loop {
            match keyboard.wait(Duration::ZERO)? {
                Typed::Nothing => break,
                Typed::Gone => return Ok(()),
                Typed::Something => {
                    if let Event::Key(pressed) = event::read()?
                        && let Some(key) = key(pressed)
                    {
                        browser.key(key);
                    }
                }
            }
        }
    }
    Ok(())
}

fn key(pressed: KeyEvent) -> Option<Key> {
    if pressed.kind == KeyEventKind::Release {
        return None;
    }
    let held = pressed.modifiers;
    Some(match pressed.code {
        KeyCode::Char('c' | 'C') if held.contains(KeyModifiers::CONTROL) => Key::Interrupt,
        KeyCode::Char(c) if !held.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT) => Key::Char(c),
        KeyCode::Enter => Key::Enter,
        KeyCode::Esc => Key::Esc,
        KeyCode::Tab => Key::Tab,
        KeyCode::BackTab => Key::BackTab,
        KeyCode::Up => Key::Up,
        KeyCode::Down => Key::Down,
        KeyCode::Left => Key::Left,
        KeyCode::Right => Key::Right,
        KeyCode::PageUp => Key::PageUp,
        KeyCode::PageDown => Key::PageDown,
        KeyCode::Home => Key::Home,
        KeyCode::End => Key::End,
        KeyCode::Backspace => Key::Backspace,
        _ => return None,
    })
}

/// Signals that would end the program without putting the terminal back.
mod stop {
    #[cfg(unix)]
    use std::io;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    /// Goes up when the system wants the program to end.
    pub(super) struct Flag(Arc<AtomicBool>);

    impl Flag {
        pub(super) fn is_up(&self) -> bool {
            self.0.load(Ordering::Relaxed)
        }
    }

    #[cfg(unix)]
    pub(super) fn watch() -> io::Result<Flag> {
        use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
        let flag = Arc::new(AtomicBool::new(false));
        for signal in [SIGHUP, SIGINT, SIGTERM] {
            signal_hook::flag::register(signal, Arc::clone(&flag))?;
        }
        Ok(Flag(flag))
    }

    #[cfg(not(unix))]
    pub(super) fn watch() -> std::io::Result<Flag> {
        Ok(Flag(Arc::new(AtomicBool::new(false))))
    }
}
