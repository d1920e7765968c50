//! The HTML report in a real Chromium: it opens offline, zooms, searches, leads from a finding to the quoted line, works by
//! keyboard, and treats what a bundle says as text. Skipped, and said so, where Chromium or its driver is not installed.
//! `SHOTS=FOLDER cargo test browser` also leaves pictures of the samples in both themes.

mod driver;
mod large;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};

use throughline::analysis::{Analysis, Options, analyze, quotes};
use throughline::bundle::{self, Bundle};
use throughline::cause::Causes;
use throughline::fact::Name;
use throughline::report::{Format, Report, Scope, Style};

use self::driver::Browser;

/// One browser at a time: each takes a few hundred megabytes.
static ONE: Mutex<()> = Mutex::new(());

/// A page in a browser; the lock and the file live as long.
struct Open {
    browser: Browser,
    file: PathBuf,
    _folder: tempfile::TempDir,
    _one: MutexGuard<'static, ()>,
}

fn read(sample: &str) -> (Bundle, Analysis) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples").join(sample);
    let bundle = Bundle::open(&[folder], &bundle::Options::default());
    let analysis = analyze(&bundle, &Options::default());
    (bundle, analysis)
}

fn page(bundle: &Bundle, analysis: &Analysis, quoted: impl Fn(String) -> String) -> Vec<u8> {
    let report = Report::new(&analysis.case, analysis.judgement.clone(), Scope::default());
    let texts = quotes(bundle, &report.origins(Format::Html.reach()));
    let texts = texts.into_iter().map(|(origin, text)| (origin, quoted(text))).collect();
    report.quoting(texts).render(Format::Html, Style::PLAIN)
}

/// Opens a page; nothing where there is no browser.
fn open(page: impl FnOnce() -> Vec<u8>, fragment: &str) -> Option<Open> {
    let one = ONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let Some(browser) = Browser::start(1440, 1000) else {
        println!("skipped: chromium and chromedriver are not installed");
        return None;
    };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("report.html");
    fs::write(&file, page()).unwrap();
    let open = Open { browser, file, _folder: folder, _one: one };
    open.again(fragment);
    Some(open)
}

fn sample(name: &str, fragment: &str) -> Option<Open> {
    open(
        || {
            let (bundle, analysis) = read(name);
            page(&bundle, &analysis, |text| text)
        },
        fragment,
    )
}

impl Open {
    fn again(&self, fragment: &str) {
        self.browser.open(&self.file, fragment);
        self.browser.until("document.documentElement.dataset.ready === '1'");
    }

    fn text(&self, selector: &str) -> String {
        let script = format!("return document.querySelector({selector:?})?.textContent ?? ''");
        self.browser.run(&script).as_str().unwrap().to_owned()
    }

    fn until_text(&self, selector: &str, part: &str) {
        self.browser.until(&format!("document.querySelector({selector:?})?.textContent.includes({part:?})"));
    }

    /// Names of the lanes that stand on the screen.
    fn lanes(&self) -> Vec<String> {
        let script =
            "return [...document.querySelectorAll('.label:not([hidden]) .name')].map((e) => e.textContent)";
        let found = self.browser.run(script);
        found.as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect()
    }

    /// A value of the address's fragment, once it is there.
    fn fragment(&self, key: &str) -> String {
        let script = format!("new URLSearchParams(location.hash.slice(1)).get({key:?})");
        self.browser.until(&script).as_str().unwrap().to_owned()
    }

    /// The middle of a lane's upper row in the window, at a share of the plot's width.
    fn in_lane(&self, name: &str, share: f64) -> (i64, i64) {
        let script = format!(
            "const label = [...document.querySelectorAll('.label:not([hidden])')].find((l) => \
             l.querySelector('.name').textContent === {name:?}); const c = \
             document.getElementById('canvas').getBoundingClientRect(); const l = label.getBoundingClientRect(); return \
             [Math.round(c.left + 216 + (c.width - 228) * {share}), Math.round(l.top + 12)]"
        );
        let at = self.browser.run(&script);
        (at[0].as_i64().unwrap(), at[1].as_i64().unwrap())
    }

    /// Nothing on the console, and nothing asked of anybody but the file itself.
    fn is_quiet(&self) {
        let console = self.browser.console();
        assert!(console.is_empty(), "{console:#?}");
        let mut asked = self.browser.requests();
        assert!(asked.iter().any(|url| url.starts_with("file:")), "the page itself is seen: {asked:#?}");
        // A new browser still loads its own first page, out of itself.
        asked.retain(|url| !["file:", "data:", "about:", "chrome:"].iter().any(|own| url.starts_with(own)));
        assert!(asked.is_empty(), "{asked:#?}");
    }
}

#[test]
fn opens_offline_and_says_the_answer() {
    let Some(open) = sample("san-path-loss", "") else { return };
    let head = open.text("#head");
    assert!(head.contains("FAULT") && head.contains("lost its disk path"), "{head}");
    assert_eq!(open.browser.run("return document.querySelectorAll('article[data-finding]').length"), 2);
    let lanes = open.lanes();
    assert!(lanes.iter().any(|lane| lane == "Volume1"), "{lanes:?}");
    // Something is drawn where the spans are.
    let ink = open.browser.run(
        "const c = document.getElementById('canvas'); const d = c.getContext('2d').getImageData(300, 0, 400, \
         c.height).data; return new Set(Array.from({ length: d.length / 4 }, (_, i) => d.slice(4 * i, 4 * i + \
         4).join())).size",
    );
    assert!(ink.as_i64().unwrap() > 5, "{ink}");
    // Advice, what could not be told and what was read have their places.
    for (tab, part) in [("told", "“"), ("gaps", "rdma-signing"), ("inputs", "Clocks"), ("findings", "BIRCH2")]
    {
        open.browser.click(&format!("#tab-{tab}"));
        open.until_text("#panel", part);
    }
    open.is_quiet();
}

#[test]
fn zooms_by_wheel_drag_and_keys() {
    let Some(open) = sample("refs-two-node", "") else { return };
    let number = |key: &str| open.fragment(key).parse::<f64>().unwrap();
    let (x, y) = open.in_lane("Volume1", 0.5);
    open.browser.wheel(x, y, -300);
    let (from, to) = (number("from"), number("to"));
    let whole = open.browser.run("return JSON.parse(document.getElementById('data').textContent).to / 1e4");
    assert!(to - from < whole.as_f64().unwrap() * 0.8, "{from} {to}");
    // A drag to the left shows what is later.
    open.browser.drag((x, y), (x - 120, y));
    open.browser
        .until(&format!("Number(new URLSearchParams(location.hash.slice(1)).get('from')) > {from} + 1"));
    let moved = (number("from"), number("to"));
    assert!(((moved.1 - moved.0) - (to - from)).abs() < 1.0, "{moved:?}");
    open.browser.run("document.getElementById('canvas').focus()");
    open.browser.keys("+");
    open.browser
        .until(&format!("Number(new URLSearchParams(location.hash.slice(1)).get('to')) < {} - 1", moved.1));
    open.browser.keys("0");
    open.browser.until("!new URLSearchParams(location.hash.slice(1)).has('from')");
    open.is_quiet();
}

#[test]
fn searches_and_filters() {
    let Some(open) = sample("refs-two-node", "") else { return };
    open.browser.keys("/VM-B");
    assert_eq!(open.fragment("q"), "VM-B");
    let lanes = open.lanes();
    assert!(
        lanes.iter().any(|l| l == "VM-B") && !lanes.iter().any(|l| l == "VM-A" || l == "Volume1"),
        "{lanes:?}"
    );
    open.browser.click("#clear");
    open.browser.until("!location.hash.includes('q=')");
    assert!(open.lanes().iter().any(|lane| lane == "Volume1"));
    open.browser.run(
        "const s = document.getElementById('by-cause'); s.value = s.options[1].value; s.dispatchEvent(new \
         Event('change'))",
    );
    assert!(open.fragment("cause").starts_with("refs"));
    open.browser.run("document.getElementById('by-cause').blur()");
    open.browser.click("#view-table");
    open.until_text("#table", "that fit");
    let causes = open.browser.run(
        "return [...document.querySelectorAll('#table tbody tr')].map((row) => [row.cells[2].textContent, \
         row.cells[5].textContent])",
    );
    for row in causes.as_array().unwrap() {
        assert!(
            row[1].as_str().unwrap().contains("refs") || row[0] == "I/O mode" || row[0] == "CSVFS state",
            "{row}"
        );
    }
    open.is_quiet();
}

#[test]
fn two_clicks_lead_to_the_quoted_line() {
    let Some(open) = sample("san-path-loss", "") else { return };
    open.browser.click("article[data-finding] .title");
    open.until_text("#detail", "Evidence (");
    let quoted = open.text("#detail .quotes");
    assert!(quoted.contains(".evtx record ") && quoted.contains("MPIODisk"), "{quoted}");
    // The other way: a place in a lane.
    let (x, y) = open.in_lane("on BIRCH2", 0.5);
    open.browser.click_at(x, y - 3);
    open.until_text("#detail h2", "on BIRCH2");
    assert!(open.text("#detail h2").contains("BlockRedirected"), "{}", open.text("#detail h2"));
    assert!(
        open.browser.run("return document.querySelectorAll('#detail .quotes pre').length").as_i64() > Some(0)
    );
    // The map shows who goes through whom then.
    open.until_text("#map-said", "on BIRCH2 through");
    // A link shows the same view.
    let span = open.fragment("span");
    let title = open.text("#detail h2");
    let hash = open.browser.run("return location.hash").as_str().unwrap().to_owned();
    open.again(&hash);
    assert_eq!((open.fragment("span"), open.text("#detail h2")), (span, title));
    open.is_quiet();
}

/// What no finding explains has a card beside the findings, and each stretch leads to its span and time.
#[test]
fn what_no_finding_explains() {
    let left = || {
        let (bundle, mut analysis) = read("san-path-loss");
        analysis.judgement.findings.clear();
        analysis.judgement.unexplained = Causes::of(&analysis.case, &[]).unexplained();
        assert!(!analysis.judgement.unexplained.is_empty());
        page(&bundle, &analysis, |text| text)
    };
    let Some(open) = open(left, "") else { return };
    open.until_text("#unexplained", "No finding explains");
    let told = open.browser.run(
        "const told = JSON.parse(document.getElementById('data').textContent); return told.unexplained.length",
    );
    assert!(open.text("#unexplained strong").contains(&format!("{told} stretches")), "{told}");
    open.browser.click("#unexplained li .as-link");
    open.until_text("#detail h2", "Route");
    assert!(open.text("#detail dl").contains("No cause known"), "{}", open.text("#detail"));
    open.fragment("from");
    // They are a choice among the causes.
    open.browser.run(
        "const s = document.getElementById('by-cause'); s.value = s.options[1].value; s.dispatchEvent(new \
         Event('change'))",
    );
    assert_eq!(open.fragment("cause"), "without a known cause");
    assert!(
        open.lanes().iter().any(|lane| lane == "erp-db") && !open.lanes().iter().any(|lane| lane == "web-01")
    );
    open.is_quiet();
}

#[test]
fn works_by_keyboard_and_as_a_table() {
    const DOWN: &str = "\u{e015}";
    const RIGHT: &str = "\u{e014}";
    const ENTER: &str = "\u{e007}";
    const ESCAPE: &str = "\u{e00c}";
    let Some(open) = sample("refs-two-node", "") else { return };
    open.browser.run("document.getElementById('canvas').focus()");
    open.browser.keys(&DOWN.repeat(2));
    open.until_text("#said", "Volume1. Volume1: owned by");
    let first = open.text("#said");
    open.browser.keys(RIGHT);
    open.browser.until(&format!("document.getElementById('said').textContent !== {first:?}"));
    open.browser.keys(ENTER);
    open.until_text("#detail", "Evidence (");
    open.browser.keys(ESCAPE);
    open.until_text("#detail", "Choose a span");
    open.browser.keys("t");
    open.until_text("#table", "spans");
    let (rows, spans) = (
        open.browser.run("return document.querySelectorAll('#table tbody tr').length"),
        open.browser.run("return JSON.parse(document.getElementById('data').textContent).spans.kind.length"),
    );
    assert_eq!(rows, spans);
    // Every control has a name, and the focus can be seen.
    let nameless = open.browser.run(
        "return [...document.querySelectorAll('button, select, input, [role]')].filter((e) => e.offsetParent && \
         !(e.textContent.trim() || e.getAttribute('aria-label') || e.getAttribute('aria-labelledby') || \
         e.closest('label'))).map((e) => e.outerHTML)",
    );
    assert_eq!(nameless, serde_json::json!([]));
    open.browser.keys("d");
    assert_eq!(open.fragment("theme"), "dark");
    let ground = open.browser.run("return getComputedStyle(document.body).backgroundColor");
    assert_eq!(ground, "rgb(17, 22, 28)");
    open.is_quiet();
}

#[test]
fn measured_bytes_have_a_lane() {
    let Some(open) = sample("csvfs-trace", "#q=cedar1%20%E2%86%92") else { return };
    let lanes = open.lanes();
    assert!(lanes.iter().any(|lane| lane == "CEDAR1 → Volume1"), "{lanes:?}");
    // Who owned the volumes is not known here, and the map does not say that nobody did.
    let map = open.text("#map");
    assert!(map.contains("owns: not known") && !map.contains("owns none") && map.contains("? VMs"), "{map}");
    open.is_quiet();
}

#[test]
fn what_a_bundle_says_stays_text() {
    const EVIL: &str = "</script><img src=x onerror=\"window.hit=1\"><script>window.hit=1</script>\u{2028}";
    let hostile = || {
        let (bundle, mut analysis) = read("refs-two-node");
        let case = &mut analysis.case;
        let name = |at: usize| Some(Name::new(&format!("{EVIL}{at}")));
        case.vms.iter_mut().enumerate().for_each(|(at, vm)| vm.name = name(at));
        case.volumes.iter_mut().enumerate().for_each(|(at, volume)| volume.friendly = name(at));
        case.inputs.iter_mut().for_each(|input| input.path.push_str(EVIL));
        case.cluster.name = name(0);
        for finding in &mut analysis.judgement.findings {
            finding.title.push_str(EVIL);
            finding.claim.push_str(EVIL);
            finding.next_steps.push(format!("{EVIL}\n{EVIL}"));
        }
        page(&bundle, &analysis, |text| format!("{EVIL}{text}"))
    };
    let Some(open) = open(hostile, "#q=%3Cimg%20src%3Dx%20onerror%3D&vm=%3Cscript%3E") else { return };
    open.browser.click("#clear");
    open.browser.click("article[data-finding] .title");
    open.until_text("#detail", "Evidence (");
    for tab in ["told", "gaps", "inputs", "findings"] {
        open.browser.click(&format!("#tab-{tab}"));
    }
    open.browser.click("#view-table");
    open.until_text("#table", "<img src=x");
    let (x, y) = (700, 420);
    open.browser.click("#view-lanes");
    open.browser.click_at(x, y);
    open.browser.run("window.dispatchEvent(new Event('beforeprint'))");
    assert!(open.text("#detail").contains("<img src=x") || open.text("#printed").contains("<img src=x"));
    assert_eq!(open.browser.run("return document.querySelectorAll('img, iframe, object').length"), 0);
    assert_eq!(open.browser.run("return document.querySelectorAll('script').length"), 3);
    assert_eq!(open.browser.run("return window.hit ?? null"), serde_json::Value::Null);
    open.is_quiet();
}

#[test]
fn pictures() {
    let Some(folder) = std::env::var_os("SHOTS").map(PathBuf::from) else { return };
    fs::create_dir_all(&folder).unwrap();
    for name in ["refs-two-node", "san-path-loss"] {
        let Some(open) = sample(name, "") else { return };
        for theme in ["light", "dark"] {
            open.again(&format!("#theme={theme}"));
            open.browser.click("article[data-finding] .title");
            open.until_text("#detail", "Evidence (");
            std::thread::sleep(std::time::Duration::from_millis(300));
            fs::write(folder.join(format!("{name}-{theme}.png")), open.browser.screenshot()).unwrap();
        }
    }
}
