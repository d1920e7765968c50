//! A real browser, driven over WebDriver: chromedriver on loopback, plain blocking HTTP. Knows nothing of the page.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

/// The key under which WebDriver hands out elements.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
const PATIENCE: Duration = Duration::from_secs(60);

/// A running browser; it ends with this value.
pub(super) struct Browser {
    driver: Child,
    session: String,
    _profile: tempfile::TempDir,
    /// Open as long as the driver writes to it.
    _lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
}

fn found(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    names.iter().find_map(|name| folders.iter().map(|folder| folder.join(name)).find(|file| file.is_file()))
}

fn answer(request: minreq::Request) -> Result<Value, String> {
    let response = request.with_timeout(PATIENCE.as_secs()).send().map_err(|e| e.to_string())?;
    let body: Value = serde_json::from_slice(response.as_bytes()).map_err(|e| e.to_string())?;
    match response.status_code {
        200 => Ok(body["value"].clone()),
        code => Err(format!("{code}: {}", body["value"]["message"])),
    }
}

impl Browser {
    /// A fresh browser with an empty profile; nothing where Chromium or its driver is not installed.
    pub(super) fn start(width: u32, height: u32) -> Option<Self> {
        let chromium = found(&["chromium", "chromium-browser", "google-chrome"])?;
        let mut driver = Command::new(found(&["chromedriver"])?)
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines();
        let port = loop {
            let line = lines.next().expect("chromedriver says its port").unwrap();
            if let Some((_, port)) = line.split_once("started successfully on port ") {
                break port.trim().trim_end_matches('.').parse::<u16>().unwrap();
            }
        };
        let profile = tempfile::tempdir().unwrap();
        let arguments = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-dev-shm-usage",
            &format!("--user-data-dir={}", profile.path().display()),
            &format!("--window-size={width},{height}"),
        ];
        let options = json!({ "binary": chromium, "args": arguments });
        let always = json!({
            "browserName": "chrome",
            "goog:chromeOptions": options,
            "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
        });
        let base = format!("http://127.0.0.1:{port}/session");
        let wish = json!({ "capabilities": { "alwaysMatch": always } });
        let session = answer(minreq::post(&base).with_body(wish.to_string()));
        let id = match &session {
            Ok(value) => value["sessionId"].as_str().unwrap().to_owned(),
            Err(error) => {
                let _ = driver.kill();
                panic!("no session: {error}");
            }
        };
        Some(Self { driver, session: format!("{base}/{id}"), _profile: profile, _lines: lines })
    }

    fn post(&self, what: &str, body: &Value) -> Value {
        let request = minreq::post(format!("{}/{what}", self.session)).with_body(body.to_string());
        answer(request).unwrap_or_else(|error| panic!("{what} {body}: {error}"))
    }

    /// Opens a file, with a fragment; a fresh document each time.
    pub(super) fn open(&self, file: &Path, fragment: &str) {
        self.post("url", &json!({ "url": "about:blank" }));
        self.post("url", &json!({ "url": format!("file://{}{fragment}", file.display()) }));
    }

    /// From now on [`Self::busy`] tells.
    pub(super) fn watch(&self) {
        let body = json!({ "cmd": "Performance.enable", "params": { "timeDomain": "threadTicks" } });
        self.post("goog/cdp/execute", &body);
    }

    /// Seconds of a processor that the page's own thread has used since its document began: how busy others are does
    /// not change it.
    pub(super) fn busy(&self) -> f64 {
        let told = self.post("goog/cdp/execute", &json!({ "cmd": "Performance.getMetrics", "params": {} }));
        let all = told["metrics"].as_array().expect("metrics");
        let busy = all.iter().find(|metric| metric["name"] == "ThreadTime").expect("ThreadTime");
        busy["value"].as_f64().expect("seconds")
    }

    /// What a script returns.
    pub(super) fn run(&self, script: &str) -> Value {
        self.post("execute/sync", &json!({ "script": script, "args": [] }))
    }

    /// Waits until a script returns what is true, and gives that.
    pub(super) fn until(&self, script: &str) -> Value {
        let begun = Instant::now();
        loop {
            let value = self.run(&format!("return ({script})"));
            if !matches!(&value, Value::Null | Value::Bool(false)) && value != "" {
                return value;
            }
            assert!(begun.elapsed() < PATIENCE, "never: {script}");
            std::thread::sleep(Duration::from_millis(40));
        }
    }

    fn element(&self, selector: &str) -> String {
        let found = self.post("element", &json!({ "using": "css selector", "value": selector }));
        found[ELEMENT].as_str().unwrap_or_else(|| panic!("no {selector}")).to_owned()
    }

    /// Clicks an element as a person does: it must be there to be seen and not be covered.
    pub(super) fn click(&self, selector: &str) {
        self.post(&format!("element/{}/click", self.element(selector)), &json!({}));
    }

    /// Types into whatever has the focus.
    pub(super) fn keys(&self, keys: &str) {
        let mut actions = Vec::new();
        for key in keys.chars() {
            for what in ["keyDown", "keyUp"] {
                actions.push(json!({ "type": what, "value": key.to_string() }));
            }
        }
        let source = json!({ "type": "key", "id": "keyboard", "actions": actions });
        self.post("actions", &json!({ "actions": [source] }));
    }

    /// Moves the mouse to a place of the window and presses its button.
    pub(super) fn click_at(&self, x: i64, y: i64) {
        self.mouse(&[pointer(x, y), press(), release()]);
    }

    /// Presses at one place, moves to another, lets go.
    pub(super) fn drag(&self, from: (i64, i64), to: (i64, i64)) {
        self.mouse(&[pointer(from.0, from.1), press(), pointer(to.0, to.1), release()]);
    }

    fn mouse(&self, actions: &[Value]) {
        let kind = json!({ "pointerType": "mouse" });
        let source = json!({ "type": "pointer", "id": "mouse", "parameters": kind, "actions": actions });
        self.post("actions", &json!({ "actions": [source] }));
    }

    /// Turns the wheel over a place of the window.
    pub(super) fn wheel(&self, x: i64, y: i64, by: i64) {
        let turn = json!({ "type": "scroll", "x": x, "y": y, "deltaX": 0, "deltaY": by });
        let source = json!({ "type": "wheel", "id": "wheel", "actions": [turn] });
        self.post("actions", &json!({ "actions": [source] }));
    }

    /// The window as PNG.
    pub(super) fn screenshot(&self) -> Vec<u8> {
        let text = answer(minreq::get(format!("{}/screenshot", self.session))).unwrap();
        BASE64_STANDARD.decode(text.as_str().unwrap()).unwrap()
    }

    /// Everything that the console said since last asked.
    pub(super) fn console(&self) -> Vec<String> {
        let log = self.post("se/log", &json!({ "type": "browser" }));
        log.as_array().unwrap().iter().map(|entry| entry["message"].to_string()).collect()
    }

    /// Addresses of all requests since last asked.
    pub(super) fn requests(&self) -> Vec<String> {
        let log = self.post("se/log", &json!({ "type": "performance" }));
        let message = |entry: &Value| -> Value {
            serde_json::from_str(entry["message"].as_str().unwrap_or("null")).unwrap_or_default()
        };
        let messages = log.as_array().unwrap().iter().map(message);
        let sent = messages.filter(|m| m["message"]["method"] == "Network.requestWillBeSent");
        sent.map(|m| m["message"]["params"]["request"]["url"].as_str().unwrap_or("?").to_owned()).collect()
    }
}

fn pointer(x: i64, y: i64) -> Value {
    json!({ "type": "pointerMove", "duration": 0, "x": x, "y": y })
}

fn press() -> Value {
    json!({ "type": "pointerDown", "button": 0 })
}

fn release() -> Value {
    json!({ "type": "pointerUp", "button": 0 })
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The driver ends the browser that it started; then it is asked to end itself.
        let _ = minreq::delete(&self.session).with_timeout(10).send();
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
