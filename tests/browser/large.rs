//! The page of a large cluster: how long it takes to open, and how long a frame takes while one zooms, pans and scrolls.
//! The figures stand in benches/README.md.

use serde_json::{Value, json};
use throughline::case::{Case, NodeStory, Piece, Placement, Timeline, VmStory, VolumeStory};
use throughline::fact::{BlockReasons, Certainty, Instant, IoMode, Name, Span};
use throughline::report::{Format, Report, Scope, Style};
use throughline::rule::Judgement;

/// 2026-02-01, and about a week in nanoseconds.
const FIRST: i64 = 1_769_904_000_000_000_000;
const LONG: i64 = 600_000_000_000_000;

fn timeline<T>(pieces: i64, value: impl Fn(i64) -> T) -> Timeline<T> {
    let at = |piece: i64| Some(Instant(FIRST + piece * (LONG / pieces)));
    let span = |piece: i64| Span {
        from: at(piece),
        to: at(piece + 1),
        certainty: Certainty::Observed,
        evidence: Vec::new(),
    };
    let piece = |piece: i64| Piece { span: span(piece), value: Some(value(piece)) };
    Timeline { pieces: (0..pieces).map(piece).collect() }
}

/// 64 nodes, 200 volumes, 5,000 VMs, 200,600 spans.
fn large() -> Case {
    let from = Instant(FIRST);
    let mut case = Case { from: Some(from), to: Some(Instant(FIRST + LONG)), ..Case::default() };
    let names: Vec<Name> = (0..64).map(|node| Name::node(&format!("NODE{node:02}"))).collect();
    let node = |name: &Name| NodeStory { name: Some(name.clone()), ..NodeStory::default() };
    case.nodes = names.iter().map(node).collect();
    let on = |place: usize, piece: i64| names[(place + piece as usize) % names.len()].clone();
    let block = IoMode::block(BlockReasons::NO_DISK_CONNECTIVITY);
    let mode = |piece| if piece == 7 { block } else { IoMode::DIRECT };
    let volume = |volume: usize| VolumeStory {
        friendly: Some(Name::new(&format!("Volume{volume:03}"))),
        coordinator: timeline(10, |piece| on(volume, piece)),
        io_mode: names.iter().map(|name| (name.clone(), timeline(12, mode))).collect(),
        ..VolumeStory::default()
    };
    case.volumes = (0..200).map(volume).collect();
    let vm = |vm: usize| VmStory {
        name: Some(Name::new(&format!("VM{vm:04}"))),
        placement: timeline(9, |piece| Placement { node: on(vm, piece), state: None }),
        ..VmStory::default()
    };
    case.vms = (0..5_000).map(vm).collect();
    case
}

/// Counts frames while something is done in each of them, and the time that each took.
const FRAMES: &str = r"
window.frames_of = null;
const box = document.getElementById('canvas').getBoundingClientRect();
const wheel = (more) => document.getElementById('sticky').dispatchEvent(new WheelEvent('wheel', {
  bubbles: true, cancelable: true, clientX: box.left + box.width * 0.6, clientY: box.top + 60, ...more }));
const acts = {
  zoom: (i) => wheel({ deltaY: i < 60 ? -60 : 60 }),
  pan: (i) => wheel({ deltaX: i < 60 ? 30 : -30 }),
  scroll: (i) => { document.getElementById('scroll').scrollTop += i < 60 ? 400 : -400; },
};
const act = acts[ACT];
const took = [];
let before = null, i = 0;
const step = (now) => {
  if (before !== null) took.push(now - before);
  before = now;
  if (i === 120) {
    took.sort((a, b) => a - b);
    const share = (part) => took[Math.floor((took.length - 1) * part)];
    window.frames_of = [share(0.5), share(0.95), share(1)];
    return;
  }
  act(i++);
  requestAnimationFrame(step);
};
requestAnimationFrame(step);
";

/// Bounds are of the processor's time, so that they hold on a machine that is busy with more than this.
#[test]
fn opens_at_once_and_moves_without_stutter() {
    let case = large();
    let report = Report::new(&case, Judgement::default(), Scope::default());
    let Some(open) = super::open(|| report.render(Format::Html, Style::PLAIN), "") else { return };
    open.browser.watch();
    open.again("");
    let told = open.browser.until(
        "performance.getEntriesByType('navigation')[0].loadEventEnd > 0 \
         && performance.getEntriesByName('first-contentful-paint').length > 0 \
         && (() => { const told = JSON.parse(document.getElementById('data').textContent); \
         return [told.nodes.length, told.volumes.length, told.vms.length, told.spans.kind.length]; })()",
    );
    assert_eq!(told, json!([64, 200, 5_000, 200_600]));
    let opened = open.browser.busy();
    let painted = "return performance.getEntriesByName('first-contentful-paint')[0].startTime";
    let painted = open.browser.run(painted);
    println!("opened: {opened:.2} s of a processor; first paint {painted} ms after the start");
    assert!(opened < 2.0, "{opened} s to open");
    for act in ["zoom", "pan", "scroll"] {
        let before = open.browser.busy();
        open.browser.run(&FRAMES.replace("ACT", &Value::from(act).to_string()));
        let frames = open.browser.until("window.frames_of");
        let each = (open.browser.busy() - before) / 120.0 * 1e3;
        println!("{act}: {each:.1} ms of a processor a frame; median, 95 of 100, longest: {frames} ms");
        assert!(each < 16.0, "{act}: {each} ms a frame");
    }
    open.is_quiet();
}
