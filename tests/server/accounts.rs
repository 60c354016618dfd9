//! Log-in, roles and accounts.

use crate::companion::{Companion, PASSWORD, Visitor, case, header, ids, refused, store_of};
use lantern::account::Role;
use lantern::fingerprint::Sha256;
use lantern::protocol::companion::{AccountList, CaseList, KeptImages, Session};
use lantern::server::{Accounts, ROUTES, Settings};
use lantern::store::{By, SessionLimits};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Who may ask for what: administrator, clinician, educator, viewer, and nobody who is logged in.
const TABLE: [(&str, &str, [bool; 5]); 24] = [
    ("GET", "/cases", [true, true, true, true, false]),
    ("POST", "/cases", [true, true, true, false, false]),
    ("POST", "/cases/import", [true, true, true, false, false]),
    ("GET", "/cases/images", [true, true, true, true, false]),
    ("GET", "/cases/{id}", [true, true, true, true, false]),
    ("DELETE", "/cases/{id}", [true, true, true, false, false]),
    ("GET", "/follow-ups", [true, true, true, true, false]),
    ("PUT", "/follow-ups/{id}", [true, true, true, false, false]),
    ("DELETE", "/follow-ups/{id}", [true, true, true, false, false]),
    ("DELETE", "/patients/{fingerprint}", [true, false, false, false, false]),
    ("GET", "/session", [true, true, true, true, true]),
    ("POST", "/session", [true, true, true, true, true]),
    ("DELETE", "/session", [true, true, true, true, false]),
    ("PUT", "/session/password", [true, true, true, true, false]),
    ("POST", "/first-account", [true, true, true, true, true]),
    ("GET", "/accounts", [true, false, false, false, false]),
    ("POST", "/accounts", [true, false, false, false, false]),
    ("PUT", "/accounts/{name}", [true, false, false, false, false]),
    ("DELETE", "/accounts/{name}", [true, false, false, false, false]),
    ("GET", "/audit-log", [true, false, false, false, false]),
    ("GET", "/collections", [true, true, true, true, false]),
    ("GET", "/collections/{collection}", [true, true, true, true, false]),
    ("GET", "/openapi.json", [true, true, true, true, false]),
    ("GET", "/docs", [true, true, true, true, false]),
];

#[test]
fn every_role_is_let_through_every_route_of_its_own_and_no_other() {
    let named: Vec<_> = ROUTES.iter().map(|route| (route.method.as_str(), route.path)).collect();
    let expected: Vec<_> = TABLE.iter().map(|(method, path, _)| (*method, *path)).collect();
    assert_eq!(named, expected, "a route without its row here");
    let companion = Companion::start();
    for role in Role::ALL {
        companion.account(role.name(), role);
    }
    for (method, path, may) in TABLE {
        for (at, may) in may.into_iter().enumerate() {
            // Each with a session of its own, because one of the routes ends it.
            let visitor = match Role::ALL.get(at) {
                Some(role) => companion.log_in(role.name(), PASSWORD),
                None => companion.nobody(),
            };
            let path = format!("/api{}", path.replace("{id}", "999").replace("{name}", "nobody"));
            let path = path.replace("{fingerprint}", &"e".repeat(64));
            let body = ["POST", "PUT"].contains(&method).then(|| json!({}));
            let answer = visitor.send(method, &path, body.as_ref());
            let status = answer.status().as_u16();
            let refusal = if at == Role::ALL.len() { 401 } else { 403 };
            assert_eq!(status != refusal, may, "{method} {path} as {:?}: {status}", Role::ALL.get(at));
            assert!(may || header(&answer, "content-type").contains("problem"), "{method} {path}");
            // What the page offers a role is what the companion allows it.
            match (Role::ALL.get(at), method, path.as_str()) {
                (Some(role), "POST", "/api/cases") => assert_eq!(role.saves(), may),
                (Some(role), "GET", "/api/accounts") => assert_eq!(role.manages(), may),
                _ => {}
            }
        }
    }
}

#[test]
fn no_account_is_needed_at_this_computer_until_one_exists() {
    let companion = Companion::start();
    let open: Session = companion.nobody().json("/api/session");
    let administrator = Some(Role::Administrator);
    assert_eq!((open.is_needed, open.is_first, open.name, open.role), (false, true, None, administrator));
    assert_eq!(companion.post(&case()).status(), 201);
    let out: Session =
        companion.nobody().send("DELETE", "/api/session", None).body_mut().read_json().unwrap();
    assert_eq!((out.is_needed, out.is_first, out.role), (false, true, administrator));
    let first = json!({ "name": "Mora", "role": "administrator", "password": PASSWORD });
    assert_eq!(companion.nobody().send("POST", "/api/accounts", Some(&first)).status(), 201);
    refused(companion.get("/api/cases"), 401, "log-in");
    refused(companion.post(&case()), 401, "log-in");
    let mora = companion.log_in("MORA", PASSWORD);
    assert_eq!(ids(&mora.json::<CaseList>("/api/cases")), [1]);
    let session: Session = mora.json("/api/session");
    assert_eq!(
        (session.is_needed, session.name.as_deref(), session.role),
        (true, Some("mora"), administrator)
    );
}

#[test]
fn a_log_in_gives_a_cookie_that_no_script_reads_and_logging_out_ends_it() {
    let companion = Companion::start();
    companion.account("mora", Role::Clinician);
    let log_in = |name: &str, password: &str| {
        companion.nobody().send("POST", "/api/session", Some(&json!({ "name": name, "password": password })))
    };
    let cookie = header(&log_in("mora", PASSWORD), "set-cookie");
    for part in ["lantern_session=", "HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=43200"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    // What the database holds is no key to a session.
    let token = cookie.split(['=', ';']).nth(1).unwrap().to_string();
    let holds = |text: &str| companion.holds(text);
    assert!(!holds(&token) && holds(&Sha256::of(token.as_bytes()).to_string()));
    // A wrong password and a name that does not exist are answered alike.
    let wrong = |name: &str| {
        let mut answer = log_in(name, "incorrect horse");
        assert_eq!((answer.status().as_u16(), header(&answer, "set-cookie").as_str()), (401, ""));
        answer.body_mut().read_to_string().unwrap()
    };
    assert_eq!(wrong("mora"), wrong("nobody"));
    assert_eq!(wrong("mora"), wrong(&"no name".repeat(1000)));
    let mora = companion.log_in("mora", PASSWORD);
    let out = mora.send("DELETE", "/api/session", None);
    assert!(header(&out, "set-cookie").contains("Max-Age=0"));
    refused(mora.get("/api/cases"), 401, "log-in");
}

#[test]
fn a_session_ends_when_its_time_is_over() {
    let sessions = SessionLimits { absolute: 1, ..SessionLimits::default() };
    let companion = Companion::serve_as(Companion::folder(), Settings { sessions, ..Settings::default() });
    let mora = companion.account("mora", Role::Clinician);
    let began = Instant::now();
    while mora.get("/api/cases").status() != 401 {
        assert!(began.elapsed() < Duration::from_secs(30));
    }
}

#[test]
fn another_site_cannot_act_in_a_users_name() {
    let companion = Companion::start();
    let mora = companion.account("mora", Role::Clinician);
    let request = ureq::post(companion.url("/api/cases")).config().http_status_as_error(false).build();
    let request = request.header("cookie", &mora.cookie).header("origin", "https://elsewhere.example");
    refused(request.send_json(case()).unwrap(), 403, "own page");
    // A form cannot send JSON.
    let request = ureq::post(companion.url("/api/session")).config().http_status_as_error(false).build();
    refused(request.content_type("text/plain").send("{}").unwrap(), 415, "application/json");
}

#[test]
fn log_ins_are_limited() {
    let companion = Companion::start();
    companion.account("mora", Role::Clinician);
    let wrong = json!({ "name": "mora", "password": "incorrect horse" });
    let log_in = |sent: &Value| companion.nobody().send("POST", "/api/session", Some(sent));
    for _ in 0..10 {
        assert_eq!(log_in(&wrong).status(), 401);
    }
    let right = json!({ "name": "mora", "password": PASSWORD });
    let answer = log_in(&right);
    assert!(header(&answer, "retry-after").parse::<u64>().unwrap() > 800);
    refused(answer, 429, "Wait 15 minutes");
}

#[test]
fn a_removed_or_changed_account_is_noticed_at_once() {
    let companion = Companion::start();
    let chief = companion.account("chief", Role::Administrator);
    let mora = companion.account("mora", Role::Clinician);
    let change =
        |visitor: &Visitor, path: &str, body: Value| visitor.send("PUT", path, Some(&body)).status().as_u16();
    assert_eq!(change(&chief, "/api/accounts/mora", json!({ "role": "viewer" })), 204);
    refused(mora.send("POST", "/api/cases", Some(&case())), 403, "viewer");
    assert_eq!(mora.get("/api/cases").status(), 200);
    // Another password ends all sessions but the one that sets it.
    let other = companion.log_in("mora", PASSWORD);
    let new = |old: &str| json!({ "old": old, "new": "another password" });
    assert_eq!(change(&mora, "/api/session/password", new("wrong")), 401);
    assert_eq!(change(&mora, "/api/session/password", json!({ "old": PASSWORD, "new": "short" })), 422);
    assert_eq!(change(&mora, "/api/session/password", new(PASSWORD)), 204);
    assert_eq!(
        (mora.get("/api/cases").status().as_u16(), other.get("/api/cases").status().as_u16()),
        (200, 401)
    );
    assert_eq!(change(&chief, "/api/accounts/mora", json!({ "password": PASSWORD })), 204);
    refused(mora.get("/api/cases"), 401, "log-in");
    let mora = companion.log_in("mora", PASSWORD);
    assert_eq!(chief.send("DELETE", "/api/accounts/mora", None).status(), 204);
    refused(mora.get("/api/cases"), 401, "log-in");
    refused(chief.send("DELETE", "/api/accounts/mora", None), 404, "mora");
    refused(chief.send("DELETE", "/api/accounts/chief", None), 409, "last administrator");
    refused(
        chief.send("PUT", "/api/accounts/chief", Some(&json!({ "role": "viewer" }))),
        409,
        "last administrator",
    );
    let taken = json!({ "name": "Chief", "role": "viewer", "password": PASSWORD });
    refused(chief.send("POST", "/api/accounts", Some(&taken)), 409, "chief");
    let list: AccountList = chief.json("/api/accounts");
    assert_eq!(
        list.accounts.iter().map(|one| (&*one.name, &*one.role)).collect::<Vec<_>>(),
        [("chief", "administrator")]
    );
}

#[test]
fn an_educator_sees_the_cases_of_their_own_only() {
    let companion = Companion::start();
    let (mora, finn) =
        (companion.account("mora", Role::Clinician), companion.account("finn", Role::Educator));
    for visitor in [&mora, &finn, &mora] {
        assert_eq!(visitor.send("POST", "/api/cases", Some(&case())).status(), 201);
    }
    let seen = |visitor: &Visitor| {
        let list: CaseList = visitor.json("/api/cases");
        let images: KeptImages = visitor.json("/api/cases/images");
        assert_eq!((list.total as usize, images.images.len()), (list.cases.len(), list.cases.len()));
        ids(&list)
    };
    assert_eq!((seen(&mora), seen(&finn)), (vec![3, 2, 1], vec![2]));
    refused(finn.get("/api/cases/1"), 404, "no case 1");
    refused(finn.send("DELETE", "/api/cases/1", None), 404, "no case 1");
    assert_eq!(finn.send("DELETE", "/api/cases/2", None).status(), 200);
    assert_eq!(seen(&mora), [3, 1]);
    assert_eq!(seen(&companion.account("vera", Role::Viewer)), [3, 1]);
}

#[test]
fn the_link_makes_the_first_administrator_once() {
    let folder = Companion::folder();
    let store = store_of(folder.path());
    let by = By::command_line("2026-01-31T09:30:00Z".into());
    let late = jiff::Timestamp::now().as_second() + 60;
    store.invite(&by, Sha256::of(b"old"), late).unwrap();
    store.invite(&by, Sha256::of(b"token"), late).unwrap();
    let always = Settings { accounts: Accounts::Always, ..Settings::default() };
    let companion = Companion::serve_as(folder, always);
    refused(companion.get("/api/cases"), 401, "token");
    let open: Session = companion.nobody().json("/api/session");
    assert_eq!((open.is_needed, open.is_first, open.role), (true, true, None));
    let first = |token: &str, name: &str| {
        let sent = json!({ "token": token, "name": name, "password": PASSWORD });
        companion.nobody().send("POST", "/api/first-account", Some(&sent))
    };
    refused(first("old", "mora"), 403, "token");
    refused(first("token", "two words"), 422, "name");
    let answer = first("token", "mora");
    assert_eq!(answer.status(), 200);
    let cookie = header(&answer, "set-cookie").split(';').next().unwrap().to_string();
    let mora = Visitor { cookie, ..companion.nobody() };
    assert_eq!(mora.get("/api/accounts").status(), 200);
    refused(first("token", "other"), 403, "token");
    store.invite(&by, Sha256::of(b"late"), jiff::Timestamp::now().as_second() - 1).unwrap();
    refused(first("late", "other"), 403, "token");
}
