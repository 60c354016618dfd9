//! What every answer carries, how files are sent, and who may not ask.

use crate::companion::{Companion, agent, header, refused};
use lantern::server::Settings;
use serde_json::json;
use ureq::Agent;

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
        assert!(header(answer, "permissions-policy").contains("camera=(self)"));
        assert!(!header(answer, "cache-control").is_empty());
    }
}

/// Who serves the page by a server of their own finds the same headers in the release's README.
#[test]
fn the_release_names_the_headers_that_the_companion_sends() {
    let readme = include_str!("../../release/README.md");
    let companion = Companion::start();
    let answer = companion.get("/");
    let named: Vec<_> = readme
        .lines()
        .filter_map(|line| line.strip_prefix("    ")?.split_once(": "))
        .filter(|(name, _)| name.contains('-') && !name.contains(' '))
        .collect();
    assert_eq!(named.len(), 7, "{named:?}");
    for (name, value) in named {
        assert_eq!(header(&answer, name), value);
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
    for room in ["/classroom", "/classroom/"] {
        let text = companion.get(room).body_mut().read_to_string().unwrap();
        assert!(text.contains("<title>Classroom"), "{room}");
    }
    for path in ["/none.js", "/%2e%2e/history.db", "/..%2fhistory.db", "/models/none/card.json"] {
        assert_eq!(companion.get(path).status(), 404, "{path}");
    }
}

#[test]
fn what_an_unknown_proxy_passes_on_is_not_this_computer() {
    let companion = Companion::start();
    for (name, value) in [
        ("forwarded", "for=1.2.3.4"),
        ("x-forwarded-for", "1.2.3.4"),
        ("x-forwarded-host", "lantern.example"),
        ("x-real-ip", "1.2.3.4"),
        ("via", "1.1 proxy"),
    ] {
        let ask = |path: &str| agent().get(companion.url(path)).header(name, value).call().unwrap();
        refused(ask("/api/cases"), 403, "--trusted-proxy");
        refused(ask("/api/session"), 403, "--trusted-proxy");
        assert_eq!(ask("/").status(), 200, "{name}");
    }
    let old = agent().get(companion.url("/api/cases")).version(ureq::http::Version::HTTP_10);
    refused(old.call().unwrap(), 403, "--trusted-proxy");
    assert_eq!(companion.get("/api/cases").status(), 200);
    // A name alone makes no https.
    let settings = Settings { names: vec!["lantern.example".into()], ..Settings::default() };
    let companion = Companion::serve_as(Companion::folder(), settings);
    let ask = |host: &str| agent().get(companion.url("/api/cases")).header("host", host).call().unwrap();
    refused(ask("lantern.example"), 403, "https");
    refused(ask("localhost"), 401, "account");
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
