//! The browser, driven by keys: what is on the screen after them, as text.

use std::collections::BTreeMap;
use std::time::Instant;

use expect_test::{Expect, expect};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::style::{Color, Modifier};

use super::{Browser, Key};
use crate::case::{Case, NodeStory, Piece, Placement, RouteKind, Timeline, VmStory, VolumeStory};
use crate::cause::Unexplained;
use crate::fact::{
    BlockReasons, Certainty, FileSystem, FsReasons, IoMode, Name, Origin, Span, StorageKind, VolumeState,
};
use crate::finding::{Effect, Finding, NotJudged, Subjects, Verdict};
use crate::fixture::{Build, at};
use crate::report::{Report, Scope, Style};
use crate::rule::Judgement;

/// Two nodes, a volume that lost its path for an hour, a ReFS one, two VMs.
fn build() -> Build {
    let mut b = Build::new(600);
    b.node("HV1", 17763).node("HV2", 17763);
    let one = b.volume(Some(FileSystem::Ntfs), Some(StorageKind::San));
    b.owner(one, -1, 240, Some("HV1"));
    b.owner(one, 240, 300, None);
    b.owner(one, 300, 601, Some("HV2"));
    let direct = Some(IoMode::DIRECT);
    let block = Some(IoMode::block(BlockReasons::NO_DISK_CONNECTIVITY));
    b.mode(one, "HV1", (-1, 400), direct, Certainty::Observed);
    b.mode(one, "HV1", (400, 460), block, Certainty::Observed);
    b.mode(one, "HV1", (460, 601), direct, Certainty::Assumed);
    b.mode(one, "HV2", (-1, 601), direct, Certainty::Derived);
    b.state(one, "HV1", -1, 398, VolumeState::Active);
    b.state(one, "HV1", 398, 400, VolumeState::Paused);
    b.state(one, "HV1", 400, 601, VolumeState::Active);
    let two = b.volume(Some(FileSystem::Refs), Some(StorageKind::San));
    b.owner(two, -1, 601, Some("HV1"));
    let refs = Some(IoMode::file_system(FsReasons::FILE_SYSTEM_REFS));
    b.mode(two, "HV2", (-1, 601), refs, Certainty::Observed);
    let sql = b.vm("sql", &[one]);
    b.runs(sql, -1, 601, Some("HV1"));
    let web = b.vm("web\u{1b}[31m\u{202e}名前", &[two]);
    b.runs(web, -1, 601, Some("HV2"));
    b
}

/// What the rules would say; held still, so that a change of their words changes nothing here.
fn judgement(case: &Case) -> Judgement {
    let finding = |rule, verdict, title: &str, (volume, node): (usize, &str), mode: usize| Finding {
        rule,
        title: title.to_owned(),
        verdict,
        claim: format!(
            "{title}. This is the claim, in plain sentences that are longer than one line of a terminal."
        ),
        span: case.volumes[volume]
            .io_mode
            .iter()
            .find(|(name, _)| name.as_str() == node)
            .expect("the node")
            .1
            .pieces[mode]
            .span
            .clone(),
        subjects: Subjects { volumes: vec![volume], vms: vec![volume], nodes: vec![node.into()] },
        next_steps: vec!["Look at the path: mpclaim -s -d".to_owned()],
        explains: &[Effect::FileSystemDetour, Effect::BlockDetour],
    };
    let lost = finding("lost-disk-path", Verdict::Fault, "HV1 lost its path to Volume1", (0, "HV1"), 1);
    let refs = finding("refs", Verdict::ByDesign, "Volume2 is ReFS", (1, "HV2"), 0);
    let gap = NotJudged {
        rule: "file-veto",
        missing: "the filters of HV1".to_owned(),
        collect: "fltmc instances".to_owned(),
    };
    Judgement { findings: vec![lost, refs], not_judged: vec![gap], ..Judgement::default() }
}

/// Keys as one types them; `<Enter>` and the like by name.
fn keys(text: &str) -> Vec<Key> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let named = rest.strip_prefix('<').and_then(|rest| rest.split_once('>'));
        let name = named.map_or("", |(name, _)| name);
        let key = match name {
            "Enter" => Key::Enter,
            "Esc" => Key::Esc,
            "Tab" => Key::Tab,
            "BackTab" => Key::BackTab,
            "Left" => Key::Left,
            "Right" => Key::Right,
            "Up" => Key::Up,
            "Down" => Key::Down,
            "PgUp" => Key::PageUp,
            "PgDn" => Key::PageDown,
            "Home" => Key::Home,
            "End" => Key::End,
            "Back" => Key::Backspace,
            _ => Key::Char(c),
        };
        rest = if key == Key::Char(c) { &rest[c.len_utf8()..] } else { &rest[name.len() + 2..] };
        out.push(key);
    }
    out
}

/// A terminal in front of a browser.
struct Screen<'a> {
    browser: Browser<'a>,
    terminal: Terminal<TestBackend>,
    quotes: &'a Quotes,
}

type Quotes = BTreeMap<Origin, String>;

impl<'a> Screen<'a> {
    fn new(report: &'a Report<'a>, quotes: &'a Quotes, (width, height): (u16, u16), style: Style) -> Self {
        let terminal = Terminal::new(TestBackend::new(width, height)).expect("a terminal");
        Self { browser: Browser::new(report, style), terminal, quotes }
    }

    /// Draws, fetches what the drawing wanted, draws again: as the program does.
    fn draw(&mut self) {
        for _ in 0..3 {
            let browser = &mut self.browser;
            self.terminal.draw(|frame| browser.draw(frame.area(), frame.buffer_mut())).expect("drawn");
            let text = |at: &Origin| Some((*at, self.quotes.get(at)?.clone()));
            let wanted = browser.wanted().iter().filter_map(text).collect();
            browser.supply(wanted);
        }
    }

    fn press(&mut self, text: &str) -> &mut Self {
        self.draw();
        for key in keys(text) {
            self.browser.key(key);
            self.draw();
        }
        self
    }

    /// The screen's lines, blanks at their ends off.
    fn text(&mut self) -> String {
        self.draw();
        let buffer = self.terminal.backend().buffer();
        let wide = usize::from(buffer.area.width);
        let mut out = String::new();
        for row in buffer.content.chunks(wide) {
            let mut line = String::new();
            let mut skip = 0;
            for cell in row {
                if skip > 0 {
                    skip -= 1;
                    continue;
                }
                line.push_str(cell.symbol());
                skip = crate::report::quote::columns(cell.symbol()).saturating_sub(1);
            }
            out.push_str(line.trim_end());
            out.push('\n');
        }
        out
    }
}

/// The screen of a size after keys.
fn after(size: (u16, u16), style: Style, pressed: &str, look: impl FnOnce(&mut Screen<'_>)) {
    let (case, quotes) = build().done();
    let report = Report::new(&case, judgement(&case), Scope::default());
    let mut screen = Screen::new(&report, &quotes, size, style);
    look(screen.press(pressed));
}

fn check(size: (u16, u16), pressed: &str, expect: &Expect) {
    after(size, Style::PLAIN, pressed, |screen| expect.assert_eq(&screen.text()));
}

#[test]
fn the_whole_at_first() {
    check(
        (80, 24),
        "",
        &expect![[r#"
        throughline 2026-02-01 00:00:00Z to 2026-02-01 10:00:00Z (10 h)
        2026-02-01                v00:00                          |06:00
        >-!Volume1 owner          HV1==================+?????HV2========================
          ! mode on HV1           ------------------------------------BBBBBB............
            mode on HV2           ------------------------------------------------------
          ! state on HV1          -----------------------------------P------------------
         -!Volume2 owner          HV1===================================================
          ! mode on HV2           FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF
         -!sql runs on            HV1===================================================
          ! way of sql.vhdx       -----------------------------------HBBBBBB............
         -!web[31m名前 runs on    HV2===================================================
          ! way of web~m名前.vhdx FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF

        Volume1 owner: HV1 [observed] from the start of th ... 026-02-01 04:00:00Z (4 h)
        --[Findings 2]- Evidence - Could not tell 1 - Told 9 ---------------------------
        :fault           HV1 lost its path to Volume1 [observed]
         by_design       Volume2 is ReFS [observed]






        ? help  q quit  Tab lists  Enter evidence  / search  f filter  + - zoom  w next
    "#]],
    );
}

#[test]
fn from_a_finding_to_the_quoted_line() {
    check(
        (80, 24),
        "<Tab>",
        &expect![[r#"
        throughline 2026-02-01 00:00:00Z to 2026-02-01 10:00:00Z (10 h)
        2026-02-01                v00:00                          |06:00
        :-!Volume1 owner          HV1==================+?????HV2========================
          ! mode on HV1           ------------------------------------BBBBBB............
            mode on HV2           ------------------------------------------------------
          ! state on HV1          -----------------------------------P------------------
         -!Volume2 owner          HV1===================================================
          ! mode on HV2           FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF
         -!sql runs on            HV1===================================================
          ! way of sql.vhdx       -----------------------------------HBBBBBB............
         -!web[31m名前 runs on    HV2===================================================
          ! way of web~m名前.vhdx FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF

        Volume1 owner: HV1 [observed] from the start of th ... 026-02-01 04:00:00Z (4 h)
        --[>Findings 2]- Evidence - Could not tell 1 - Told 9 --------------------------
        >fault           HV1 lost its path to Volume1 [observed]
         by_design       Volume2 is ReFS [observed]






        ? help  q quit  Tab lists  Enter evidence  / search  f filter  + - zoom  w next
    "#]],
    );
    check(
        (80, 24),
        "<Tab><Enter><Enter>",
        &expect![[r#"
        throughline 2026-02-01 06:28:00Z to 2026-02-01 07:52:00Z (1 h 24 min) x7.1
        2026-02-01                 |06:30v            |07:00             |07:30
         -!Volume1 owner          HV2===================================================
        : ! mode on HV1           -------BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB.......
            mode on HV2           ------------------------------------------------------
          ! state on HV1          ------PP----------------------------------------------
         -!Volume2 owner          HV1===================================================
          ! mode on HV2           FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF
         -!sql runs on            HV1===================================================
          ! way of sql.vhdx       ------HHBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB.......
         -!web[31m名前 runs on    HV2===================================================
          ! way of web~m名前.vhdx FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF

        Volume1 mode on HV1: BlockRedirected (NoDiskConnec ... 026-02-01 07:40:00Z (1 h)
        -- Findings 2 -[>Evidence]- Could not tell 1 - Told 9 --------------------------
        Volume1 mode on HV1: BlockRedirected (NoDiskConnectivity) [observed] from
        2026-02-01 06:40:00Z to 2026-02-01 07:40:00Z (1 h)

        Evidence: 1 fact
        opens 2026-02-01 06:40:00Z HV1/System.evtx record 7005
          StateInfo : BlockRedirected


        ? help  q quit  Tab lists  Enter evidence  / search  f filter  + - zoom  w next
    "#]],
    );
}

#[test]
fn what_could_not_be_told() {
    check(
        (80, 14),
        "<BackTab><BackTab>",
        &expect![[r#"
        throughline 2026-02-01 00:00:00Z to 2026-02-01 10:00:00Z (10 h)
        2026-02-01                v00:00                          |06:00
        :-!Volume1 owner          HV1==================+?????HV2========================
          ! mode on HV1           ------------------------------------BBBBBB............
            mode on HV2           ------------------------------------------------------
          ! state on HV1          -----------------------------------P------------------
         -!Volume2 owner          HV1===================================================
        Volume1 owner: HV1 [observed] from the start of th ... 026-02-01 04:00:00Z (4 h)
        -- Findings 2 - Evidence -[>Could not tell 1]- Told 9 --------------------------
        file-veto
          Missing: the filters of HV1
          Collect: fltmc instances

        ? help  q quit  Tab lists  Enter evidence  / search  f filter  + - zoom  w next
    "#]],
    );
}

#[test]
fn what_no_finding_explains() {
    let (case, quotes) = build().done();
    let route = case.routes.iter().position(|route| route.route == RouteKind::ViaCoordinatorBlock);
    let route = route.expect("the lost path is a route");
    let span = Span { from: Some(at(410)), to: Some(at(430)), ..case.routes[route].span.clone() };
    let unexplained = vec![Unexplained { route, span }];
    let report = Report::new(&case, Judgement { unexplained, ..judgement(&case) }, Scope::default());
    let mut screen = Screen::new(&report, &quotes, (100, 24), Style::PLAIN);
    let text = screen.press("<BackTab><BackTab>").text();
    for part in [
        "[>Could not tell 2]",
        "No finding explains 1 stretch of detours and of I/O that waited",
        "sql, sql.vhdx: via_coordinator_block from 2026-02-01 06:50:00Z to 2026-02-01 07:10:00Z (20 min)",
        "Missing: the filters of HV1",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    let text = screen.press("<Esc>/via_coordinator_block<Enter><Enter>").text();
    assert!(text.contains("No finding explains it from 2026-02-01 06:50:00Z"), "{text}");
}

#[test]
fn search_and_filter() {
    check(
        (60, 16),
        "/blockred<Enter>",
        &expect![[r#"
        throughline 2026-02-01 00:00:00Z to 2026-02-01 10:00:00Z (10
        2026-02-01          |00:00                  |0v:00
         -!Volume1 owner    HV1=============????HV2=================
        > ! mode on HV1     --------------------------BBBBB.........
            mode on HV2     ----------------------------------------
          ! state on HV1    --------------------------P-------------
         -!Volume2 owner    HV1=====================================
          ! mode on HV2     FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF
        Volume1 mode on HV1: BlockRedirected ... 01 07:40:00Z (1 h)
        --[Findings 2]- Evidence - Could not tell 1 - Told 9 -------
        :fault           HV1 lost its path to Volume1 [observed]
         by_design       Volume2 is ReFS [observed]



        ? help  q quit  Tab lists  Enter evidence  / search  f filte
    "#]],
    );
    check(
        (60, 16),
        "fVOLUME1 hv1<Enter>",
        &expect![[r#"
        throughline 2026-02-01 00:00:00Z to 2026-02-01 10:00:00Z (10
        2026-02-01          v00:00                  |06:00
        > !Volume1 owner    HV1=============????HV2=================
          ! mode on HV1     --------------------------BBBBB.........
          ! state on HV1    --------------------------P-------------



        Volume1 owner: HV1 [observed] from th ... 01 04:00:00Z (4 h)
        --[Findings 2]- Evidence - Could not tell 1 - Told 9 -------
        :fault           HV1 lost its path to Volume1 [observed]
         by_design       Volume2 is ReFS [observed]



        [filter `volume1 hv1`; x: off] ? help  q quit  Tab lists  En
    "#]],
    );
    check(
        (60, 16),
        "d",
        &expect![[r#"
        throughline 2026-02-01 00:00:00Z to 2026-02-01 10:00:00Z (10
        2026-02-01          v00:00                  |06:00
        > !Volume1 owner    HV1=============????HV2=================
          ! mode on HV1     --------------------------BBBBB.........
          ! state on HV1    --------------------------P-------------
          !Volume2 owner    HV1=====================================
          ! mode on HV2     FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF
          !sql runs on      HV1=====================================
        Volume1 owner: HV1 [observed] from th ... 01 04:00:00Z (4 h)
        --[Findings 2]- Evidence - Could not tell 1 - Told 9 -------
        :fault           HV1 lost its path to Volume1 [observed]
         by_design       Volume2 is ReFS [observed]



        [only notable; x: off] ? help  q quit  Tab lists  Enter evid
    "#]],
    );
}

#[test]
fn narrow() {
    check(
        (40, 12),
        "2<Down>",
        &expect![[r#"
        throughline 2026-02-01 00:00:00Z to 2026
        2026-02-01          v00:00
          !Vo~1 mode on HV1 -------------BBB....
            mode on HV2     --------------------
          ! state on HV1    -------------P------
         -!Volume2 owner    HV1=================
          ! mode on HV2     FFFFFFFFFFFFFFFFFFFF
         -!sql runs on      HV1=================
        > ! way of sql.vhdx -------------HBB....
        sql way of sql.vhdx: dir ... 0:00Z (4 h)
        --[Findings 2]- Evidence - Could not tel
        ? help  q quit  Tab lists  Enter evidenc
    "#]],
    );
    check(
        (20, 5),
        "",
        &expect![[r#"
        too small; q quits




    "#]],
    );
}

/// The last line of the screen, where messages stand.
fn message(pressed: &str, expect: &str) {
    after((80, 24), Style::PLAIN, pressed, |screen| {
        let text = screen.text();
        let last = text.lines().last().unwrap_or("");
        assert!(last.starts_with(expect), "{pressed}: {last}");
    });
}

#[test]
fn messages() {
    message("n", "nothing was searched for yet");
    message("/zebra<Enter>", "`zebra` is nowhere here");
    message("fzebra<Enter>", "no lane is left: press x");
    message("fzebra<Enter>x", "? help");
    message("fsql<Enter>", "[filter `sql`; x: off]");
    message("fsql<Enter> ", "filtered lanes do not fold");
    message("/sq<Back>xx<Esc>", "? help");
    message("/ab", "search: ab_");
    message("o", "[only finding 1; x: off]");
    message("fweb<Enter><Tab><Enter>", "the filter was taken off");
    message("2c", "no finding explains this span");
    message("wwwwwwwwwwww", "the lane does not change any more");
    message("b", "the lane does not change any more");
}

/// A lane's cause is the finding about it, and a finding's lanes come one after the other.
#[test]
fn between_findings_and_lanes() {
    after((80, 24), Style::PLAIN, "/blockred<Enter>c", |screen| {
        assert!(screen.text().contains(">fault           HV1 lost its path to Volume1"), "{}", screen.text());
    });
    after((80, 24), Style::PLAIN, "<Tab><Down><Enter>", |screen| {
        assert!(screen.text().contains("Volume2 mode on HV2: FileSystemRedirected"), "{}", screen.text());
        let text = screen.press("<Tab><Enter>").text();
        assert!(text.contains("web[31m名前 way of") && text.contains("lane 2 of"), "{text}");
    });
}

#[test]
fn help_names_every_node() {
    after((80, 24), Style::PLAIN, "?<End>", |screen| {
        assert!(screen.text().contains("  B  HV2"), "{}", screen.text());
        assert!(screen.press("q").text().contains("Findings 2") && !screen.browser.is_over());
        screen.press("q");
        assert!(screen.browser.is_over());
    });
    let (case, _) = build().done();
    let report = Report::new(&case, judgement(&case), Scope::default());
    let mut browser = Browser::new(&report, Style::PLAIN);
    keys("?/abc").into_iter().for_each(|key| browser.key(key));
    browser.key(Key::Interrupt);
    assert!(browser.is_over());
}

/// Letters say everything: without colour the text is the same, and nothing is coloured.
#[test]
fn colour_adds_nothing_but_colour() {
    let coloured = |screen: &Screen<'_>| {
        let buffer = screen.terminal.backend().buffer();
        buffer.content.iter().filter(|cell| cell.fg != Color::Reset || cell.bg != Color::Reset).count()
    };
    let mut texts = Vec::new();
    for style in [Style::PLAIN, Style::COLOUR] {
        after((100, 30), style, "<Tab>", |screen| {
            texts.push(screen.text());
            assert_eq!(coloured(screen) > 0, style.colour);
            // The cursor is seen in either.
            let buffer = screen.terminal.backend().buffer();
            assert!(buffer.content.iter().any(|cell| cell.modifier.contains(Modifier::REVERSED)));
        });
    }
    assert_eq!(texts[0], texts[1]);
}

/// Whatever is pressed on whatever screen, nothing panics, nothing leaves the screen, and no control character of the
/// bundle gets onto it.
#[test]
fn any_keys_on_any_screen() {
    let (case, quotes) = build().done();
    let report = Report::new(&case, judgement(&case), Scope::default());
    let names = [
        "<Enter>",
        "<Esc>",
        "<Tab>",
        "<BackTab>",
        "<Up>",
        "<Down>",
        "<Left>",
        "<Right>",
        "<PgUp>",
        "<PgDn>",
        "<Home>",
        "<End>",
        "<Back>",
        "+",
        "-",
        "0",
        "H",
        "L",
        "w",
        "b",
        "e",
        "c",
        "/",
        "n",
        "N",
        "f",
        "d",
        "o",
        "x",
        " ",
        "z",
        "1",
        "2",
        "3",
        "?",
        "a",
        "名",
    ];
    let mut random = 12_345_u64;
    for size in [(80, 24), (24, 7), (25, 60), (200, 8), (1, 1), (33, 15)] {
        let mut screen = Screen::new(&report, &quotes, size, Style::COLOUR);
        for _ in 0..300 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            screen.press(names[(random >> 33) as usize % names.len()]);
            for line in screen.text().lines() {
                assert!(!line.chars().any(char::is_control) && !line.contains('\u{202e}'), "{line:?}");
            }
        }
    }
}

#[test]
fn an_empty_report() {
    let case = Case::default();
    let report = Report::new(&case, Judgement::default(), Scope::default());
    let quotes = Quotes::new();
    let mut screen = Screen::new(&report, &quotes, (80, 24), Style::PLAIN);
    let text = screen.press("jjlw<Enter>ec+-<Tab><Enter>o/x<Enter>").text();
    assert!(text.contains("nothing dates"), "{text}");
}

/// 64 nodes, 200 volumes, 5,000 VMs, 200,000 spans.
fn large() -> Case {
    let mut case = Case { from: Some(at(0)), to: Some(at(10_000)), ..Case::default() };
    let names: Vec<Name> = (0..64).map(|node| Name::node(&format!("NODE{node:02}"))).collect();
    case.nodes =
        names.iter().map(|name| NodeStory { name: Some(name.clone()), ..NodeStory::default() }).collect();
    let span = |piece: i64, all: i64| Span {
        from: Some(at(piece * 10_000 / all)),
        to: Some(at((piece + 1) * 10_000 / all)),
        certainty: Certainty::Observed,
        evidence: Vec::new(),
    };
    let block = IoMode::block(BlockReasons::NO_DISK_CONNECTIVITY);
    let modes = |_: &Name| {
        let piece =
            |at: i64| Piece { span: span(at, 12), value: Some(if at == 7 { block } else { IoMode::DIRECT }) };
        Timeline { pieces: (0..12).map(piece).collect() }
    };
    for volume in 0..200_usize {
        let owner =
            |at: i64| Piece { span: span(at, 10), value: Some(names[(volume + at as usize) % 64].clone()) };
        case.volumes.push(VolumeStory {
            friendly: Some(Name::new(&format!("Volume{volume:03}"))),
            coordinator: Timeline { pieces: (0..10).map(owner).collect() },
            io_mode: names.iter().map(|name| (name.clone(), modes(name))).collect(),
            ..VolumeStory::default()
        });
    }
    for vm in 0..5_000_usize {
        let node = |at: i64| Placement { node: names[(vm + at as usize) % 64].clone(), state: None };
        let piece = |at: i64| Piece { span: span(at, 9), value: Some(node(at)) };
        case.vms.push(VmStory {
            name: Some(Name::new(&format!("VM{vm:04}"))),
            placement: Timeline { pieces: (0..9).map(piece).collect() },
            ..VmStory::default()
        });
    }
    case
}

/// It opens at once and no key makes one wait, with generous bounds: the tests are neither optimised nor alone.
#[test]
fn large_reports() {
    let case = large();
    let report = Report::new(&case, Judgement::default(), Scope::default());
    let quotes = Quotes::new();
    let begun = Instant::now();
    let mut screen = Screen::new(&report, &quotes, (200, 60), Style::COLOUR);
    assert!(screen.browser.lanes.entries.len() > 200_000);
    screen.draw();
    let opened = begun.elapsed();
    for pressed in
        ["z", "G", "g", "++++++", "/VM4999<Enter>", "n", "fVM49 NODE07<Enter>", "x", "d", "2", "wwww"]
    {
        let begun = Instant::now();
        screen.press(pressed);
        let each = begun.elapsed() / keys(pressed).len() as u32;
        assert!(each.as_secs() < 5, "{pressed}: {each:?} a key");
    }
    assert!(opened.as_secs() < 20, "{opened:?}");
}
