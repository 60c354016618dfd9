//! The history as its users meet it: a kept case opens, is searched, taken away, recognised and deleted; and nothing is lost by a click.

use crate::machine::{BrowserKind, Companion};
use crate::page::Page;
use crate::visit::{CHEST, DESK, PHONE, Visit, phantom_file};
use fantoccini::actions::{InputSource, MOUSE_BUTTON_LEFT, MouseActions, PointerAction};
use lantern::store::By;
use serde_json::{Value, json};

/// Drops the drawing of a chest under a patient's name, and has it examined all the same.
async fn examine(page: &Page) {
    page.drop_files(&[phantom_file("Doe^Jane.png")]).await;
    page.all_done(1).await;
    page.overrule(0, CHEST).await;
}

/// Draws a distance across the picture with the mouse, as a reader does.
async fn draw(page: &Page) {
    let place = "const r = e.getBoundingClientRect();
        return e.width > 1 ? [r.left + 0.4 * r.width, r.top + 0.4 * r.height, r.left + 0.6 * r.width, r.top + 0.6 * r.height] : null";
    let place = page.picture().until("to be drawn", place, json!(null)).await;
    let place: Vec<f64> = serde_json::from_value(place).unwrap();
    page.button("Measure a distance").click().await;
    let go = |x: f64, y: f64| PointerAction::MoveTo { duration: None, x: x.round(), y: y.round() };
    let mouse = MouseActions::new("mouse".into())
        .then(go(place[0], place[1]))
        .then(PointerAction::Down { button: MOUSE_BUTTON_LEFT })
        .then(go(place[2], place[1]))
        .then(go(place[2], place[3]))
        .then(PointerAction::Up { button: MOUSE_BUTTON_LEFT });
    page.client.perform_actions(mouse).await.unwrap();
    mark(page).await;
}

/// Waits until a distance is drawn on the picture.
async fn mark(page: &Page) {
    page.image("Distance …").wait().await;
}

/// Keeps the case with a note; it becomes this number.
async fn keep(page: &Page, note: &str, number: u32) {
    page.textbox("Note").fill(note).await;
    page.button("Save to history").click().await;
    page.status(&format!("Saved as case {number}.")).wait().await;
    // All that is on the screen lies in the history now.
    page.button("Save to history").until("to be off", "return e.disabled ? true : null", json!(null)).await;
}

/// Whether the browser would ask before the page is left.
async fn asks_before_leaving(page: &Page) -> bool {
    let ask = "return !window.dispatchEvent(new Event('beforeunload', { cancelable: true }))";
    page.script(ask, vec![]).await == json!(true)
}

/// Waits until the page says so.
async fn says(page: &Page, words: &str) {
    page.main("").says(words).await;
}

/// Waits until the focus lies on it.
async fn has_focus(part: crate::part::Locator<'_>) {
    part.until("to have the focus", "return document.activeElement == e ? true : null", json!(null)).await;
}

#[tokio::test]
async fn a_kept_case_opens_with_all_that_was_kept_and_is_deleted_after_a_question() {
    let Some(mut visit) = Visit::start(DESK, "/history").await else { return };
    says(&visit.page, "No case has been kept yet").await;
    visit.again("/").await;
    examine(&visit.page).await;
    let seen = visit.page.marked("probability").await;
    draw(&visit.page).await;
    keep(&visit.page, "dense in the <b>left</b> & lower zone", 1).await;
    keep(&visit.page, "a second opinion", 2).await;

    // The list, and a search in it.
    visit.page.link("History").click().await;
    let page = &visit.page;
    says(page, "2 of 2 cases kept").await;
    let item = page.list("Cases").listitem("Case 1: …").text().await;
    assert!(item.contains("dense in the <b>left</b> & lower zone") && item.contains(CHEST), "{item}");
    let search = page.searchbox("Search in notes, findings, models and fingerprints");
    search.fill("LOWER zone").await;
    says(page, "1 of 1 case that fit").await;
    assert!(page.link("Case 1: …").is_there().await && !page.link("Case 2: …").is_there().await);
    search.fill("melanoma").await;
    says(page, "No case holds these words").await;
    search.fill("").await;

    // One case: its answer, its number, its note, what was measured, its evidence; never the file's name.
    page.link("Case 1: …").click().await;
    has_focus(page.heading("Case 1")).await;
    says(page, "dense in the <b>left</b> & lower zone").await;
    says(page, &format!("Score for pneumonia {seen}")).await;
    for heading in ["All answers", "Measurements", "Pneumonia on children's chest radiographs", "Note"] {
        assert!(page.heading(heading).is_there().await, "no heading {heading:?}");
    }
    page.disclosure("Evidence").open().await;
    let text = page.main("").text().await;
    assert!(text.contains("SHA-256 of the file") && text.contains(CHEST), "{text}");
    assert!(!text.contains("Doe"), "{text}");

    // The address leads to it again; the question can be answered with no.
    let address = page.script("return location.pathname + location.search", vec![]).await;
    assert_eq!(address, json!("/history?case=1"));
    visit.again("/history?case=1").await;
    let page = &visit.page;
    page.button("Delete case 1").click().await;
    page.button("Keep it").click().await;
    page.button("Delete case 1").click().await;
    page.button("Delete it").click().await;
    page.status("Case 1 is deleted. …").wait().await;
    page.link("All cases").click().await;
    says(page, "1 of 1 case kept").await;
    visit.again("/history?case=1").await;
    says(&visit.page, "The history holds no case 1").await;
    visit.browser.close().await;
}

#[tokio::test]
async fn the_file_dropped_again_is_recognised_and_drawn_on_again() {
    let Some(mut visit) = Visit::start(DESK, "/").await else { return };
    examine(&visit.page).await;
    draw(&visit.page).await;
    keep(&visit.page, "", 1).await;
    visit.again("/").await;
    let page = &visit.page;
    page.model_ready().await;
    examine(page).await;
    page.finding().status("Kept as case 1 on …").wait().await;
    mark(page).await;
    // What was drawn again is kept already; what is deleted then does not come back with the next answer.
    assert!(!asks_before_leaving(page).await);
    page.link("case 1 on …").click().await;
    page.heading("Case 1").wait().await;
    visit.browser.close().await;
}

#[tokio::test]
async fn clear_can_be_undone_and_unsaved_work_is_asked_about() {
    let Some(visit) = Visit::start(DESK, "/").await else { return };
    let page = &visit.page;
    examine(page).await;
    let p = page.probability().await;
    assert!(!asks_before_leaving(page).await);
    page.textbox("Note").fill("not kept yet").await;
    assert!(asks_before_leaving(page).await);

    page.button("Clear").click().await;
    page.region("Open images").wait().await;
    has_focus(page.button("Undo")).await;
    page.button("Undo").click().await;
    assert_eq!(page.probability().await, p);
    assert_eq!(page.textbox("Note").value().await, "not kept yet");
    keep(page, "kept now", 1).await;
    assert!(!asks_before_leaving(page).await);

    // The next thing ends the way back.
    page.button("Clear").click().await;
    page.status("1 image cleared from this page. Undo").wait().await;
    page.drop_files(&[phantom_file("next.png")]).await;
    page.all_done(1).await;
    assert!(!page.status("1 image cleared from this page. Undo").is_there().await);
    visit.browser.close().await;
}

#[tokio::test]
async fn all_cases_are_taken_away_as_files_that_the_page_makes() {
    let Some(mut visit) = Visit::start(DESK, "/").await else { return };
    examine(&visit.page).await;
    keep(&visit.page, "=1+1, \"quoted\"\nsecond line", 1).await;
    visit.again("/history").await;
    let page = &visit.page;
    let file: Value = serde_json::from_str(&page.saved_by("All cases as JSON").await).unwrap();
    assert_eq!((&file["schema"], &file["cases"][0]["id"]), (&json!("lantern-history/1"), &json!(1)));
    assert_eq!(file["cases"][0]["case"]["whole"]["note"], json!("=1+1, \"quoted\"\nsecond line"));
    let text = page.saved_by("All cases as CSV").await;
    let mut table = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let column = table.headers().unwrap().iter().position(|name| name == "note").unwrap();
    let row = table.records().next().unwrap().unwrap();
    assert_eq!(&row[column], "'=1+1, \"quoted\"\nsecond line");
    visit.browser.close().await;
}

/// Puts a file into the field that takes histories in.
async fn bring(page: &Page, text: &str) {
    page.heading("Bring cases here").wait().await;
    let script =
        "const data = new DataTransfer(), input = document.querySelector('input[accept^=\".json\"]');
        data.items.add(new File([arguments[0]], 'history.json')); input.files = data.files;
        input.dispatchEvent(new Event('change', { bubbles: true }))";
    page.script(script, vec![json!(text)]).await;
}

#[tokio::test]
async fn a_case_is_followed_up_and_comes_to_another_companion_in_a_file() {
    let maker = BrowserKind::chosen();
    if !maker.is_there() {
        return;
    }
    let companion = Companion::start();
    let sample: Value = serde_json::from_str(include_str!("../files/case.json")).unwrap();
    let by = By::command_line("2026-01-31T09:30:00Z".into());
    companion.store().save_case(&by, serde_json::from_value(sample["whole"].clone()).unwrap()).unwrap();
    let mut visit = Visit::at(companion, maker, DESK, "/history?case=1").await;
    let page = &visit.page;
    page.combobox("Follow-up").choose("To follow up").await;
    page.status("The follow-up is kept.").wait().await;
    let day = "const e = document.querySelector('input[type=date]'); if (!e) return null;
        e.value = '2099-03-01'; e.dispatchEvent(new Event('change', { bubbles: true })); return true";
    page.until("a field for the day", day).await;
    says(page, "The follow-up is kept.").await;
    page.link("All cases").click().await;
    page.disclosure("To follow up: 1 case").open().await;
    page.link("Case 1, by 1 Mar 2099").wait().await;
    let file = page.saved_by("All cases as JSON").await;

    visit.companion = Companion::start();
    visit.again("/history").await;
    let page = &visit.page;
    bring(page, "{}").await;
    page.alert("This file holds no history of Lantern. …").wait().await;
    bring(page, &file).await;
    says(page, "1 case taken in.").await;
    page.disclosure("To follow up: 1 case").wait().await;
    assert!(page.list("Cases").listitem("Case 1: …").text().await.contains("31 Jan 2026"));
    bring(page, &file).await;
    says(page, "0 cases taken in, 1 case here already.").await;
    visit.browser.close().await;
}

#[tokio::test]
async fn the_history_fits_a_phone_and_says_when_it_cannot_be_reached() {
    let Some(mut visit) = Visit::start(PHONE, "/").await else { return };
    examine(&visit.page).await;
    keep(&visit.page, &"long words ".repeat(40), 1).await;
    for path in ["/history", "/history?case=1"] {
        visit.again(path).await;
        says(&visit.page, "long words").await;
        assert!(visit.page.fits().await, "{path} scrolls sideways");
    }
    visit.again("/").await;
    visit.page.model_ready().await;
    visit.companion.stop();
    let page = &visit.page;
    page.link("History").click().await;
    says(page, "it cannot be reached now").await;
    assert!(page.button("Try again").is_there().await && page.fits().await);
    visit.browser.close().await;
}
