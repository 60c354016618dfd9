//! Real parts: the companion's binary, a browser behind its driver.

use crate::support;
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use lantern::store::Store;
use serde_json::json;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Longest wait for anything.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// `lantern serve` on a free port, with the built page and a history of its own.
pub struct Companion {
    child: Child,
    /// Where it serves.
    pub url: String,
    log: PathBuf,
    folder: TempDir,
}

impl Companion {
    pub fn start() -> Self {
        Self::with_site(&Path::new(env!("CARGO_MANIFEST_DIR")).join("dist"))
    }

    /// With another folder for the page and its models.
    pub fn with_site(site: &Path) -> Self {
        let companion = Self::listening(&["--listen", "127.0.0.1"], "Lantern is at ", site);
        assert!(companion.url.starts_with("http://127.0.0.1:"), "{}", companion.url);
        companion
    }

    /// Listens on all of this computer's addresses; `url` is one that others open. `None` where there is none, and said so.
    pub fn start_for_others() -> Option<Self> {
        let site = Path::new(env!("CARGO_MANIFEST_DIR")).join("dist");
        let companion = Self::listening(&["--listen", "0.0.0.0"], "  ", &site);
        if companion.url.is_empty() {
            support::missing("an address on a network");
        }
        (!companion.url.is_empty()).then_some(companion)
    }

    /// With collections of images for the classroom.
    pub fn with_collections(folder: &Path) -> Self {
        let site = Path::new(env!("CARGO_MANIFEST_DIR")).join("dist");
        Self::listening(&["--collections", folder.to_str().unwrap()], "Lantern is at ", &site)
    }

    /// With accounts, of which none exists yet; its `url` is the link that it prints for the first administrator.
    pub fn with_accounts() -> Self {
        let site = Path::new(env!("CARGO_MANIFEST_DIR")).join("dist");
        Self::listening(&["--accounts"], "  ", &site)
    }

    /// Opens its history beside it, as commands do.
    pub fn store(&self) -> Store {
        Store::open(&self.folder.path().join("history.db")).unwrap()
    }

    /// `before`: what stands in the line of the address before it.
    fn listening(arguments: &[&str], before: &str, site: &Path) -> Self {
        assert!(
            site.join("index.html").exists(),
            "the page has not been built: run `make page`, or `make test`"
        );
        Self::in_folder(tempfile::tempdir().unwrap(), "0", arguments, before, site)
    }

    /// The port on which it listens, or did.
    pub fn port(&self) -> u16 {
        self.url.rsplit(':').next().unwrap().parse().unwrap()
    }

    /// After it was stopped: the same again, under the same address and with the same history.
    pub fn start_again(&mut self) {
        let folder = std::mem::replace(&mut self.folder, tempfile::tempdir().unwrap());
        let site = Path::new(env!("CARGO_MANIFEST_DIR")).join("dist");
        let port = self.port().to_string();
        *self = Self::in_folder(folder, &port, &["--listen", "127.0.0.1"], "Lantern is at ", &site);
    }

    fn in_folder(folder: TempDir, port: &str, arguments: &[&str], before: &str, site: &Path) -> Self {
        let log = folder.path().join("log");
        let mut child = Command::new(env!("CARGO_BIN_EXE_lantern"))
            .args(["serve", "--port", port, "--site"])
            .arg(site)
            .args(arguments)
            .arg("--history")
            .arg(folder.path().join("history.db"))
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(&log).unwrap())
            .spawn()
            .unwrap();
        let said = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let url = |line: String| {
            line.strip_prefix(before).filter(|rest| rest.starts_with("http")).map(String::from)
        };
        let url = said.take_while(|line| !line.contains("history")).find_map(url).unwrap_or_default();
        Self { child, url, log, folder }
    }

    /// Requests answered so far whose log line holds `part`.
    pub fn requests(&self, part: &str) -> usize {
        self.asked().iter().filter(|line| line.contains(part)).count()
    }

    /// Every request of the page that it answered, as it writes them down. Whether the service worker is still the same, a browser asks by
    /// itself.
    pub fn asked(&self) -> Vec<String> {
        let log = std::fs::read_to_string(&self.log).unwrap();
        let is_pages = |line: &&str| line.contains(" ms") && !line.contains(" /sw.js 304 ");
        log.lines().filter(is_pages).map(str::to_string).collect()
    }

    pub fn stop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Companion {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Whose page it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BrowserKind {
    Chromium,
    Firefox,
    /// Firefox, in a private window.
    FirefoxPrivate,
}

impl BrowserKind {
    /// The one in which all tests run that do not say in which they do.
    pub fn chosen() -> Self {
        match std::env::var("LANTERN_BROWSER").as_deref() {
            Err(_) | Ok("" | "chromium") => Self::Chromium,
            Ok("firefox") => Self::Firefox,
            Ok("firefox-private") => Self::FirefoxPrivate,
            Ok(other) => panic!("LANTERN_BROWSER is chromium, firefox or firefox-private, not {other}"),
        }
    }

    /// The program that drives it.
    fn driver(self) -> Command {
        let (variable, usual) = match self {
            Self::Chromium => ("CHROMEDRIVER", "chromedriver"),
            Self::Firefox | Self::FirefoxPrivate => ("GECKODRIVER", "geckodriver"),
        };
        Command::new(std::env::var(variable).ok().filter(|path| !path.is_empty()).unwrap_or(usual.into()))
    }

    /// Whether a test that needs it can run; says plainly where it cannot.
    pub fn is_there(self) -> bool {
        support::has_program(Path::new(self.driver().get_program()), &format!("a driver of {self:?}"))
    }

    fn capabilities(
        self,
        (width, height): (u32, u32),
        profile: &Path,
        camera: Option<&Path>,
    ) -> serde_json::Value {
        match self {
            Self::Chromium => chromium(width, height, profile, camera),
            Self::Firefox | Self::FirefoxPrivate => json!({
                "browserName": "firefox",
                "moz:firefoxOptions": {
                    "args": ["-headless", "-width", width.to_string(), "-height", height.to_string()],
                    "prefs": { "browser.privatebrowsing.autostart": self == Self::FirefoxPrivate },
                },
            }),
        }
    }
}

fn chromium(width: u32, height: u32, profile: &Path, camera: Option<&Path>) -> serde_json::Value {
    let mut arguments: Vec<String> = [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-sync",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-dev-shm-usage",
        "--hide-scrollbars",
        // A camera that films a moving drawing; a page still has to ask for it.
        "--use-fake-device-for-media-stream",
    ]
    .map(String::from)
    .into();
    arguments.push(format!("--window-size={width},{height}"));
    arguments.push(format!("--user-data-dir={}", profile.display()));
    if let Some(film) = camera {
        arguments.push("--use-fake-ui-for-media-stream".into());
        arguments.push("--use-fake-device-for-media-stream".into());
        arguments.push(format!("--use-file-for-fake-video-capture={}", film.display()));
    }
    // A window cannot be made as narrow as a phone, so the device is emulated.
    let mut options = json!({ "args": arguments });
    if width < 500 {
        options["mobileEmulation"] =
            json!({ "deviceMetrics": { "width": width, "height": height, "pixelRatio": 2.0 } });
    }
    json!({ "browserName": "chrome", "goog:chromeOptions": options })
}

/// A browser without a window, with a profile of its own.
pub struct Browser {
    driver: Child,
    /// Its session.
    pub client: Client,
    /// Where its driver listens.
    pub url: String,
    _profile: TempDir,
}

impl Browser {
    /// `camera`: a film, a Y4M file, that its camera shows again and again. Chromium only.
    pub async fn start(maker: BrowserKind, size: (u32, u32), camera: Option<&Path>) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut driver = maker.driver();
        driver.arg(format!("--port={port}"));
        if maker != BrowserKind::Chromium {
            // A second port, which would otherwise always be the same.
            driver.arg("--websocket-port=0");
        }
        // A group of its own, so that it can be ended with the browser that it has started.
        driver.process_group(0);
        let driver = driver.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let profile = tempfile::tempdir().unwrap();
        let capabilities = maker.capabilities(size, profile.path(), camera);
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(capabilities.as_object().unwrap().clone());
        let began = Instant::now();
        let url = format!("http://127.0.0.1:{port}");
        let client = loop {
            match builder.connect(&url).await {
                Ok(client) => break client,
                Err(error) => assert!(began.elapsed() < PATIENCE, "{maker:?} does not start: {error}"),
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        };
        Self { driver, client, url, _profile: profile }
    }

    pub async fn close(mut self) {
        self.client.clone().close().await.unwrap();
        self.end();
    }

    /// A driver that is ended alone may leave its browser behind.
    fn end(&mut self) {
        if self.driver.try_wait().is_ok_and(|ended| ended.is_none()) {
            let group = format!("-{}", self.driver.id());
            Command::new("kill").args(["-KILL", "--", &group]).status().ok();
        }
        self.driver.wait().ok();
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        self.end();
    }
}
