//! Accounts as their users meet them: the first administrator by a link, log-in and log-out, what a role is offered, a session that ends over work, the
//! audit log, and a patient who is erased.

use crate::axe;
use crate::machine::{BrowserKind, Companion};
use crate::page::Page;
use crate::visit::{CHEST, DESK, Visit, phantom_file};
use lantern::account::Role;
use lantern::server::secret;
use lantern::store::By;
use serde_json::json;

const PASSWORD: &str = "correct horse";

/// Writes a password, which no role tells from other text, into the field with this label.
async fn type_password(page: &Page, label: &str, password: &str) {
    let script = "const e = [...document.querySelectorAll('input[type=password]')].find(e => isShown(e) && labels(e).trim() == arguments[0]);
        if (!e) return null; e.value = arguments[1]; e.dispatchEvent(new Event('input', { bubbles: true })); return true";
    page.until_with(&format!("the field {label:?}"), script, vec![json!(label), json!(password)]).await;
}

/// Logs in by the form that is open.
async fn log_in(page: &Page, name: &str) {
    let form = page.region("Log in");
    form.textbox("Name").fill(name).await;
    type_password(page, "Password", PASSWORD).await;
    form.button("Log in").click().await;
    form.wait_until_gone().await;
}

async fn log_out(page: &Page, who: &str) {
    page.disclosure(who).open().await;
    page.button("Log out").click().await;
    page.disclosure(who).wait_until_gone().await;
}

/// A companion with an administrator mora, a clinician ben and a viewer lee.
fn with_three() -> Companion {
    let mut companion = Companion::with_accounts();
    let by = By::command_line("2026-01-31T09:30:00Z".into());
    for (name, role) in [("mora", Role::Administrator), ("ben", Role::Clinician), ("lee", Role::Viewer)] {
        companion.store().add_account(&by, name, role, &secret::hash(PASSWORD).unwrap()).unwrap();
    }
    companion.url = companion.url.split("/#").next().unwrap().to_string();
    companion
}

#[tokio::test]
async fn the_link_makes_the_first_administrator_who_adds_accounts_and_reads_the_audit_log() {
    let maker = BrowserKind::chosen();
    if !maker.is_there() {
        return;
    }
    let visit = Visit::at(Companion::with_accounts(), maker, DESK, "").await;
    let page = &visit.page;
    let form = page.region("Log in");
    form.heading("Make the first administrator").wait().await;
    assert_eq!(form.textbox("Token that Lantern printed").value().await.len(), 64);
    // The token is not left in the address, nor has the companion seen it there.
    assert_eq!(page.script("return location.href.includes('#')", vec![]).await, json!(false));
    form.textbox("Name").fill("Mora").await;
    type_password(page, "Password", "short").await;
    form.button("Make the account and log in").click().await;
    form.alert("A password has at least 12 characters…").wait().await;
    type_password(page, "Password", PASSWORD).await;
    form.button("Make the account and log in").click().await;
    page.disclosure("mora, administrator").wait().await;

    page.link("Administration").click().await;
    page.heading("Administration").wait().await;
    page.main("").textbox("Name").fill("Ben").await;
    type_password(page, "Password", PASSWORD).await;
    page.button("Add the account").click().await;
    page.status("ben is added. …").wait().await;
    page.combobox("Role of ben").choose("viewer").await;
    page.status("ben is viewer from now on.").wait().await;
    // The last administrator stays.
    page.button("Remove mora").click().await;
    page.group("Remove mora").button("Remove it").click().await;
    page.alert("Not done. This is the last administrator…").wait().await;
    assert!(page.list("Accounts").listitem("mora …").is_there().await);

    page.button("Show the audit log").click().await;
    let entries = page.region("Entries of the audit log");
    for words in ["became the first administrator", "added an account", "ben viewer", "changed a role"] {
        entries.says(words).await;
    }
    page.heading("The last entry, to be kept elsewhere").wait().await;
    if let Some(axe) = axe::source() {
        page.disclosure("mora, administrator").open().await;
        assert_eq!(axe::problems(page, &axe).await, [""; 0]);
    }

    // The own password.
    page.disclosure("Change your password").open().await;
    type_password(page, "Old password", "incorrect horse").await;
    type_password(page, "New password", "another horse 2").await;
    page.button("Change it").click().await;
    page.alert("The old password is wrong…").wait().await;
    type_password(page, "Old password", PASSWORD).await;
    page.button("Change it").click().await;
    page.status("The password is changed. …").wait().await;
    page.assert_no_violations().await;
    visit.browser.close().await;
}

#[tokio::test]
async fn a_session_that_ends_loses_no_work_and_a_role_is_offered_only_what_it_may() {
    let maker = BrowserKind::chosen();
    if !maker.is_there() {
        return;
    }
    let mut visit = Visit::at(with_three(), maker, DESK, "/").await;
    visit.page.model_ready().await;
    let page = &visit.page;
    page.button("Log in").click().await;
    log_in(page, "ben").await;
    let menu = page.disclosure("ben, clinician");
    menu.until("to have the focus", "return document.activeElement == e ? true : null", json!(null)).await;
    assert!(!page.link("Administration").is_there().await);
    page.drop_files(&[phantom_file("phantom.png")]).await;
    page.all_done(1).await;
    page.overrule(0, CHEST).await;
    page.textbox("Note").fill("left lower zone").await;

    // The session ends while he works.
    // Drivers delete no cookies of a private window, so the companion ends it, as when a password is set anew.
    let by = By::command_line("2026-01-31T10:30:00Z".into());
    let hash = secret::hash(PASSWORD).unwrap();
    visit.companion.store().set_password(&by, "ben", &hash, None).unwrap();
    page.button("Save to history").click().await;
    let form = page.region("Log in");
    form.says("The session of ben has ended. Images, notes and drawings are still on this page").await;
    if let Some(axe) = axe::source() {
        assert_eq!(axe::problems(page, &axe).await, [""; 0]);
    }
    type_password(page, "Password", "incorrect horse").await;
    form.button("Log in").click().await;
    form.alert("The name or the password is wrong…").wait().await;
    // Another account does not finish what he began.
    form.textbox("Name").fill("mora").await;
    type_password(page, "Password", PASSWORD).await;
    form.button("Log in").click().await;
    page.status("Not saved. Another account has logged in…").wait().await;
    log_out(page, "mora, administrator").await;
    page.button("Save to history").click().await;
    log_in(page, "ben").await;
    page.status("Saved as case 1.").wait().await;
    assert_eq!(page.textbox("Note").value().await, "left lower zone");

    // Who only reads is offered neither to save nor to delete.
    log_out(page, "ben, clinician").await;
    page.button("Log in").click().await;
    log_in(page, "lee").await;
    page.note("Keep this case").says("Your role (viewer)").await;
    assert!(!page.button("Save to history").is_there().await);
    visit.again("/history?case=1").await;
    let page = &visit.page;
    page.main("").says("left lower zone").await;
    assert!(!page.button("Delete case 1").is_there().await);
    log_out(page, "lee, viewer").await;
    page.main("").says("Log in to see this.").await;
    // Who guesses is told how long to wait.
    let guess = json!({ "name": "lee", "password": "incorrect horse" });
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    for _ in 0..10 {
        let answer = agent.post(format!("{}/api/session", visit.companion.url)).send_json(&guess).unwrap();
        assert_eq!(answer.status(), 401);
    }
    let form = page.region("Log in");
    form.textbox("Name").fill("lee").await;
    type_password(page, "Password", PASSWORD).await;
    form.button("Log in").click().await;
    form.alert("There were too many failed log-ins for this account or from this address. Wait 15 minutes.")
        .wait()
        .await;
    assert!(!page.main("").text().await.contains("left lower zone"));
    visit.browser.close().await;
}

#[tokio::test]
async fn a_patients_cases_stand_in_time_and_are_erased_after_the_digits_were_typed() {
    let maker = BrowserKind::chosen();
    if !maker.is_there() {
        return;
    }
    let companion = with_three();
    let sample: serde_json::Value = serde_json::from_str(include_str!("../files/case.json")).unwrap();
    let by = By::command_line("2026-01-31T09:30:00Z".into());
    for (day, probability) in [("2025-12-24", 0.93), ("2025-11-02", 0.41)] {
        let mut case = sample["whole"].clone();
        case["study_date"] = json!(day);
        case["reading"]["examination"]["answer"]["probability"] = json!(probability);
        companion.store().save_case(&by, serde_json::from_value(case).unwrap()).unwrap();
    }
    let visit = Visit::at(companion, maker, DESK, "/history").await;
    let page = &visit.page;
    log_in(page, "mora").await;
    page.link("Case 1: …").wait().await;
    page.list("Cases").listitem("Case 1: …").link("0123456789ab").click().await;
    page.heading("Patient 0123456789ab").wait().await;
    let studies = page.list("Cases").texts().await.join(" ");
    let (newer, older) = (studies.find("24 Dec 2025").unwrap(), studies.find("2 Nov 2025").unwrap());
    assert!(newer < older && studies.contains("Higher now by 0.52"), "{studies}");

    page.disclosure("Erase this patient").open().await;
    assert_eq!(page.button("Erase for good").run("return e.disabled").await, json!(true));
    page.textbox("First digits of the fingerprint").fill("01234567").await;
    page.button("Erase for good").click().await;
    page.status("2 cases of this patient erased. …").says("The proof is this entry").await;
    page.link("All cases").click().await;
    page.main("").says("No case has been kept yet").await;
    visit.browser.close().await;
}
