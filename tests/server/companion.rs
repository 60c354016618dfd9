//! A companion inside the test, and what the tests ask it.

use crate::cluster;
use lantern::account::Role;
use lantern::protocol::companion::{CaseList, ProblemDetails};
use lantern::server::{self, Settings, secret};
use lantern::store::{By, Store};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use tokio::sync::oneshot;
use ureq::http::Response;
use ureq::{Agent, Body};

pub struct Companion {
    pub address: SocketAddr,
    folder: TempDir,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Companion {
    pub fn start() -> Self {
        Self::serve(Self::folder())
    }

    /// With so many cases in its history.
    pub fn with_cases(number: usize) -> Self {
        let companion = Self::start();
        for _ in 0..number {
            assert_eq!(companion.post(&case()).status(), 201);
        }
        companion
    }

    /// A folder with a page, and no history yet.
    pub fn folder() -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        let site = folder.path().join("site");
        std::fs::create_dir(&site).unwrap();
        for (file, content) in [
            ("index.html", "<title>Lantern</title>"),
            ("classroom.html", "<title>Classroom</title>"),
            ("app-0123456789abcdef.js", "let page;"),
            ("app-0123456789abcdef.js.gz", "compressed"),
            ("app-0123456789abcdef.js.br", "compressed better"),
            ("app-0123456789abcdef_bg.wasm", "\0asm"),
            ("sw.js", "let worker;"),
            ("weights.safetensors", "tensors"),
        ] {
            std::fs::write(site.join(file), content).unwrap();
        }
        folder
    }

    /// Serves a folder that may already hold a history.
    pub fn serve(folder: TempDir) -> Self {
        Self::serve_as(folder, Settings::default())
    }

    pub fn serve_as(folder: TempDir, settings: Settings) -> Self {
        let store = store_of(folder.path());
        Self::serve_store(folder, store, settings)
    }

    /// Serves a store, and the page of a folder.
    pub fn serve_store(folder: TempDir, store: Store, settings: Settings) -> Self {
        let site = folder.path().join("site");
        let (stop, stopped) = oneshot::channel();
        let (tell, told) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            runtime.block_on(async {
                let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
                tell.send(listener.local_addr().unwrap()).unwrap();
                let until = async { stopped.await.unwrap_or(()) };
                server::serve(listener, site, store, settings, until).await.unwrap();
            });
        });
        Self { address: told.recv().unwrap(), folder, stop: Some(stop), thread: Some(thread) }
    }

    /// Where the history lies.
    pub fn history(&self) -> PathBuf {
        self.folder.path().join("history.db")
    }

    /// The history, opened beside the running server.
    pub fn store(&self) -> Store {
        store_of(self.folder.path())
    }

    /// Whether a text stands anywhere in what the history is kept in.
    pub fn holds(&self, text: &str) -> bool {
        if cluster::is_chosen() {
            return cluster::dump(self.folder.path()).contains(text);
        }
        let files =
            ["db", "db-wal"].map(|end| std::fs::read(self.history().with_extension(end)).unwrap_or_default());
        files.iter().any(|file| file.windows(text.len()).any(|part| part == text.as_bytes()))
    }

    /// Adds an account beside the running server, as the command line does, and logs in.
    pub fn account(&self, name: &str, role: Role) -> Visitor<'_> {
        let store = self.store();
        let by = By::command_line("2026-01-31T09:30:00Z".into());
        store.add_account(&by, name, role, &secret::hash(PASSWORD).unwrap()).unwrap();
        self.log_in(name, PASSWORD)
    }

    pub fn log_in(&self, name: &str, password: &str) -> Visitor<'_> {
        let mut visitor = self.nobody();
        let answer =
            visitor.send("POST", "/api/session", Some(&json!({ "name": name, "password": password })));
        assert_eq!(answer.status(), 200);
        visitor.cookie = header(&answer, "set-cookie").split(';').next().unwrap().into();
        visitor
    }

    pub fn nobody(&self) -> Visitor<'_> {
        Visitor { companion: self, cookie: String::new() }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn get(&self, path: &str) -> Response<Body> {
        agent().get(self.url(path)).header("accept", "text/html,*/*").call().unwrap()
    }

    pub fn list(&self, which: &str) -> CaseList {
        self.get(&format!("/api/cases{which}")).body_mut().read_json().unwrap()
    }

    pub fn delete(&self, path: &str) -> Response<Body> {
        agent().delete(self.url(path)).call().unwrap()
    }

    pub fn post(&self, case: &Value) -> Response<Body> {
        agent().post(self.url("/api/cases")).send_json(case).unwrap()
    }

    pub fn stop(mut self) -> TempDir {
        self.stop.take().unwrap().send(()).unwrap();
        self.thread.take().unwrap().join().unwrap();
        self.folder
    }
}

/// The history of a folder: a file in it, or a database.
pub fn store_of(folder: &Path) -> Store {
    if cluster::is_chosen() {
        cluster::of_folder(folder)
    } else {
        Store::open(&folder.join("history.db")).unwrap()
    }
}

pub const PASSWORD: &str = "correct horse";

/// A browser with its session.
pub struct Visitor<'a> {
    pub companion: &'a Companion,
    pub cookie: String,
}

impl Visitor<'_> {
    pub fn send(&self, method: &str, path: &str, body: Option<&Value>) -> Response<Body> {
        let request = ureq::http::Request::builder().method(method).uri(self.companion.url(path));
        let request = request.header("cookie", &self.cookie).header("content-type", "application/json");
        match body {
            Some(body) => agent().run(request.body(body.to_string()).unwrap()).unwrap(),
            None => agent().run(request.body(()).unwrap()).unwrap(),
        }
    }

    pub fn get(&self, path: &str) -> Response<Body> {
        self.send("GET", path, None)
    }

    pub fn json<T: serde::de::DeserializeOwned>(&self, path: &str) -> T {
        self.get(path).body_mut().read_json().unwrap()
    }
}

pub fn agent() -> Agent {
    Agent::config_builder().http_status_as_error(false).build().into()
}

pub fn header(response: &Response<Body>, name: &str) -> String {
    response.headers().get(name).map(|value| value.to_str().unwrap().to_string()).unwrap_or_default()
}

/// A case as the page sends it.
pub fn case() -> Value {
    let kept: Value = serde_json::from_str(include_str!("../files/case.json")).unwrap();
    kept["whole"].clone()
}

/// The same, of another patient, day or whatever else.
pub fn case_with(name: &str, value: Value) -> Value {
    let mut case = case();
    case[name] = value;
    case
}

pub fn refused(mut response: Response<Body>, status: u16, word: &str) {
    assert_eq!(response.status(), status);
    assert_eq!(header(&response, "content-type"), "application/problem+json");
    let problem: ProblemDetails = response.body_mut().read_json().unwrap();
    assert!(problem.status == status && problem.detail.contains(word), "{problem:?} lacks {word:?}");
}

pub fn ids(list: &CaseList) -> Vec<i64> {
    list.cases.iter().map(|case| case.id).collect()
}
