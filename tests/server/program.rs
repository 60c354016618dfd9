//! The program itself: what it tells at its start, and where it looks for the page.

use crate::companion::{agent, refused};
use lantern::server::{self, Settings};
use lantern::store::Store;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};

#[test]
fn a_missing_page_is_said_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("history.db")).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let error = runtime.block_on(async {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        server::serve(
            listener,
            folder.path().join("none"),
            store,
            Settings::default(),
            std::future::pending(),
        )
        .await
        .unwrap_err()
    });
    assert!(error.to_string().contains("make run"), "{error}");
}

/// The program itself, serving on a free port until it is dropped.
pub struct Served {
    pub child: Child,
    pub lines: std::io::Lines<BufReader<ChildStdout>>,
}

impl Served {
    pub fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    /// Its lines up to the one that holds a word.
    pub fn until(&mut self, word: &str) -> Vec<String> {
        let mut said = Vec::new();
        while !said.last().is_some_and(|line: &String| line.contains(word)) {
            said.push(self.lines.next().unwrap_or_else(|| panic!("{word} is not in {said:?}")).unwrap());
        }
        said
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

pub fn page(folder: &Path) {
    std::fs::create_dir_all(folder).unwrap();
    std::fs::write(folder.join("index.html"), "<title>Lantern</title>").unwrap();
}

#[test]
fn others_are_told_the_address_and_what_https_adds_and_the_history_stays_closed() {
    let folder = tempfile::tempdir().unwrap();
    page(&folder.path().join("site"));
    let serve = |listen: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lantern"));
        command
            .current_dir(folder.path())
            .args(["serve", "--port", "0", "--site", "site", "--listen", listen]);
        Served::start(&mut command)
    };
    let mut served = serve("0.0.0.0");
    let said = served.until("history");
    let own = said[0].strip_prefix("Lantern is at ").unwrap();
    assert!(own.starts_with("http://127.0.0.1:"), "{said:?}");
    let told: Vec<&str> =
        said.iter().map(|line| line.trim()).filter(|line| line.starts_with("http://")).collect();
    let text = said.join(" ");
    assert!(text.contains("https") && text.contains("one thread"), "{text}");
    assert_ne!(told.is_empty(), text.contains("Others on this network open"), "{text}");
    for address in told.iter().chain([&own]) {
        println!("asking {address}");
        let get = |path: &str| agent().get(format!("{address}{path}")).call().unwrap();
        assert!(get("/").body_mut().read_to_string().unwrap().contains("Lantern"), "{address}");
        refused(get("/api/cases"), 403, "only on this computer");
    }
    assert!(told.iter().all(|address| !address.contains("//127.")), "{told:?}");

    // One address of the network alone is told as it is. One server at a time has a history.
    drop(served);
    if let Some(address) = told.iter().find(|address| !address.contains('[')) {
        let name = address.trim_start_matches("http://").split(':').next().unwrap();
        let said = serve(name).until("history").join(" ");
        assert!(said.starts_with(&format!("Lantern is at http://{name}:")), "{said}");
    }
    // Where nobody else can call, nothing of it is said.
    let mut served = serve("127.0.0.1");
    assert!(served.until("Lantern is at")[0].starts_with("Lantern is at http://127.0.0.1:"));
    served.child.kill().unwrap();
    assert!(served.lines.next().is_none());
}

#[test]
fn requests_are_counted_for_prometheus_without_what_they_ask() {
    let folder = tempfile::tempdir().unwrap();
    page(&folder.path().join("site"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_lantern"));
    command.current_dir(folder.path()).args([
        "serve",
        "--port",
        "0",
        "--site",
        "site",
        "--metrics",
        "127.0.0.1:0",
    ]);
    let mut served = Served::start(&mut command);
    let said = served.until("/metrics");
    let url = said[0].rsplit(' ').next().unwrap();
    for path in ["/api/cases?text=zone", "/api/cases/7", "/api/cases/8"] {
        agent().get(format!("{url}{path}")).call().unwrap();
    }
    let counts = said.last().unwrap().rsplit(' ').next().unwrap();
    let text = agent().get(counts).call().unwrap().body_mut().read_to_string().unwrap();
    assert!(
        text.contains("lantern_requests_total{method=\"GET\",path=\"/api/cases/{id}\",status=\"404\"} 2"),
        "{text}"
    );
    assert!(text.contains("path=\"/api/cases\",status=\"200\"} 1") && !text.contains("zone"), "{text}");
}

#[test]
fn the_page_is_found_beside_the_program_and_then_in_the_current_folder() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    let (home, elsewhere) = (root.join("home"), root.join("elsewhere"));
    for folder in [&home, &elsewhere] {
        std::fs::create_dir(folder).unwrap();
    }
    let program = home.join("lantern");
    std::fs::copy(env!("CARGO_BIN_EXE_lantern"), &program).unwrap();
    let serve = || {
        let mut command = Command::new(&program);
        command
            .current_dir(&elsewhere)
            .args(["serve", "--port", "0", "--history"])
            .arg(root.join("history.db"));
        command
    };
    let missing: Output = serve().output().unwrap();
    let said = String::from_utf8(missing.stderr).unwrap();
    assert_eq!(missing.status.code(), Some(1), "{said}");
    for place in [home.join("dist"), home.join("site"), elsewhere.join("dist"), PathBuf::from("--site")] {
        assert!(said.contains(&place.display().to_string()), "{said}");
    }
    // Each has precedence over the one before.
    for place in [elsewhere.join("dist"), home.join("site"), home.join("dist")] {
        page(&place);
        let name = place.display().to_string();
        std::fs::write(place.join("index.html"), &name).unwrap();
        let mut served = Served::start(&mut serve());
        let said = served.until("Lantern is at").remove(0);
        let url = said.rsplit(' ').next().unwrap();
        let body = agent().get(url).header("accept", "text/html").call().unwrap().body_mut().read_to_string();
        assert_eq!(body.unwrap(), name);
    }
}
