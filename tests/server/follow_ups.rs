//! Follow-ups of cases: set, listed by their day, seen by whom they concern, and gone with their case.

use crate::companion::{Companion, PASSWORD, Visitor, case, refused};
use lantern::account::Role;
use lantern::protocol::companion::FollowUpList;
use serde_json::{Value, json};

fn set(visitor: &Visitor, id: i64, follow_up: &Value) -> u16 {
    visitor.send("PUT", &format!("/api/follow-ups/{id}"), Some(follow_up)).status().as_u16()
}

fn listed(visitor: &Visitor) -> Vec<(i64, String, Option<String>)> {
    let list: FollowUpList = visitor.json("/api/follow-ups");
    let one = |one: lantern::protocol::companion::CaseFollowUp| {
        (one.id, one.follow_up.status.name().to_string(), one.follow_up.due)
    };
    list.follow_ups.into_iter().map(one).collect()
}

#[test]
fn what_is_open_comes_first_by_its_day_and_goes_with_its_case() {
    let companion = Companion::with_cases(4);
    let nobody = companion.nobody();
    let open = |due: Value| json!({ "status": "to-follow-up", "due": due });
    assert_eq!(set(&nobody, 1, &json!({ "status": "confirmed", "due": null })), 204);
    assert_eq!(set(&nobody, 2, &open(json!("2027-03-01"))), 204);
    assert_eq!(set(&nobody, 3, &open(json!(null))), 204);
    assert_eq!(set(&nobody, 4, &open(json!("2027-02-01"))), 204);
    let numbers = || listed(&nobody).iter().map(|one| one.0).collect::<Vec<_>>();
    assert_eq!(numbers(), [4, 2, 3, 1]);
    // Set anew, taken away, and deleted with the case.
    assert_eq!(set(&nobody, 4, &json!({ "status": "not-confirmed", "due": null })), 204);
    assert_eq!(numbers(), [2, 3, 4, 1]);
    assert_eq!(nobody.send("DELETE", "/api/follow-ups/3", None).status(), 204);
    assert_eq!(companion.delete("/api/cases/2").status(), 200);
    assert_eq!(numbers(), [4, 1]);
    // It survives a restart.
    let companion = Companion::serve(companion.stop());
    assert_eq!(listed(&companion.nobody())[0], (4, "not-confirmed".into(), None));
    let put = |body: &Value| companion.nobody().send("PUT", "/api/follow-ups/4", Some(body));
    refused(put(&json!({ "status": "confirmed", "due": "2027-02-01" })), 422, "day");
    refused(put(&open(json!("2027-02-30"))), 422, "day");
    refused(put(&json!({ "status": "lost", "due": null })), 422, "not a follow-up");
    refused(companion.nobody().send("PUT", "/api/follow-ups/9", Some(&open(json!(null)))), 404, "case 9");
}

#[test]
fn an_educator_follows_up_their_own_cases_only() {
    let companion = Companion::start();
    companion.account("mora", Role::Clinician);
    let (clinician, educator) = (companion.log_in("mora", PASSWORD), companion.account("ed", Role::Educator));
    for visitor in [&clinician, &educator] {
        assert_eq!(visitor.send("POST", "/api/cases", Some(&case())).status(), 201);
    }
    let open = json!({ "status": "to-follow-up", "due": null });
    assert_eq!(
        [set(&educator, 1, &open), set(&educator, 2, &open), set(&clinician, 1, &open)],
        [404, 204, 204]
    );
    assert_eq!((listed(&educator).len(), listed(&clinician).len()), (1, 2));
    let viewer = companion.account("lee", Role::Viewer);
    assert_eq!((set(&viewer, 1, &open), listed(&viewer).len()), (403, 2));
}
