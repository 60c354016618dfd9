//! What is no case is refused with the reason; the largest that the page can make is none of these.

use crate::companion::{Companion, agent, case, case_with, refused};
use lantern::case::{ANNOTATION_LIMIT, Case, LABEL_LIMIT, NOTE_LIMIT};
use lantern::protocol::companion::{BODY_LIMIT, SavedCase};
use lantern::server::{Limits, Settings};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::path::Path;
use std::time::{Duration, Instant};

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
    let longest = |place: &str| {
        let all = cards.iter().map(|card| card.pointer(place).unwrap().clone());
        all.max_by_key(|value| value.to_string().len()).unwrap()
    };
    let reading = &mut case["reading"];
    reading["model_limits"] = longest("/about/limits");
    reading["model_tried_on"] = longest("/about/tried_on");
    let answer = &mut reading["examination"]["answer"];
    // A class of a card is its folder and its label.
    let classes = longest("/classes");
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
    refused(companion.post(&json!([case()])), 422, "a JSON object");
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

/// A request that never ends its body is ended.
#[test]
fn a_request_that_takes_too_long_is_told() {
    let limits = Limits { request: Duration::from_millis(200), ..Limits::default() };
    let settings = Settings { limits, ..Settings::default() };
    let companion = Companion::serve_as(Companion::folder(), settings);
    let mut stream = std::net::TcpStream::connect(companion.address).unwrap();
    let head = format!(
        "POST /api/cases HTTP/1.1\r\nhost: {}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{{",
        companion.address
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 503") && answer.contains("too long"), "{answer}");
}

/// What is about a history in a file.
mod of_the_file {
    use super::*;

    /// The place of a request that was given up is free again when its work has ended, not before.
    #[test]
    fn work_that_goes_on_after_its_request_keeps_its_place() {
        let limits = Limits { requests: 1, request: Duration::from_millis(200), ..Limits::default() };
        let settings = Settings { limits, ..Settings::default() };
        let companion = Companion::serve_as(Companion::folder(), settings);
        let other = rusqlite::Connection::open(companion.history()).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        refused(companion.get("/api/cases"), 503, "too long");
        refused(companion.get("/api/cases"), 503, "Too many requests");
        other.execute_batch("ROLLBACK").unwrap();
        let began = Instant::now();
        while companion.get("/api/cases").status() != 200 {
            assert!(began.elapsed() < Duration::from_secs(30));
        }
    }
}
