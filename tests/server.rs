//! The companion through its widest seam: HTTP on a free port, a real SQLite file, a folder with a page.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "in a test a failed expectation is the report"
)]

use lantern::case::{ANNOTATION_LIMIT, Case, Kept, LABEL_LIMIT, NOTE_LIMIT};
use lantern::protocol::companion::{
    BODY_LIMIT, CaseList, DeletedCase, KeptImages, ProblemDetails, SavedCase,
};
use lantern::server::{self, Limits};
use lantern::store::Store;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use tempfile::TempDir;
use tokio::sync::oneshot;
use ureq::http::Response;
use ureq::{Agent, Body};

struct Companion {
    address: SocketAddr,
    folder: TempDir,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Companion {
    fn start() -> Self {
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
        Self::serve(folder)
    }

    /// Serves a folder that may already hold a history.
    fn serve(folder: TempDir) -> Self {
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

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    fn get(&self, path: &str) -> Response<Body> {
        agent().get(self.url(path)).header("accept", "text/html,*/*").call().unwrap()
    }

    fn list(&self, which: &str) -> CaseList {
        self.get(&format!("/api/cases{which}")).body_mut().read_json().unwrap()
    }

    fn delete(&self, path: &str) -> Response<Body> {
        agent().delete(self.url(path)).call().unwrap()
    }

    fn post(&self, case: &Value) -> Response<Body> {
        agent().post(self.url("/api/cases")).send_json(case).unwrap()
    }

    fn stop(mut self) -> TempDir {
        self.stop.take().unwrap().send(()).unwrap();
        self.thread.take().unwrap().join().unwrap();
        self.folder
    }
}

fn agent() -> Agent {
    Agent::config_builder().http_status_as_error(false).build().into()
}

fn header(response: &Response<Body>, name: &str) -> String {
    response.headers().get(name).map(|value| value.to_str().unwrap().to_string()).unwrap_or_default()
}

/// A case as the page sends it.
fn case() -> Value {
    let kept: Value = serde_json::from_str(include_str!("files/case.json")).unwrap();
    kept["whole"].clone()
}

/// The same, of another patient, day or whatever else.
fn case_with(name: &str, value: Value) -> Value {
    let mut case = case();
    case[name] = value;
    case
}

fn refused(mut response: Response<Body>, status: u16, word: &str) {
    assert_eq!(response.status(), status);
    assert_eq!(header(&response, "content-type"), "application/problem+json");
    let problem: ProblemDetails = response.body_mut().read_json().unwrap();
    assert!(problem.status == status && problem.detail.contains(word), "{problem:?} lacks {word:?}");
}

#[test]
fn every_answer_carries_the_boundaries() {
    let companion = Companion::start();
    let mut answers: Vec<_> = [
        "/",
        "/healthz",
        "/sw.js",
        "/app-0123456789abcdef.js",
        "/none.js",
        "/api/cases",
        "/api/none",
        "/history",
    ]
    .map(|path| companion.get(path))
    .into();
    answers.push(companion.post(&json!({})));
    answers.push(companion.delete("/api/cases"));
    answers.push(companion.delete("/api/cases/7"));
    for answer in &answers {
        let policy = header(answer, "content-security-policy");
        assert!(policy.starts_with("default-src 'none'; script-src 'self' 'wasm-unsafe-eval';"), "{policy}");
        assert!(
            policy.contains("connect-src 'self';")
                && !policy.contains("unsafe-inline")
                && !policy.contains("http")
        );
        for (name, value) in [
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-embedder-policy", "require-corp"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
        ] {
            assert_eq!(header(answer, name), value);
        }
        assert!(header(answer, "permissions-policy").contains("camera=()"));
        assert!(!header(answer, "cache-control").is_empty());
    }
}

#[test]
fn files_are_kept_by_their_hash_and_compressed() {
    let companion = Companion::start();
    let forever = "public, max-age=31536000, immutable";
    for (path, rule, kind) in [
        ("/", "no-cache", "text/html"),
        ("/sw.js", "no-cache", "text/javascript"),
        ("/app-0123456789abcdef.js", forever, "text/javascript"),
        ("/app-0123456789abcdef_bg.wasm", forever, "application/wasm"),
        ("/weights.safetensors", "no-cache", "application/octet-stream"),
        ("/weights.safetensors?sha256=abc", forever, "application/octet-stream"),
    ] {
        let answer = companion.get(path);
        assert_eq!(
            (answer.status().as_u16(), header(&answer, "cache-control").as_str()),
            (200, rule),
            "{path}"
        );
        assert!(
            header(&answer, "content-type").starts_with(kind),
            "{path}: {}",
            header(&answer, "content-type")
        );
    }
    for (accepted, sent) in [("gzip", "gzip"), ("gzip, deflate, br, zstd", "br")] {
        let raw = Agent::config_builder().accept_encoding(accepted).build();
        let squeezed = Agent::from(raw).get(companion.url("/app-0123456789abcdef.js")).call().unwrap();
        assert_eq!(header(&squeezed, "content-encoding"), sent);
    }
}

#[test]
fn rooms_are_the_page_and_unknown_files_are_not() {
    let companion = Companion::start();
    for room in ["/", "/history", "/self-check"] {
        let text = companion.get(room).body_mut().read_to_string().unwrap();
        assert!(text.contains("<title>Lantern"), "{room}");
    }
    for path in ["/none.js", "/%2e%2e/history.db", "/..%2fhistory.db", "/models/none/card.json"] {
        assert_eq!(companion.get(path).status(), 404, "{path}");
    }
}

fn ids(list: &CaseList) -> Vec<i64> {
    list.cases.iter().map(|case| case.id).collect()
}

#[test]
fn cases_are_kept_listed_and_survive_a_restart() {
    let companion = Companion::start();
    let mut answer = companion.post(&case());
    assert_eq!((answer.status().as_u16(), header(&answer, "location").as_str()), (201, "/api/cases/1"));
    let first: SavedCase = answer.body_mut().read_json().unwrap();
    assert!(first.saved_at.ends_with('Z') && first.case.note().contains('\n'));
    // What comes back is what was sent.
    assert_eq!(first.case, Kept::Whole(serde_json::from_value(case()).unwrap()));
    for _ in 0..3 {
        assert_eq!(companion.post(&case()).status(), 201);
    }
    let companion = Companion::serve(companion.stop());
    let list = companion.list("?limit=2");
    assert_eq!((list.total, ids(&list), list.next), (4, vec![4, 3], Some(3)));
    let list = companion.list("?before=3");
    assert_eq!((ids(&list), list.next), (vec![2, 1], None));
    assert_eq!(list.cases[1], first);
    let one: SavedCase = companion.get("/api/cases/1").body_mut().read_json().unwrap();
    assert_eq!(one, first);
}

#[test]
fn cases_are_found_by_words_by_patient_and_by_image() {
    let companion = Companion::start();
    let of = |letter: &str| json!(letter.repeat(64));
    for (patient, day, note) in [
        ("a", "2025-01-31", "zone one"),
        ("b", "2025-06-30", "50 % more"),
        ("a", "2026-01-31", "zone two & three"),
    ] {
        let mut case = case_with("patient", of(patient));
        case["study_date"] = json!(day);
        case["note"] = json!(note);
        case["reading"]["examination"]["image_sha256"] = of(if day < "2026" { "c" } else { "d" });
        assert_eq!(companion.post(&case).status(), 201);
    }
    let list = companion.list(&format!("?patient={}", "a".repeat(64)));
    let days: Vec<_> = list.cases.iter().map(|c| c.case.study_date().unwrap()).collect();
    assert_eq!((list.total, days), (2, vec!["2026-01-31", "2025-01-31"]));
    assert_eq!(ids(&companion.list(&format!("?image={}", "d".repeat(64)))), [3]);
    assert_eq!(ids(&companion.list("?text=zone%20TWO%20%26")), [3]);
    assert_eq!(ids(&companion.list("?text=50%20%25")), [2]);
    assert_eq!(ids(&companion.list("?text=pneumonia&limit=2&before=3")), [2, 1]);
    assert_eq!(ids(&companion.list("?text=bbbbbbbbbbbb")), [2]);
    assert_eq!(companion.list("?text=melanoma").total, 0);
    let images: KeptImages = companion.get("/api/cases/images").body_mut().read_json().unwrap();
    let images: Vec<_> = images.images.iter().map(|one| (one.id, one.sha256.brief())).collect();
    assert_eq!(images, [(3, "d".repeat(12)), (2, "c".repeat(12)), (1, "c".repeat(12))]);
}

#[test]
fn a_deleted_case_is_gone_and_no_other() {
    let companion = Companion::start();
    for _ in 0..3 {
        assert_eq!(companion.post(&case()).status(), 201);
    }
    let deleted: DeletedCase = companion.delete("/api/cases/2").body_mut().read_json().unwrap();
    assert_eq!(deleted.id, 2);
    refused(companion.delete("/api/cases/2"), 404, "no case 2");
    refused(companion.get("/api/cases/2"), 404, "no case 2");
    refused(companion.get("/api/cases/two"), 404, "number");
    assert_eq!(ids(&companion.list("")), [3, 1]);
}

#[test]
fn a_damaged_case_is_named_and_can_only_be_deleted() {
    let companion = Companion::start();
    for _ in 0..2 {
        assert_eq!(companion.post(&case()).status(), 201);
    }
    let folder = companion.stop();
    let path = folder.path().join("history.db");
    rusqlite::Connection::open(&path)
        .unwrap()
        .execute("UPDATE cases SET kept = '{}' WHERE id = 2", [])
        .unwrap();
    let companion = Companion::serve(folder);
    let list = companion.list("");
    assert_eq!((ids(&list), list.damaged[0].id), (vec![1], 2));
    refused(companion.get("/api/cases/2"), 500, "can only be deleted");
    assert_eq!(companion.delete("/api/cases/2").status(), 200);
    assert!(companion.list("").damaged.is_empty());
}

/// An annotation as the page sends it.
fn distance(label: &str) -> Value {
    let point = |at: f64| json!({ "x": at, "y": -at });
    let shape = json!({ "kind": "angle", "from": point(1234.567890123456), "at": point(1e-7 / 3.0), "to": point(0.1 + 0.2) });
    json!({ "id": 4_000_000_000_u32, "frame": 0, "shape": shape, "label": label })
}

/// A measurement as the page sends it.
fn measurement(label: &str) -> Value {
    let (point, value) = (json!({ "x": 1234.567890123456, "y": -1e-7 / 3.0 }), -1234.567890123456);
    json!({
        "label": label, "kind": "rectangle", "value": value, "unit": "{pixel}2", "at_detector": false, "frame": 0,
        "points": [point, point, point],
        "statistics": { "mean": value, "deviation": value, "min": value, "max": value, "unit": "\"".repeat(64) },
    })
}

/// The largest case that the page lets a reader make, with the longest card of the bundles here.
fn largest() -> Value {
    let mut case = case();
    // Three bytes each, the most that one character of a browser's count takes.
    case["note"] = json!("€".repeat(NOTE_LIMIT));
    case["annotations"] = json!(vec![distance(&"€".repeat(LABEL_LIMIT)); ANNOTATION_LIMIT]);
    case["measurements"] = json!(vec![measurement(&"€".repeat(LABEL_LIMIT)); ANNOTATION_LIMIT]);
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
    let cards = std::fs::read_dir(models).unwrap().flatten().map(|entry| entry.path().join("card.json"));
    let cards: Vec<Value> =
        cards.flat_map(std::fs::read).map(|card| serde_json::from_slice(&card).unwrap()).collect();
    let longest =
        |name: &str| cards.iter().map(|card| card[name].clone()).max_by_key(|v| v.to_string().len()).unwrap();
    let reading = &mut case["reading"];
    reading["model_limits"] = longest("limits");
    reading["model_tried_on"] = longest("tried_on");
    let answer = &mut reading["examination"]["answer"];
    // A class of a card is its folder and its label.
    let classes = longest("classes");
    let labels: Vec<&str> =
        classes.as_array().unwrap().iter().filter_map(|one| one["label"].as_str()).collect();
    answer["findings"] =
        labels.iter().map(|label| json!({ "label": label, "probability": 0.123456789 })).collect();
    answer["set"] = json!(labels);
    case
}

#[test]
fn the_largest_case_that_the_page_lets_a_reader_make_is_kept() {
    let case = largest();
    // As the page writes it, without spaces.
    let text = serde_json::to_string(&case).unwrap();
    let bytes = text.len();
    println!("{bytes} of {BODY_LIMIT} bytes");
    assert_eq!(serde_json::from_value::<Case>(case.clone()).unwrap().check(), Ok(()));
    let companion = Companion::start();
    let request = agent().post(companion.url("/api/cases")).content_type("application/json");
    let mut answer = request.send(text).unwrap();
    assert_eq!(answer.status(), 201);
    let saved: SavedCase = answer.body_mut().read_json().unwrap();
    assert_eq!(saved.case.note(), "€".repeat(NOTE_LIMIT));
    // Room for the longer words of cards to come.
    assert!(bytes + 4096 < BODY_LIMIT, "{bytes}");
}

#[test]
fn what_is_no_case_is_refused_with_the_reason() {
    let companion = Companion::start();
    let with = |name: &str, value: Value| companion.post(&case_with(name, value));
    let mut answer = case();
    answer["reading"]["examination"]["answer"]["probability"] = json!(1.2);
    refused(companion.post(&answer), 422, "1.2");
    answer["reading"]["examination"]["answer"]["probability"] = json!(0.2);
    answer["reading"]["examination"]["answer"]["verdict"] = json!("healthy");
    refused(companion.post(&answer), 422, "healthy");
    let mut image = case();
    image["reading"]["examination"]["image_sha256"] = json!("A".repeat(64));
    refused(companion.post(&image), 422, "64");
    refused(with("note", json!("x".repeat(NOTE_LIMIT + 1))), 422, "Shorten");
    refused(with("note", json!("a\u{0}b")), 422, "control");
    refused(with("pixels", json!([0, 0, 0])), 422, "pixels");
    refused(with("patient", json!("Doe, Jane")), 422, "fingerprint");
    refused(with("study_date", json!("2026-02-30")), 422, "day");
    refused(with("annotations", json!([distance("x".repeat(LABEL_LIMIT + 1).as_str())])), 422, "Shorten");
    refused(with("annotations", json!(vec![distance("tip"); ANNOTATION_LIMIT + 1])), 422, "Delete");
    refused(companion.get("/api/cases?patient=Jane"), 400, "fingerprint");
    refused(companion.get(&format!("/api/cases?text={}", "x".repeat(201))), 400, "Shorten");
    assert_eq!(with("note", json!("x".repeat(BODY_LIMIT))).status(), 413);
    refused(companion.get("/api/cases?limit=many"), 400, "limit");
    refused(companion.get("/api/none"), 404, "/api/none");
    refused(companion.delete("/api/cases"), 405, "DELETE");
    let text = agent().post(companion.url("/api/cases")).content_type("text/plain").send("{}").unwrap();
    refused(text, 415, "application/json");
    assert_eq!(companion.list("").total, 0);
}

#[test]
fn other_sites_and_other_names_are_refused() {
    let companion = Companion::start();
    let ask = |name: &str, value: &str| {
        agent().get(companion.url("/api/cases")).header(name, value).call().unwrap()
    };
    refused(ask("origin", "https://elsewhere.example"), 403, "own page");
    refused(ask("sec-fetch-site", "cross-site"), 403, "own page");
    let delete = agent().delete(companion.url("/api/cases/1")).header("origin", "https://elsewhere.example");
    refused(delete.call().unwrap(), 403, "own page");
    refused(ask("host", "elsewhere.example"), 421, "localhost");
    assert_eq!(ask("sec-fetch-site", "same-origin").status(), 200);
    assert_eq!(ask("host", &format!("localhost:{}", companion.address.port())).status(), 200);
}

#[test]
fn a_missing_page_is_said_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("history.db")).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let error = runtime.block_on(async {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        server::serve(listener, folder.path().join("none"), store, Limits::default(), std::future::pending())
            .await
            .unwrap_err()
    });
    assert!(error.to_string().contains("make run"), "{error}");
}

/// The program itself, serving on a free port until it is dropped.
struct Served {
    child: Child,
    lines: std::io::Lines<BufReader<ChildStdout>>,
}

impl Served {
    fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    /// Its lines up to the one that holds a word.
    fn until(&mut self, word: &str) -> Vec<String> {
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

fn page(folder: &Path) {
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

    // One address of the network alone is told as it is.
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

#[test]
fn a_file_that_is_no_history_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let open = |path: &Path| Store::open(path).unwrap_err().to_string();
    let letter = folder.path().join("letter.txt");
    std::fs::write(&letter, "Dear reader, this is a letter and no data base at all. ".repeat(40)).unwrap();
    assert!(open(&letter).contains("not a case history"));
    assert!(std::fs::read_to_string(&letter).unwrap().starts_with("Dear reader"));

    let newer = folder.path().join("newer.db");
    drop(Store::open(&newer).unwrap());
    rusqlite::Connection::open(&newer).unwrap().pragma_update(None, "user_version", 99).unwrap();
    assert!(open(&newer).contains("newer Lantern"));
}
