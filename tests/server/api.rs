//! What the companion says of its routes is true: of the types that are sent, and of the answers to requests that schemathesis makes up.

use crate::companion::{Companion, case, refused};
use crate::support;
use lantern::account::{PASSWORD_LEAST, Role};
use lantern::case::{ANNOTATION_LIMIT, Case, FollowUp, NOTE_LIMIT, Status, VersionedCase};
use lantern::fingerprint::Sha256;
use lantern::protocol::companion as sent;
use lantern::server::ROUTES;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::process::Command;

fn document() -> Value {
    Companion::start().get("/api/openapi.json").body_mut().read_json().unwrap()
}

#[test]
fn every_route_is_described_and_nothing_else() {
    let document = document();
    let mut described = BTreeSet::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            described.insert(format!("{} {path}", method.to_uppercase()));
            assert!(operation["summary"].as_str().unwrap().ends_with('.'), "{operation}");
            for parameter in operation["parameters"].as_array().unwrap() {
                assert!(
                    parameter["schema"].is_object() && parameter["description"].is_string(),
                    "{parameter}"
                );
            }
        }
    }
    // What has no body is not asked for its type, which keeps other sites' forms away.
    assert!(
        ROUTES.iter().all(|route| route.body.is_some() == ["POST", "PUT"].contains(&route.method.as_str()))
    );
    let routes = ROUTES.iter().map(|route| format!("{} /api{}", route.method, route.path)).collect();
    assert_eq!(described, routes);
    // Every reference leads somewhere.
    let text = document.to_string();
    for named in text.split("\"$ref\":\"#").skip(1) {
        let place = named.split('"').next().unwrap();
        assert!(document.pointer(place).is_some(), "{place}");
    }
}

/// The names of an object's fields.
fn fields(object: &Value) -> BTreeSet<String> {
    object.as_object().unwrap().keys().cloned().collect()
}

fn required(schema: &Value) -> BTreeSet<String> {
    serde_json::from_value(schema["required"].clone()).unwrap_or_default()
}

#[test]
fn types_are_described_as_they_are_sent() {
    let document = document();
    let schema = |name: &str| document["components"]["schemas"][name].clone();
    let fingerprint = Sha256::of(b"");
    let (at, text) = ("2026-01-31T09:30:00Z".to_string(), "text".to_string());
    let whole = VersionedCase::Whole(Box::new(serde_json::from_value(case()).unwrap()));
    let saved = sent::SavedCase { id: 1, saved_at: at.clone(), case: whole };
    let damaged = sent::DamagedCase { id: 1, what: text.clone() };
    let image = sent::KeptImage { id: 1, saved_at: at.clone(), sha256: fingerprint };
    let account = sent::Account { name: text.clone(), role: text.clone(), created_at: at.clone() };
    let follow_up = FollowUp { status: Status::ToFollowUp, due: None };
    let entry =
        sent::AuditEntry { number: 1, at, actor: text.clone(), action: text.clone(), target: text.clone() };
    // Answers: every field is sent always.
    for (name, answer) in [
        ("SavedCase", json!(saved.clone())),
        ("DamagedCase", json!(damaged)),
        ("CaseList", json!(sent::CaseList { cases: vec![], damaged: vec![], total: 0, next: None })),
        ("DeletedCase", json!(sent::DeletedCase { id: 1 })),
        ("ErasedPatient", json!(sent::ErasedPatient { cases: 1, anchor: text.clone() })),
        ("ImportedCase", json!(sent::ImportedCase { id: 1, is_new: true })),
        ("CaseFollowUp", json!(sent::CaseFollowUp { id: 1, follow_up: follow_up.clone() })),
        ("FollowUpList", json!(sent::FollowUpList { follow_ups: vec![] })),
        ("Collection", json!(sent::Collection { name: text.clone(), bytes: 1 })),
        ("CollectionList", json!(sent::CollectionList { collections: vec![] })),
        ("KeptImage", json!(image)),
        ("KeptImages", json!(sent::KeptImages { images: vec![] })),
        ("Session", json!(sent::Session { is_needed: true, is_first: false, name: None, role: None })),
        ("Account", json!(account)),
        ("AccountList", json!(sent::AccountList { accounts: vec![] })),
        ("AuditEntry", json!(entry)),
        ("AuditLog", json!(sent::AuditLog { entries: vec![], anchor: text.clone(), next: None })),
        ("Problem", json!(sent::ProblemDetails { title: text.clone(), status: 404, detail: text.clone() })),
    ] {
        assert_eq!(fields(&answer), fields(&schema(name)["properties"]), "{name}");
        assert_eq!(fields(&answer), required(&schema(name)), "{name}");
    }
    is_taken(&schema("SavedCase"), &saved);
    is_taken(&schema("FollowUp"), &follow_up);
    is_taken::<Case>(&schema("Case"), &serde_json::from_value(case()).unwrap());
    let (name, password) = (text.clone(), text.clone());
    is_taken(&schema("LogIn"), &sent::LogIn { name: name.clone(), password: password.clone() });
    is_taken(&schema("ChangedPassword"), &sent::ChangedPassword { old: text.clone(), new: text.clone() });
    let first = sent::FirstAdministrator { token: text, name: name.clone(), password: password.clone() };
    is_taken(&schema("FirstAdministrator"), &first);
    let role = Role::Viewer;
    is_taken(&schema("NewAccount"), &sent::NewAccount { name, role, password: password.clone() });
    is_taken(&schema("AccountChange"), &sent::AccountChange { role: Some(role), password: Some(password) });
}

/// The limits and names that the description repeats are those of the program.
#[test]
fn limits_are_described_as_they_are_checked() {
    let document = document();
    let of = |place: &str| document["components"]["schemas"].pointer(place).unwrap().clone();
    for (place, limit) in [
        ("/Case/properties/note/maxLength", NOTE_LIMIT),
        ("/Case/properties/annotations/maxItems", ANNOTATION_LIMIT),
        ("/Password/minLength", PASSWORD_LEAST),
        ("/CaseList/properties/cases/maxItems", sent::LIST_LIMIT as usize),
        ("/AuditLog/properties/entries/maxItems", sent::LIST_LIMIT as usize),
        ("/CollectionList/properties/collections/maxItems", sent::COLLECTIONS_LIMIT),
        ("/KeptImages/properties/images/maxItems", sent::IMAGES_LIMIT as usize),
        ("/FollowUpList/properties/follow_ups/maxItems", sent::FOLLOW_UPS_LIMIT as usize),
    ] {
        assert_eq!(of(place), limit, "{place}");
    }
    assert_eq!(of("/Role/enum"), json!(Role::ALL));
    assert_eq!(of("/FollowUp/properties/status/enum"), json!(Status::ALL));
    let limit = document.pointer("/paths/~1api~1cases/get/parameters/0").unwrap();
    assert!(limit["description"].as_str().unwrap().contains(&sent::LIST_LIMIT.to_string()), "{limit}");
}

/// A body has the described fields and no others, and cannot lack those that are described as required.
fn is_taken<T: Serialize + DeserializeOwned>(schema: &Value, body: &T) {
    let body = serde_json::to_value(body).unwrap();
    assert_eq!(fields(&body), fields(&schema["properties"]), "{schema}");
    let needed = fields(&body).into_iter().filter(|name| {
        let mut without = body.clone();
        without.as_object_mut().unwrap().remove(name);
        serde_json::from_value::<T>(without).is_err()
    });
    assert_eq!(needed.collect::<BTreeSet<_>>(), required(schema), "{schema}");
    let mut more = body;
    more["more"] = json!(1);
    assert!(serde_json::from_value::<T>(more).is_err());
}

#[test]
fn the_page_is_for_who_is_logged_in_and_loads_nothing() {
    let companion = Companion::start();
    let vera = companion.account("vera", Role::Viewer);
    for path in ["/api/docs", "/api/openapi.json"] {
        refused(companion.get(path), 401, "log-in");
    }
    let page = vera.get("/api/docs").body_mut().read_to_string().unwrap();
    for route in &ROUTES {
        assert!(page.contains(&format!("{} /api{}<", route.method, route.path)), "{}", route.path);
    }
    for loaded in ["<script", "<link", "<img", "style=", "src="] {
        assert!(!page.contains(loaded), "{loaded}");
    }
}

/// The routes by which a made-up request can end the session of who asks, so that everything after it is refused.
const ENDING: [&str; 3] = ["delete_session", "put_accounts_name", "delete_accounts_name"];

#[test]
fn every_answer_to_a_made_up_request_is_as_described() {
    let Some(program) = support::tool("schemathesis/bin/schemathesis", "schemathesis") else { return };
    let companion = Companion::start();
    let chief = companion.account("chief", Role::Administrator);
    for _ in 0..3 {
        assert_eq!(chief.send("POST", "/api/cases", Some(&case())).status(), 201);
    }
    let folder = tempfile::tempdir().unwrap();
    let description = chief.get("/api/openapi.json").body_mut().read_to_string().unwrap();
    std::fs::write(folder.path().join("openapi.json"), description).unwrap();
    let ask = |which: &str| {
        let mut command = Command::new(&program);
        command.current_dir(folder.path()).env("LANTERN_SESSION", chief.cookie.split_once('=').unwrap().1);
        command
            .args(["--config-file", concat!(env!("CARGO_MANIFEST_DIR"), "/tests/server/schemathesis.toml")]);
        command.args(["run", "openapi.json", "--url", &companion.url("")]);
        command.args(ENDING.iter().flat_map(|route| [which, route]));
        let said = command.output().unwrap();
        let text = String::from_utf8_lossy(&[said.stdout, said.stderr].concat()).into_owned();
        assert!(said.status.success() && text.contains("Tested: "), "{text}");
    };
    ask("--exclude-operation-id");
    // It was let through to the end.
    assert_eq!(chief.get("/api/accounts").status(), 200);
    ask("--include-operation-id");
}
