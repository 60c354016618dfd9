//! A plain file server: the page without a companion, as any web host serves it.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Serves a folder on a port of this computer until it is stopped.
pub struct PlainFiles {
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl PlainFiles {
    /// Serves the built page where a companion was.
    pub fn serve(port: u16) -> Self {
        let site = Path::new(env!("CARGO_MANIFEST_DIR")).join("dist");
        let listener = bind(port);
        listener.set_nonblocking(true).unwrap();
        let is_over = Arc::new(AtomicBool::new(false));
        let ends = is_over.clone();
        let thread = std::thread::spawn(move || {
            while !ends.load(Ordering::Relaxed) {
                match listener.accept() {
                    Ok((stream, _)) => {
                        let site = site.clone();
                        std::thread::spawn(move || answer(stream, &site));
                    }
                    Err(_) => std::thread::sleep(Duration::from_millis(5)),
                }
            }
        });
        Self { is_over, thread: Some(thread) }
    }

    pub fn stop(mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        self.thread.take().unwrap().join().unwrap();
    }
}

/// The port of a companion that has just ended is free a moment later.
fn bind(port: u16) -> TcpListener {
    let began = Instant::now();
    loop {
        match TcpListener::bind(("127.0.0.1", port)) {
            Ok(listener) => return listener,
            Err(error) => assert!(began.elapsed() < Duration::from_secs(20), "port {port}: {error}"),
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn answer(mut stream: TcpStream, site: &Path) {
    stream.set_nonblocking(false).ok();
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
    let first = lines.next().unwrap_or_default();
    // The rest of the header; a body is not read.
    lines.take_while(|line| !line.is_empty()).for_each(drop);
    let path = first.split(' ').nth(1).unwrap_or("/").split('?').next().unwrap();
    let file = file(site, path).and_then(|file| Some((kind(&file), std::fs::read(&file).ok()?)));
    let (status, kind, body) = match file {
        Some((kind, body)) => ("200 OK", kind, body),
        None => ("404 Not Found", "text/html", b"<h1>Not found</h1>".to_vec()),
    };
    // With what the page needs for threads: the service worker keeps it with the files, also for when a companion serves.
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n\
         cross-origin-opener-policy: same-origin\r\ncross-origin-embedder-policy: require-corp\r\n\
         cross-origin-resource-policy: same-origin\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body)).ok();
}

/// A route of the page is the page, as hosts of such pages are told.
fn file(site: &Path, path: &str) -> Option<PathBuf> {
    if path.starts_with("/api/") {
        return None;
    }
    let file = site.join(path.trim_start_matches('/'));
    if file.is_file() { Some(file) } else { Some(site.join("index.html")) }
}

fn kind(file: &Path) -> &'static str {
    match file.extension().and_then(|end| end.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript",
        Some("css") => "text/css",
        Some("wasm") => "application/wasm",
        Some("svg") => "image/svg+xml",
        Some("json" | "webmanifest") => "application/json",
        _ => "application/octet-stream",
    }
}
