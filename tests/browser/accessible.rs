//! The page for those who do not see it, or use no mouse: axe-core on every state, headings, the window's title, where the focus goes.

use crate::axe;
use crate::page::{Page, TestFile};
use crate::visit::{CHEST, DESK, PHONE, Visit, phantom_file};
use serde_json::json;

/// Every state has a heading of the first level, and axe finds nothing.
async fn check(page: &Page, axe: &str, state: &str, problems: &mut Vec<String>) {
    let headings = page.script("return document.querySelectorAll('h1').length", vec![]).await;
    if headings != json!(1) {
        problems.push(format!("{state}: {headings} headings of the first level"));
    }
    problems.extend(axe::problems(page, axe).await.into_iter().map(|problem| format!("{state}: {problem}")));
}

/// A film whose header names the patient, among others.
fn film() -> TestFile {
    use dicom_core::VR;
    use dicom_dictionary_std::tags;
    use lantern::dataset::phantom::dicom::Phantom;
    let film = Phantom::chest(7, 256).text(tags::PATIENT_ORIENTATION, VR::CS, "L\\F");
    TestFile { name: "film.dcm", bytes: film.text(tags::STUDY_DESCRIPTION, VR::LO, "Chest").file() }
}

#[tokio::test]
async fn axe_finds_nothing_on_any_state() {
    let Some(axe) = axe::source() else { return };
    let mut problems = Vec::new();
    for (size, width) in [(DESK, "1280 px"), (PHONE, "390 px")] {
        let Some(mut visit) = Visit::start(size, "/").await else { return };
        visit.page.model_ready().await;
        check(&visit.page, &axe, &format!("first screen, {width}"), &mut problems).await;

        visit.page.drop_files(&[phantom_file("phantom.png"), film()]).await;
        visit.page.all_done(2).await;
        check(&visit.page, &axe, &format!("refusal, {width}"), &mut problems).await;
        visit.page.overrule(0, CHEST).await;
        check(&visit.page, &axe, &format!("finding, {width}"), &mut problems).await;

        // The header's table scrolls; the menu of tools is open.
        let page = &visit.page;
        page.pick(1).await;
        // One that opens may hold others.
        let mut at = 0;
        while at < page.finding().disclosure("").count().await {
            page.finding().disclosure("").at(at).open().await;
            at += 1;
        }
        page.region("Elements of the header").says("(0010,0010)").await;
        page.button("More tools").click().await;
        check(&visit.page, &axe, &format!("everything open, {width}"), &mut problems).await;

        visit.again("/history").await;
        visit.page.main("").says("No case has been kept yet").await;
        check(&visit.page, &axe, &format!("history, {width}"), &mut problems).await;

        visit.again("/about").await;
        visit.page.heading("Purpose and privacy").wait().await;
        check(&visit.page, &axe, &format!("purpose and privacy, {width}"), &mut problems).await;
        visit.browser.close().await;
    }
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}

#[tokio::test]
async fn the_title_tells_the_outcome_and_the_focus_goes_to_the_finding() {
    let Some(visit) = Visit::start(DESK, "/").await else { return };
    let page = &visit.page;
    page.model_ready().await;
    page.drop_files(&[phantom_file("Doe_Anna.png"), phantom_file("other.png")]).await;
    page.all_done(2).await;
    let finding_has_focus = async || {
        let is_in = "return e.contains(document.activeElement) ? true : null";
        page.finding().heading("").until("to have the focus", is_in, json!(null)).await
    };
    finding_has_focus().await;
    let title = || async { page.client.title().await.unwrap() };
    assert_eq!(title().await, "No answer · Lantern");
    // The button that asks goes away with the panel; the focus goes on to what it asked for.
    page.disclosure("Ask a model all the same").open().await;
    page.button("Ask \"…").until("to be pressed", "e.focus(); e.click(); return true", json!(null)).await;
    page.is_answered(0).await;
    page.probability().await;
    finding_has_focus().await;
    let outcome = page.verdict().await;
    assert_eq!(title().await, format!("{outcome} · Lantern"), "no file's name");

    // Who is busy elsewhere keeps the focus.
    page.pick(1).await;
    page.disclosure("Ask a model all the same").open().await;
    page.button("Ask \"…").until("to be pressed", "e.click(); return true", json!(null)).await;
    page.application("").run("e.focus()").await;
    page.is_answered(1).await;
    page.probability().await;
    let stays = "return new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() =>
        done(document.activeElement.getAttribute('role')))))";
    assert_eq!(page.script(stays, vec![]).await, json!("application"));
    visit.browser.close().await;
}
