//! `browse` in a pseudo terminal: driven by keys as a person would, seen as a terminal shows it.

use std::io::{Read, Write};
use std::num::NonZero;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

const PROGRAM: &str = env!("CARGO_BIN_EXE_throughline");
const PATIENCE: Duration = Duration::from_secs(60);
/// What a program sends to leave the screen it had to itself, and to show the cursor again.
const LEAVE: &str = "\u{1b}[?1049l";
const CURSOR: &str = "\u{1b}[?25h";

/// A running program and what its terminal got.
struct Program {
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    keys: Box<dyn Write + Send>,
    screen: Arc<Mutex<vt100::Parser>>,
    sent: Arc<Mutex<Vec<u8>>>,
}

fn cells(count: u16) -> NonZero<u16> {
    NonZero::new(count).unwrap()
}

fn size(rows: u16, cols: u16) -> PtySize {
    PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }
}

impl Program {
    fn start(sample: &str, environment: &[(&str, &str)]) -> Self {
        let pair = native_pty_system().openpty(size(24, 80)).unwrap();
        let mut command = CommandBuilder::new(PROGRAM);
        command.arg("browse");
        command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("samples").join(sample));
        command.env("TERM", "xterm-256color");
        command.env_remove("NO_COLOR");
        environment.iter().for_each(|(name, value)| command.env(name, value));
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let screen = Arc::new(Mutex::new(vt100::Parser::new(cells(24), cells(80), 0)));
        let sent = Arc::new(Mutex::new(Vec::new()));
        let mut output = pair.master.try_clone_reader().unwrap();
        let (seen, kept) = (Arc::clone(&screen), Arc::clone(&sent));
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            // The terminal is gone when the program is.
            while let Ok(count @ 1..) = output.read(&mut buffer) {
                seen.lock().unwrap().process(&buffer[..count]);
                kept.lock().unwrap().extend_from_slice(&buffer[..count]);
            }
        });
        let keys = pair.master.take_writer().unwrap();
        Self { child, master: pair.master, keys, screen, sent }
    }

    fn text(&self) -> String {
        self.screen.lock().unwrap().screen().contents()
    }

    fn sent(&self) -> String {
        String::from_utf8_lossy(&self.sent.lock().unwrap()).into_owned()
    }

    /// Waits until the screen shows something.
    fn until(&self, what: &str) {
        let begun = Instant::now();
        while !self.text().contains(what) {
            assert!(begun.elapsed() < PATIENCE, "`{what}` does not come:\n{}", self.text());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    /// Waits for the end; the terminal must be as before.
    fn ends(mut self, code: u32) {
        let begun = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(begun.elapsed() < PATIENCE, "does not end:\n{}", self.text());
            std::thread::sleep(Duration::from_millis(20));
        };
        assert_eq!(status.exit_code(), code);
        while !(self.sent().contains(LEAVE) && self.sent().contains(CURSOR)) {
            assert!(begun.elapsed() < PATIENCE, "the terminal was not put back: {:?}", self.sent());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

#[test]
fn from_the_picture_to_the_quoted_line() {
    let mut program = Program::start("san-path-loss", &[]);
    program.until("[Findings");
    program.press("\t");
    program.until("[>Findings");
    program.press("\r");
    program.until("lane 1 of");
    program.press("\r");
    program.until("[>Evidence");
    // A role, a time, a place; the quote comes when the hand rests.
    program.until(" record ");
    program.press("/redirected\r");
    program.until("Redirected");
    program.press("?");
    program.until("KEYS");
    program.press("q");
    program.until("Could not tell");
    // A larger window is filled at once.
    program.screen.lock().unwrap().screen_mut().set_size(cells(40), cells(120));
    program.master.resize(size(40, 120)).unwrap();
    program.until("w next change");
    let last = program.text().lines().nth(39).unwrap_or("").to_owned();
    assert!(last.contains("quit"), "{}", program.text());
    program.press("q");
    program.ends(0);
}

#[test]
fn leaves_the_terminal_as_it_was() {
    let mut program = Program::start("refs-two-node", &[("NO_COLOR", "1")]);
    program.until("[Findings");
    program.press("\t");
    program.until("[>Findings");
    // Crossterm writes colours as `38;5;n`.
    assert!(!program.sent().contains("38;5;"), "{:?}", program.sent());
    program.press("\u{3}");
    program.ends(0);
    for signal in ["TERM", "INT"] {
        let program = Program::start("refs-two-node", &[]);
        program.until("[Findings");
        let id = program.child.process_id().unwrap().to_string();
        assert!(Command::new("kill").args(["-s", signal, &id]).status().unwrap().success());
        program.ends(0);
    }
}

/// A key that comes with a new size of the window counts at once, not when the next one comes.
#[test]
fn keys_beside_a_resize_count() {
    let mut program = Program::start("refs-two-node", &[]);
    program.until("[Findings");
    for round in 0..60 {
        program.master.resize(size(24 + round % 2, 80)).unwrap();
        program.press("?");
        program.until("KEYS");
        program.press("q");
        program.until("[Findings");
    }
    program.master.resize(size(30, 90)).unwrap();
    program.press("\u{3}");
    program.ends(0);
}

/// A connection that is lost must leave no program behind, least of all a busy one.
#[test]
fn ends_when_the_terminal_is_gone() {
    let pair = native_pty_system().openpty(size(24, 80)).unwrap();
    let mut command = CommandBuilder::new(PROGRAM);
    command.arg("browse");
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/refs-two-node"));
    command.env("TERM", "xterm-256color");
    let mut child = pair.slave.spawn_command(command).unwrap();
    drop(pair.slave);
    let mut screen = vt100::Parser::new(cells(24), cells(80), 0);
    let mut output = pair.master.try_clone_reader().unwrap();
    let mut buffer = [0; 4096];
    while !screen.screen().contents().contains("[Findings") {
        let count = output.read(&mut buffer).unwrap();
        screen.process(&buffer[..count]);
    }
    // The last handles of this side: the terminal hangs up.
    drop(output);
    drop(pair.master);
    let begun = Instant::now();
    let ended = loop {
        if let Some(ended) = child.try_wait().unwrap() {
            break ended;
        }
        if begun.elapsed() > PATIENCE {
            child.kill().unwrap();
            panic!("still there");
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    // Not by a panic that finds nowhere to print.
    assert!(ended.success(), "{ended:?}");
}
