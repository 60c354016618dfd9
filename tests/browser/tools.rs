//! The viewer's tools and keys, and what stands around the image.

use crate::films::series;
use crate::page::Page;
use crate::viewer::{View, press_tool, type_into_viewport};
use crate::visit::{DESK, PHONE, Visit};
use fantoccini::key::Key;
use serde_json::json;

/// Waits until a tool is on or off.
async fn is_on(page: &Page, tool: &str, is_on: bool) {
    let pressed = "return e.ariaPressed == given ? true : null";
    page.button(tool).until("to be on or off", pressed, json!(is_on.to_string())).await;
}

const INVERT: &str = "Swap black and white";
const INVERT_KEY: &str = "Swap black and white: …";

#[tokio::test]
async fn keys_do_all_can_be_changed_and_can_be_switched_off() {
    let Some(mut view) = View::start(false).await else { return };
    let page = view.page();
    // A rectangle by keys alone: the tool, put in the middle, its first corner ten pixels to the left.
    view.keys(&format!("r{}", char::from(Key::Enter))).await;
    view.has_annotations(1).await;
    let before = view.measured().await;
    view.keys(&format!("{}{}", char::from(Key::Shift), char::from(Key::Left))).await;
    let is_another =
        "return document.querySelector('[data-testid=measured]').innerText.trim() != arguments[0]";
    page.until_with("another measure", is_another, vec![json!(before)]).await;
    let after = view.measured().await;
    let area = |said: &str| said.rsplit(' ').nth(1).unwrap().parse::<f64>().unwrap();
    assert!(area(&after) > area(&before), "{before}, {after}");
    view.keys(&format!("{}]", char::from(Key::Escape))).await;
    page.application("").says("turned 90° clockwise").await;
    let zoom = page.marked("zoom").await;
    view.keys("+").await;
    let is_larger = "return document.querySelector('[data-testid=zoom]').innerText != arguments[0]";
    page.until_with("another zoom", is_larger, vec![json!(zoom)]).await;

    // Another key for inverting, which takes it from what had it; it is told to those who do not see it.
    view.keys("?").await;
    let key = page.button(INVERT_KEY);
    key.click().await;
    key.element().await.send_keys("q").await.unwrap();
    page.button("Swap black and white: q. Change this key").wait().await;
    page.status("q: Swap black and white.…").wait().await;
    view.keys("q").await;
    is_on(page, INVERT, true).await;
    // The first key does nothing any more: what comes after it is heard.
    view.keys("ix").await;
    page.application("").says("mirrored").await;
    is_on(page, INVERT, true).await;

    // Off: letters do nothing, the arrows of a pane in focus still do, and both last.
    page.checkbox("Letters and signs act as keys").click().await;
    let zoom = page.marked("zoom").await;
    view.keys(&format!("q{}", char::from(Key::Left))).await;
    assert_eq!(page.marked("zoom").await, zoom);
    is_on(page, INVERT, true).await;
    view.again().await;
    view.keys("q").await;
    is_on(view.page(), INVERT, false).await;
    press_tool(view.page(), "Show the keys").await;
    view.page().button("Swap black and white: q. Change this key").wait().await;
    assert!(
        !view
            .page()
            .checkbox("Letters and signs act as keys")
            .run("return e.checked")
            .await
            .as_bool()
            .unwrap()
    );
    view.page().assert_no_violations().await;
    view.close().await;
}

/// Every tool that has a button for a series.
const TOOLS: [&str; 27] = [
    "Drag to change brightness and contrast",
    "Drag the image",
    "Drag to enlarge",
    "Measure a distance",
    "Measure an angle",
    "Measure inside an ellipse",
    "Measure inside a rectangle",
    "Show the whole image",
    "Show one pixel as one pixel",
    "Enlarge",
    "Make smaller",
    "Turn left by 90°",
    "Turn right by 90°",
    "Mirror left to right",
    "Mirror top to bottom",
    "Swap black and white",
    "Smooth pixels or show them as squares",
    "Show or hide the text around the image",
    "Show patient",
    "Back to how the image was first shown",
    "Change the list of windows",
    "Undo",
    "Redo",
    "Show the keys",
    "Previous frame",
    "Next frame",
    "Play or stop",
];

/// Those that cannot be seen, or not be reached with the keyboard.
async fn hidden(page: &Page) -> Vec<&'static str> {
    let script =
        "return arguments[0].map(name => (find([{ role: 'button', name }])[0]?.tabIndex ?? -1) != 0)";
    let hidden = page.script(script, vec![json!(TOOLS)]).await;
    let hidden: Vec<bool> = serde_json::from_value(hidden).unwrap();
    TOOLS.into_iter().zip(hidden).filter(|(_, is_hidden)| *is_hidden).map(|(tool, _)| tool).collect()
}

#[tokio::test]
async fn tools_stand_in_one_row_and_the_others_in_a_menu() {
    for size in [DESK, PHONE, (1920, 1080)] {
        let Some(visit) = Visit::with(size, &series(3), 1).await else { return };
        let page = &visit.page;
        let row = "const tray = document.querySelector('.tools'), tools = [...tray.querySelectorAll('.tool, select')].filter(t => t.checkVisibility());
            const tops = new Set(tools.map(t => { const r = t.getBoundingClientRect(); return Math.round((r.top + r.bottom) / 2); }));
            return tools.length < 4 ? null : [tops.size, tray.scrollWidth <= tray.clientWidth, document.documentElement.scrollWidth <= innerWidth]";
        assert_eq!(page.until("the row", row).await, json!([1, true, true]), "{size:?}");
        // All others are one press away, and the keyboard reaches them.
        assert!(size.0 == 1920 || !hidden(page).await.is_empty(), "{size:?}");
        let (opener, menu) = (page.button("More tools"), page.group("More tools"));
        opener.click().await;
        menu.wait().await;
        assert_eq!(hidden(page).await, [""; 0], "{size:?}");
        assert_eq!(opener.attribute("aria-expanded").await, "true");
        // Escape closes it and gives the focus back; a press elsewhere closes it too.
        menu.button("").element().await.send_keys(&char::from(Key::Escape).to_string()).await.unwrap();
        menu.wait_until_gone().await;
        opener
            .until("to have the focus", "return document.activeElement == e ? true : null", json!(null))
            .await;
        opener.click().await;
        menu.wait().await;
        page.application("").run("e.dispatchEvent(new PointerEvent('pointerdown', { bubbles: true }))").await;
        menu.wait_until_gone().await;
        visit.browser.close().await;
    }
}

#[tokio::test]
async fn four_corners_say_whose_and_which_and_cover_nothing() {
    let Some(visit) = Visit::with(DESK, &series(3), 1).await else { return };
    let page = &visit.page;
    let keys = async |keys: &str| type_into_viewport(page, keys).await;
    page.marked_says("frame-number", "2 / 3").await;
    let patient = page.marked("patient").await;
    assert!(patient.starts_with("Patient ") && !patient.contains("Phantom"), "{patient}");
    for (corner, words) in [
        ("study", "Head · 2025-01-31"),
        ("series", "Axial 3 mm"),
        ("position", "3.0 mm"),
        ("window-now", "W 1500 L -600"),
    ] {
        page.marked_says(corner, words).await;
    }
    // Beside the picture, in the corners of the pane.
    let covered = "const stage = e.querySelector('.stage').getBoundingClientRect(), pane = e.getBoundingClientRect();
        return [...e.querySelectorAll('.corners')].map(corner => { const r = corner.getBoundingClientRect();
            return r.height > 0 && (r.bottom <= stage.top + 0.5 || r.top >= stage.bottom - 0.5) && r.left >= pane.left && r.right <= pane.right; })";
    assert_eq!(page.application("").run(covered).await, json!([true, true]));
    // Shown when a reader asks, here and in the list; masked again when the reader wants that.
    press_tool(page, "Show patient").await;
    page.application("").says("Phantom, Anna · ID PHANTOM-1").await;
    keys("m").await;
    page.marked_says("patient", &patient).await;

    // The letters follow the picture, and are told to those who do not see them.
    let letters = async |[left, right, top, bottom]: [&str; 4]| {
        page.image(&format!("At the edges: left {left}, right {right}, top {top}, bottom {bottom}"))
            .wait()
            .await;
        let seen =
            "return ['left', 'right', 'top', 'bottom'].map(edge => e.querySelector('.' + edge).innerText)";
        assert_eq!(page.image("At the edges: …").run(seen).await, json!([left, right, top, bottom]));
    };
    letters(["R", "L", "A", "P"]).await;
    keys("x").await;
    letters(["L", "R", "A", "P"]).await;
    keys("]").await;
    letters(["P", "A", "L", "R"]).await;
    keys("k").await;
    page.image("At the edges: …").wait_until_gone().await;
    let corners = "return e.querySelector('.corners').checkVisibility()";
    assert_eq!(page.application("").run(corners).await, json!(false));
    page.assert_quiet().await;
    visit.browser.close().await;
}
