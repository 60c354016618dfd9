//! The page for those who do not see it, or use no mouse: axe-core on every state, headings, the window's title, where the focus goes.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "in a test a failed expectation is the report"
)]
#![allow(dead_code, reason = "the page's other users need the rest of it")]
#![cfg(not(target_arch = "wasm32"))]

#[path = "browser/axe.rs"]
mod axe;
#[path = "browser/machine.rs"]
mod machine;
#[path = "browser/page.rs"]
mod page;
mod support;
#[path = "browser/visit.rs"]
mod visit;

use page::{Dropped, Page};
use serde_json::json;
use visit::{DESK, Visit, phantom_file};

const PHONE: (u32, u32) = (390, 844);

/// Every state has a heading of the first level, and axe finds nothing.
async fn check(page: &Page, axe: &str, state: &str, problems: &mut Vec<String>) {
    let headings = page.script("return document.querySelectorAll('h1').length", vec![]).await;
    if headings != json!(1) {
        problems.push(format!("{state}: {headings} headings of the first level"));
    }
    problems.extend(axe::problems(page, axe).await.into_iter().map(|problem| format!("{state}: {problem}")));
}

/// A film whose header names the patient, among others.
fn film() -> Dropped {
    use dicom_core::VR;
    use dicom_dictionary_std::tags;
    use lantern::dataset::phantom::dicom::Phantom;
    let film = Phantom::chest(7, 256).text(tags::PATIENT_ORIENTATION, VR::CS, "L\\F");
    Dropped { name: "film.dcm", bytes: film.text(tags::STUDY_DESCRIPTION, VR::LO, "Chest").file() }
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
        visit.page.overrule(0, "chest-pneumonia").await;
        check(&visit.page, &axe, &format!("finding, {width}"), &mut problems).await;

        // The header's table scrolls; the menu of tools is open.
        visit.page.pick(1).await;
        let open =
            "for (const details of document.querySelectorAll('.findings details')) details.open = true;
            document.querySelector('[data-testid=tool-more]').click()";
        visit.page.script(open, vec![]).await;
        let table = "return document.querySelector('.tags')?.innerText.includes('(0010,0010)') ? true : null";
        visit.page.until("the header", table).await;
        check(&visit.page, &axe, &format!("everything open, {width}"), &mut problems).await;

        visit.again("/history").await;
        visit.page.text("no-cases").await;
        check(&visit.page, &axe, &format!("history, {width}"), &mut problems).await;
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
    let in_heading = "return document.activeElement?.closest('.findings h2') ? true : null";
    page.until("the focus on the refusal", in_heading).await;
    let title = || async { page.client.title().await.unwrap() };
    assert_eq!(title().await, "No answer · Lantern");
    // The button that asks goes away with the panel; the focus goes on to what it asked for.
    let press = "const b = document.querySelector('[data-testid=overrule]'); b.closest('details').open = true; b.focus(); b.click()";
    page.script(press, vec![]).await;
    page.find("probability").await;
    page.until("the focus on the finding", in_heading).await;
    let outcome = page.text("verdict").await;
    assert_eq!(title().await, format!("{outcome} · Lantern"), "no file's name");

    // Who is busy elsewhere keeps the focus.
    page.pick(1).await;
    let press = "document.querySelector('[data-testid=overrule]').click(); document.querySelector('[data-testid=pane]').focus()";
    page.script(press, vec![]).await;
    page.find("probability").await;
    let stays = "return new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() =>
        done(document.activeElement.dataset.testid))))";
    assert_eq!(page.script(stays, vec![]).await, json!("pane"));
    visit.browser.close().await;
}
