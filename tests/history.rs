//! The history as its users meet it: a kept case opens, is searched, taken away, recognised and deleted; and nothing is lost by a click.
//! `make test` builds the page first.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "in a test a failed expectation is the report"
)]
#![allow(dead_code, reason = "the page's other users need the rest of it")]
#![cfg(not(target_arch = "wasm32"))]

#[path = "browser/machine.rs"]
mod machine;
#[path = "browser/page.rs"]
mod page;
mod support;
#[path = "browser/visit.rs"]
mod visit;

use fantoccini::actions::{InputSource, MOUSE_BUTTON_LEFT, MouseActions, PointerAction};
use page::Page;
use serde_json::{Value, json};
use visit::{DESK, Visit, phantom_file};

const PHONE: (u32, u32) = (390, 844);

/// Whether something is drawn on the picture.
const MARK: &str = "return document.querySelector('[data-testid=mark]') ? true : null";

/// Finds what a reader sees or hears: elements of a role by the first words of their name.
const FIND: &str = "
    const ROLES = { button: 'button', link: 'a[href]', textbox: 'textarea, input[type=text]', searchbox: 'input[type=search]',
        heading: 'h1, h2, h3, h4', status: '[role=status]', group: '[role=group]', listitem: 'li', disclosure: 'summary' };
    const name = e => (e.getAttribute('aria-label') ?? e.labels?.[0]?.innerText ?? e.innerText ?? '').trim();
    const all = (role, words) => [...document.querySelectorAll(ROLES[role])].filter(e => name(e).startsWith(words) && e.getClientRects().length);
    const one = (role, words) => all(role, words)[0] ?? null;
";

/// The page by role and name.
struct Reader<'a>(&'a Page);

impl Reader<'_> {
    async fn until(&self, what: &str, script: &str) -> Value {
        self.0.until(what, &format!("{FIND} {script}")).await
    }

    /// Waits until it is there, and can be pressed.
    async fn press(&self, role: &str, words: &str) {
        let press = format!(
            "const e = one({}, {}); if (!e || e.disabled) return null; e.scrollIntoView({{ block: 'center' }}); e.click(); return true",
            json!(role),
            json!(words)
        );
        self.until(&format!("the {role} {words:?}"), &press).await;
    }

    async fn write(&self, role: &str, label: &str, text: &str) {
        let write = format!(
            "const e = one({}, {}); if (!e) return null; e.value = {}; e.dispatchEvent(new Event('input', {{ bubbles: true }})); return true",
            json!(role),
            json!(label),
            json!(text)
        );
        self.until(&format!("the {role} {label:?}"), &write).await;
    }

    /// Waits until the page says so.
    async fn says(&self, words: &str) {
        let says = format!(
            "return document.querySelector('main')?.innerText.includes({}) ? true : null",
            json!(words)
        );
        self.until(&format!("{words:?}"), &says).await;
    }

    async fn is_there(&self, role: &str, words: &str) -> bool {
        let script = format!("{FIND} return one({}, {}) != null", json!(role), json!(words));
        self.0.script(&script, vec![]).await == json!(true)
    }

    /// Whether the browser would ask before the page is left.
    async fn asks_before_leaving(&self) -> bool {
        let ask = "return !window.dispatchEvent(new Event('beforeunload', { cancelable: true }))";
        self.0.script(ask, vec![]).await == json!(true)
    }

    async fn fits(&self) -> bool {
        let fits = "return document.documentElement.scrollWidth <= window.innerWidth";
        self.0.script(fits, vec![]).await == json!(true)
    }
}

/// Drops the drawing of a chest, which the gate refuses, and has it examined all the same.
async fn examine(page: &Page) {
    page.drop_files(&[phantom_file("Doe^Jane.png")]).await;
    page.all_done(1).await;
    page.overrule(0, "chest-pneumonia").await;
}

/// Draws a distance across the picture with the mouse, as a reader does.
async fn draw(page: &Page) {
    let picture = "const c = document.querySelector('[data-testid=preview]'), r = c?.getBoundingClientRect();
        return c?.width > 1 ? [r.left + 0.4 * r.width, r.top + 0.4 * r.height, r.left + 0.6 * r.width, r.top + 0.6 * r.height] : null";
    let place: Vec<f64> = serde_json::from_value(page.until("the picture", picture).await).unwrap();
    page.click("tool-distance").await;
    let go = |x: f64, y: f64| PointerAction::MoveTo { duration: None, x: x.round(), y: y.round() };
    let mouse = MouseActions::new("mouse".into())
        .then(go(place[0], place[1]))
        .then(PointerAction::Down { button: MOUSE_BUTTON_LEFT })
        .then(go(place[2], place[1]))
        .then(go(place[2], place[3]))
        .then(PointerAction::Up { button: MOUSE_BUTTON_LEFT });
    page.client.perform_actions(mouse).await.unwrap();
    page.until("the mark", MARK).await;
}

async fn keep(page: &Page, note: &str) {
    let reader = Reader(page);
    reader.write("textbox", "Note", note).await;
    reader.press("button", "Save to history").await;
    // It is off until all that is on the screen lies in the history.
    let is_kept = "return document.querySelector('[data-testid=saved][data-done=true]') ? true : null";
    page.until("the confirmation", is_kept).await;
}

#[tokio::test]
async fn a_kept_case_opens_with_all_that_was_kept_and_is_deleted_after_a_question() {
    let Some(mut visit) = Visit::start(DESK, "/").await else { return };
    examine(&visit.page).await;
    let seen = visit.page.text("probability").await;
    draw(&visit.page).await;
    keep(&visit.page, "dense in the left lower zone").await;
    keep(&visit.page, "a second opinion").await;

    // The list, and a search in it.
    visit.again("/history").await;
    let reader = Reader(&visit.page);
    reader.says("2 of 2 cases kept").await;
    reader.write("searchbox", "Search", "LOWER zone").await;
    reader.says("1 of 1 case that fit").await;
    assert!(reader.is_there("link", "Case 1").await && !reader.is_there("link", "Case 2").await);
    reader.write("searchbox", "Search", "melanoma").await;
    reader.says("No case holds these words").await;
    reader.write("searchbox", "Search", "").await;

    // One case: its answer, its number, its note, what was measured, its evidence; never the file's name.
    reader.press("link", "Case 1").await;
    reader
        .until(
            "the case's heading",
            "return document.activeElement == one('heading', 'Case 1') ? true : null",
        )
        .await;
    reader.says("dense in the left lower zone").await;
    reader.says(&format!("Score for pneumonia {seen}")).await;
    for heading in ["All answers", "Measurements", "Pneumonia", "Note"] {
        assert!(reader.is_there("heading", heading).await, "no heading {heading:?}");
    }
    reader.press("disclosure", "Evidence").await;
    let text = visit.page.script("return document.querySelector('main').innerText", vec![]).await.to_string();
    assert!(text.contains("SHA-256 of the file") && text.contains("chest-pneumonia"), "{text}");
    assert!(!text.contains("Doe"), "{text}");

    // The address leads to it again; the question can be answered with no.
    let address = visit.page.script("return location.pathname + location.search", vec![]).await;
    assert_eq!(address, json!("/history?case=1"));
    visit.again("/history?case=1").await;
    let reader = Reader(&visit.page);
    reader.press("button", "Delete case 1").await;
    reader.press("button", "Keep it").await;
    reader.press("button", "Delete case 1").await;
    reader.press("button", "Delete it").await;
    reader.says("Case 1 is deleted").await;
    reader.press("link", "All cases").await;
    reader.says("1 of 1 case kept").await;
    visit.again("/history?case=1").await;
    Reader(&visit.page).says("The history holds no case 1").await;
    visit.browser.close().await;
}

#[tokio::test]
async fn the_file_dropped_again_is_recognised_and_drawn_on_again() {
    let Some(mut visit) = Visit::start(DESK, "/").await else { return };
    examine(&visit.page).await;
    draw(&visit.page).await;
    keep(&visit.page, "").await;
    visit.again("/").await;
    let (page, reader) = (&visit.page, Reader(&visit.page));
    page.model_ready().await;
    examine(page).await;
    reader.says("Kept as case 1 on ").await;
    page.until("the mark", MARK).await;
    // What was drawn again is kept already; what is deleted then does not come back with the next answer.
    assert!(!reader.asks_before_leaving().await);
    reader.press("link", "case 1 on").await;
    reader.until("the case", "return one('heading', 'Case 1') ? true : null").await;
    visit.browser.close().await;
}

#[tokio::test]
async fn clear_can_be_undone_and_unsaved_work_is_asked_about() {
    let Some(visit) = Visit::start(DESK, "/").await else { return };
    let (page, reader) = (&visit.page, Reader(&visit.page));
    examine(page).await;
    let p = page.probability().await;
    assert!(!reader.asks_before_leaving().await);
    reader.write("textbox", "Note", "not kept yet").await;
    assert!(reader.asks_before_leaving().await);

    reader.press("button", "Clear").await;
    reader
        .until("the first screen", "return document.querySelector('[data-testid=drop-place]') ? true : null")
        .await;
    reader
        .until("the way back", "return document.activeElement == one('button', 'Undo') ? true : null")
        .await;
    reader.press("button", "Undo").await;
    assert_eq!(page.probability().await, p);
    let note = "return one('textbox', 'Note')?.value ?? null";
    assert_eq!(reader.until("the note", note).await, json!("not kept yet"));
    keep(page, "kept now").await;
    assert!(!reader.asks_before_leaving().await);

    // The next thing ends the way back.
    reader.press("button", "Clear").await;
    reader.until("the way back", "return one('button', 'Undo') ? true : null").await;
    page.drop_files(&[phantom_file("next.png")]).await;
    page.all_done(1).await;
    assert!(!reader.is_there("button", "Undo").await);
    visit.browser.close().await;
}

#[tokio::test]
async fn all_cases_are_taken_away_as_files_that_the_page_makes() {
    let Some(mut visit) = Visit::start(DESK, "/").await else { return };
    examine(&visit.page).await;
    keep(&visit.page, "=1+1, \"quoted\"\nsecond line").await;
    visit.again("/history").await;
    let (page, reader) = (&visit.page, Reader(&visit.page));
    // What the page would save is looked at instead.
    let catch = "window.saved = {}; const make = URL.createObjectURL;
        URL.createObjectURL = blob => { blob.text().then(text => window.saved[blob.type.split(';')[0]] = text); return make.call(URL, blob); };
        HTMLAnchorElement.prototype.click = function () { window.saved.name = this.download; }";
    page.script(catch, vec![]).await;
    reader.press("button", "All cases as JSON").await;
    let text = page.until("the JSON", "return window.saved['application/json'] ?? null").await;
    let file: Value = serde_json::from_str(text.as_str().unwrap()).unwrap();
    assert_eq!((&file["schema"], &file["cases"][0]["id"]), (&json!("lantern-history/1"), &json!(1)));
    assert_eq!(file["cases"][0]["case"]["whole"]["note"], json!("=1+1, \"quoted\"\nsecond line"));
    reader.press("button", "All cases as CSV").await;
    let text = page.until("the CSV", "return window.saved['text/csv'] ?? null").await;
    let text = text.as_str().unwrap().trim_start_matches('\u{feff}').to_string();
    let mut table = csv::Reader::from_reader(text.as_bytes());
    let column = table.headers().unwrap().iter().position(|name| name == "note").unwrap();
    let row = table.records().next().unwrap().unwrap();
    assert_eq!(&row[column], "'=1+1, \"quoted\"\nsecond line");
    visit.browser.close().await;
}

#[tokio::test]
async fn the_history_fits_a_phone_and_says_when_it_cannot_be_reached() {
    let Some(mut visit) = Visit::start(PHONE, "/").await else { return };
    examine(&visit.page).await;
    keep(&visit.page, &"long words ".repeat(40)).await;
    for path in ["/history", "/history?case=1"] {
        visit.again(path).await;
        let reader = Reader(&visit.page);
        reader.says("long words").await;
        assert!(reader.fits().await, "{path} scrolls sideways");
    }
    visit.again("/").await;
    visit.page.model_ready().await;
    visit.companion.stop();
    let reader = Reader(&visit.page);
    reader.press("link", "History").await;
    reader.says("it cannot be reached now").await;
    assert!(reader.is_there("button", "Try again").await && reader.fits().await);
    visit.browser.close().await;
}
