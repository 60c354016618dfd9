//! A companion inside the test, and what the tests ask it.

use lantern::protocol::companion::{CaseList, ProblemDetails};
use lantern::server::{self, Limits};
use lantern::store::Store;
use serde_json::Value;
use std::net::SocketAddr;
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

    /// A folder with a page, and no history yet.
    pub fn folder() -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        let site = folder.path().join("site");
        std::fs::create_dir(&site).unwrap();
        for (file, content) in [
            ("index.html", "<title>Lantern</title>"),
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
        let store = Store::open(&folder.path().join("history.db")).unwrap();
        let site = folder.path().join("site");
        let (stop, stopped) = oneshot::channel();
        let (tell, told) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            runtime.block_on(async {
                let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
                tell.send(listener.local_addr().unwrap()).unwrap();
                let until = async { stopped.await.unwrap_or(()) };
                server::serve(listener, site, store, Limits::default(), until).await.unwrap();
            });
        });
        Self { address: told.recv().unwrap(), folder, stop: Some(stop), thread: Some(thread) }
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
