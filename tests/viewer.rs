//! The viewer as a reader meets it: the real page in a real Chromium, with drawings of known sizes and values.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "in a test a failed expectation is the report"
)]
#![cfg(not(target_arch = "wasm32"))]

#[path = "browser/machine.rs"]
#[allow(dead_code, reason = "the other users of browser/ need the rest of it")]
mod machine;
#[path = "browser/page.rs"]
#[allow(dead_code, reason = "the other users of browser/ need the rest of it")]
mod page;

#[path = "browser/visit.rs"]
#[allow(dead_code, reason = "the other users of browser/ need the rest of it")]
mod visit;

mod support;

use fantoccini::Locator;
use fantoccini::actions::{InputSource, MOUSE_BUTTON_LEFT, MouseActions, PointerAction};
use fantoccini::key::Key;
use image::{DynamicImage, GrayImage, ImageBuffer, Luma};
use lantern::dataset::phantom;
use page::{Dropped, Page};
use serde_json::json;

/// The drawing's size, in pixels.
const SIZE: (u32, u32) = (400, 300);
/// A bright field in it: from, to.
const FIELD: ((u32, u32), (u32, u32)) = ((100, 60), (220, 140));

/// An asymmetric drawing: ground 60, the field 180, the upper left corner 10.
fn value(x: u32, y: u32) -> u8 {
    let ((left, top), (right, bottom)) = FIELD;
    match (x, y) {
        (x, y) if (left..right).contains(&x) && (top..bottom).contains(&y) => 180,
        (x, y) if x < 60 && y < 40 => 10,
        _ => 60,
    }
}

/// As a PNG of 8 bits, or of 16 bits with the same brightness.
fn drawing(is_deep: bool) -> Dropped {
    let (wide, high) = SIZE;
    let image = if is_deep {
        let deep = |x, y| Luma([u16::from(value(x, y)) * 257]);
        DynamicImage::ImageLuma16(ImageBuffer::from_fn(wide, high, deep))
    } else {
        DynamicImage::ImageLuma8(GrayImage::from_fn(wide, high, |x, y| Luma([value(x, y)])))
    };
    Dropped { name: "drawing.png", bytes: phantom::png(image) }
}

/// A page with one file open.
struct Visit {
    page: Page,
    visit: visit::Visit,
}

impl Visit {
    /// `None` where there is no Chromium.
    async fn start(file: Dropped) -> Option<Self> {
        let visit = Self::open(visit::DESK, &[file]).await?;
        visit.sees("the image", (50, 200), 60).await;
        Some(visit)
    }

    /// A page of a size with files that are one image.
    async fn open(size: (u32, u32), files: &[Dropped]) -> Option<Self> {
        let visit = visit::Visit::start(size, "/").await?;
        let page = Page { client: visit.page.client.clone() };
        page.model_ready().await;
        page.drop_files(files).await;
        page.all_done(1).await;
        Some(Self { page, visit })
    }

    /// Where a pixel's centre lies on the screen, as long as the image is whole and not turned.
    async fn place(&self, (x, y): (u32, u32)) -> (f64, f64) {
        let edge = self
            .page
            .script("const r = document.querySelector('[data-testid=preview]').getBoundingClientRect(); return [r.left, r.top, r.width, r.height]", vec![])
            .await;
        let edge: Vec<f64> = edge.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect();
        let scale = (edge[2] / f64::from(SIZE.0)).min(edge[3] / f64::from(SIZE.1));
        let at = |x: u32, size: u32| (f64::from(x) - f64::from(size) / 2.0) * scale;
        (edge[0] + edge[2] / 2.0 + at(x, SIZE.0), edge[1] + edge[3] / 2.0 + at(y, SIZE.1))
    }

    async fn drag(&self, from: (f64, f64), to: (f64, f64)) {
        let go = |(x, y): (f64, f64)| PointerAction::MoveTo { duration: None, x: x.round(), y: y.round() };
        let mouse = MouseActions::new("mouse".into())
            .then(go(from))
            .then(PointerAction::Down { button: MOUSE_BUTTON_LEFT })
            .then(go(((from.0 + to.0) / 2.0, (from.1 + to.1) / 2.0)))
            .then(go(to))
            .then(PointerAction::Up { button: MOUSE_BUTTON_LEFT });
        self.page.client.perform_actions(mouse).await.unwrap();
    }

    /// Waits until the canvas shows a brightness, within 2, at a place of the image that is whole and not turned.
    async fn sees(&self, what: &str, (x, y): (u32, u32), brightness: u8) {
        let script = format!(
            "const c = document.querySelector('[data-testid=preview]'), s = Math.min(c.width / {0}, c.height / {1});
             if (!(c.width > 0)) return null;
             const d = c.getContext('2d').getImageData(c.width / 2 + ({x} - {0} / 2) * s, c.height / 2 + ({y} - {1} / 2) * s, 1, 1).data;
             return d[3] == 255 && Math.abs(d[0] - {brightness}) <= 2",
            SIZE.0, SIZE.1
        );
        self.page.until(&format!("{what}: brightness {brightness} at {x}, {y}"), &script).await;
    }

    /// Presses a tool of the viewer, in the menu where it has no room in the row.
    async fn tool(&self, name: &str) {
        let press = "const tool = document.querySelector(`[data-testid=tool-${arguments[0]}]`);
            if (!tool.checkVisibility()) document.querySelector('[data-testid=tool-more]').click();
            tool.click()";
        self.page.script(press, vec![json!(name)]).await;
    }

    /// Types into the focused pane.
    async fn keys(&self, keys: &str) {
        let pane = self.page.client.find(Locator::Css("[data-testid=pane]")).await.unwrap();
        pane.send_keys(keys).await.unwrap();
    }

    async fn attribute(&self, test_id: &str, name: &str) -> String {
        self.page.find(test_id).await.attr(name).await.unwrap().unwrap_or_default()
    }

    async fn marks(&self) -> usize {
        self.page.client.find_all(Locator::Css("[data-testid=mark]")).await.unwrap().len()
    }
}

#[tokio::test]
async fn dragging_moves_the_window_and_the_values_stay() {
    // The values are the file's own 16 bits; brightness is as in 8.
    let Some(visit) = Visit::start(drawing(true)).await else { return };
    visit.sees("first", (160, 100), 180).await;
    assert_eq!(visit.page.text("window-now").await, "W 65535 L 32768");
    // Down by 60 pixels: the middle rises by a fifth of the width; 180 of 255 becomes (180 - 178.5) / 255 + 0.5.
    let (x, y) = visit.place((300, 100)).await;
    visit.drag((x, y), (x, y + 60.0)).await;
    assert_eq!(visit.page.text("window-now").await, "W 65535 L 45874");
    visit.sees("darker", (160, 100), 129).await;
    visit.sees("darker", (300, 200), 9).await;
    // The value under the pointer is the file's.
    let over = visit.place((160, 100)).await;
    visit.drag(over, over).await;
    let said = visit.page.text("pointer").await;
    assert!(said.starts_with("x 1") && said.ends_with(": 46260"), "{said}");
    // Inverted, then as at first.
    visit.page.click("tool-invert").await;
    visit.sees("inverted", (160, 100), 126).await;
    visit.keys("0").await;
    visit.sees("again", (160, 100), 180).await;
    // Keys move it too, and windows have names.
    visit.keys("b").await;
    assert_eq!(visit.page.text("window-now").await, "W 65535 L 29491");
    let choose = "const s = document.querySelector('[data-testid=windows]'); s.value = '1'; s.dispatchEvent(new Event('change', { bubbles: true }))";
    visit.page.script(choose, vec![]).await;
    // All values: 10 to 180, in 16 bits.
    assert_eq!(visit.page.text("window-now").await, "W 43690 L 24415");
    visit.sees("all values", (20, 20), 0).await;
    visit.sees("all values", (160, 100), 255).await;
    visit.page.assert_quiet().await;
    visit.visit.browser.close().await;
}

#[tokio::test]
async fn known_sizes_and_values_are_measured_and_can_be_undone() {
    let Some(visit) = Visit::start(drawing(false)).await else { return };
    let page = &visit.page;
    // The field's diagonal: 120 by 80 pixels.
    page.click("tool-distance").await;
    let (from, to) = (visit.place(FIELD.0).await, visit.place(FIELD.1).await);
    visit.drag(from, to).await;
    let said = page.text("measured").await;
    let length: f64 = said.trim_end_matches(" pixels").parse().expect(&said);
    assert!((length - 120f64.hypot(80.0)).abs() < 2.0, "{said}");
    // Inside the field every value is 180. What is drawn begins away from other marks, which would be taken hold of.
    page.click("tool-rectangle").await;
    visit.drag(visit.place((210, 70)).await, visit.place((110, 130)).await).await;
    let said = page.text("measured").await;
    assert!(said.starts_with("mean 180, SD 0, from 180 to 180, area "), "{said}");
    // Half on the ground, half in the field: mean 120, and a deviation of half the difference.
    page.click("tool-ellipse").await;
    visit.drag(visit.place((240, 70)).await, visit.place((200, 130)).await).await;
    let said = page.text("measured").await;
    let mean: f64 = said.split(&[' ', ','][..]).nth(1).unwrap().parse().expect(&said);
    assert!((mean - 120.0).abs() < 4.0 && said.contains("SD 6") && said.contains("from 60 to 180"), "{said}");
    assert_eq!(visit.marks().await, 3);

    // Back, forward, deleted, and back again.
    visit.tool("undo").await;
    assert_eq!(visit.marks().await, 2);
    visit.tool("redo").await;
    assert_eq!(visit.marks().await, 3);
    visit.keys("n").await;
    assert!(page.text("measured").await.ends_with("pixels"));
    visit.keys(&char::from(Key::Delete).to_string()).await;
    assert_eq!(visit.marks().await, 2);
    visit.keys(&format!("{}z", char::from(Key::Control))).await;
    assert_eq!(visit.marks().await, 3);
    visit.visit.browser.close().await;
}

/// Brightness of the image and of what lies over it at places of the image, in shares of its size, however it is turned: `turns`
/// quarters clockwise after a mirror from left to right.
const SAMPLE: &str = "
    const [wide, high, turns, mirrored] = arguments;
    const image = document.querySelector('[data-testid=preview]'), over = document.querySelector('[data-testid=heat-map]');
    const [w, h] = turns % 2 ? [high, wide] : [wide, high];
    const scale = Math.min(image.width / w, image.height / h);
    const at = (u, v) => {
        let x = (mirrored ? 0.5 - u : u - 0.5) * wide * scale, y = (v - 0.5) * high * scale;
        for (let i = 0; i < turns; i++) [x, y] = [-y, x];
        return [image.width / 2 + x, image.height / 2 + y];
    };
    const seen = [];
    for (const v of [0.08, 0.3, 0.5, 0.7, 0.92]) for (const u of [0.08, 0.3, 0.5, 0.7, 0.92]) {
        const [x, y] = at(u, v);
        for (const canvas of [image, over]) {
            // As it covers: colours that hardly cover are not told exactly.
            const [r, g, b, a] = canvas.getContext('2d').getImageData(x, y, 1, 1).data;
            seen.push(r * a / 255, g * a / 255, b * a / 255, a);
        }
    }
    return seen;";

#[tokio::test]
async fn what_lies_over_the_image_stays_on_its_place_however_it_is_turned() {
    let Some(visit) = Visit::start(drawing(false)).await else { return };
    let page = &visit.page;
    page.overrule(0, "chest-pneumonia").await;
    page.show_map().await;
    let drawn = "const c = document.querySelector('[data-testid=heat-map]');
        return c && c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some(v => v > 0)";
    page.until("the heat map", drawn).await;
    let sample = async |turns: u32, is_mirrored: bool| -> Vec<f64> {
        let arguments = vec![json!(SIZE.0), json!(SIZE.1), json!(turns), json!(is_mirrored)];
        let seen = page.script(SAMPLE, arguments).await;
        seen.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
    };
    let differs = |a: &[f64], b: &[f64]| a.iter().zip(b).any(|(a, b)| (a - b).abs() > 12.0);
    let plain = sample(0, false).await;
    // The heat map itself is not symmetric, so that a wrong turn would be seen.
    assert!(differs(&plain, &sample(0, true).await) && differs(&plain, &sample(2, false).await));
    // Mirrored on the screen after a quarter to the right is a mirror before three.
    for (action, turns, is_mirrored) in [
        ("rotate-right", 1, false),
        ("flip", 3, true),
        ("upend", 3, false),
        ("rotate-right", 0, false),
        ("flip", 0, true),
        ("rotate-left", 3, true),
    ] {
        visit.tool(action).await;
        let mut seen = vec![];
        for _ in 0..100 {
            seen = sample(turns, is_mirrored).await;
            if !differs(&plain, &seen) {
                break;
            }
        }
        assert!(!differs(&plain, &seen), "after {action}:\n{plain:?}\n{seen:?}");
    }
    visit.visit.browser.close().await;
}

#[tokio::test]
async fn keys_do_all_can_be_changed_and_can_be_switched_off() {
    let Some(mut visit) = Visit::start(drawing(false)).await else { return };
    // A rectangle by keys alone: the tool, put in the middle, its first corner ten pixels to the left.
    visit.keys(&format!("r{}", char::from(Key::Enter))).await;
    assert_eq!(visit.marks().await, 1);
    let before = visit.page.text("measured").await;
    visit.keys(&format!("{}{}", char::from(Key::Shift), char::from(Key::Left))).await;
    let after = visit.page.text("measured").await;
    let area = |said: &str| said.rsplit(' ').nth(1).unwrap().parse::<f64>().unwrap();
    assert!(area(&after) > area(&before), "{before}, {after}");
    assert!(
        visit.page.text("viewer-said").await.is_empty()
            || visit.attribute("viewer-said", "role").await == "status"
    );
    visit.keys(&format!("{}]", char::from(Key::Escape))).await;
    let turned =
        "return document.querySelector('[data-testid=pane]').innerText.includes('turned 90° clockwise')";
    assert_eq!(visit.page.script(turned, vec![]).await, json!(true));
    let zoom = visit.page.text("zoom").await;
    visit.keys("+").await;
    assert_ne!(visit.page.text("zoom").await, zoom);

    // Another key for inverting, which takes it from what had it.
    visit.keys("?").await;
    visit.page.click("key-invert").await;
    let key = visit.page.client.find(Locator::Css("[data-testid=key-invert]")).await.unwrap();
    key.send_keys("q").await.unwrap();
    assert_eq!(visit.page.text("key-invert").await, "q");
    visit.keys("q").await;
    assert_eq!(visit.attribute("tool-invert", "aria-pressed").await, "true");
    visit.keys("i").await;
    assert_eq!(visit.attribute("tool-invert", "aria-pressed").await, "true");

    // Off: letters do nothing, the arrows of a pane in focus still do, and both last.
    visit.page.click("keys-on").await;
    visit.keys("q").await;
    assert_eq!(visit.attribute("tool-invert", "aria-pressed").await, "true");
    let url = visit.page.client.current_url().await.unwrap().to_string();
    visit.page = Page::open(&visit.visit.browser.client, &url).await;
    visit.page.model_ready().await;
    visit.page.drop_files(&[drawing(false)]).await;
    visit.page.all_done(1).await;
    visit.keys("q").await;
    assert_eq!(visit.attribute("tool-invert", "aria-pressed").await, "false");
    visit.page.click("tool-help").await;
    assert_eq!(visit.page.text("key-invert").await, "q");
    assert_eq!(visit.page.script("return window.violations", vec![]).await, json!([]));
    visit.visit.browser.close().await;
}

/// Slices of one series, whose header names a patient.
fn series(count: u16) -> Vec<Dropped> {
    use dicom_core::VR;
    use dicom_dictionary_std::tags;
    use lantern::dataset::phantom::dicom::Phantom;
    let slice = |at: u16| Dropped {
        name: format!("IM{at}").leak(),
        bytes: Phantom::slice(64, 3.0 * f64::from(at), at + 1)
            .text(tags::STUDY_DATE, VR::DA, "20250131")
            .text(tags::STUDY_DESCRIPTION, VR::LO, "Head")
            .text(tags::SERIES_DESCRIPTION, VR::LO, "Axial 3 mm")
            .file(),
    };
    (0..count).map(slice).collect()
}

/// Every tool that has a button, by name.
const BUTTONS: &str = "window pan zoom distance angle ellipse rectangle fit one-to-one zoom-in zoom-out rotate-left rotate-right flip upend
    invert smooth labels patient reset presets undo redo help previous-frame next-frame play";

#[tokio::test]
async fn tools_stand_in_one_row_and_the_others_in_a_menu() {
    for size in [visit::DESK, (390, 844), (1920, 1080)] {
        let Some(visit) = Visit::open(size, &series(3)).await else { return };
        let page = &visit.page;
        let row = "const row = document.querySelector('.tools'), tools = [...row.querySelectorAll('.tool, select')].filter(t => t.checkVisibility());
            const tops = new Set(tools.map(t => { const r = t.getBoundingClientRect(); return Math.round((r.top + r.bottom) / 2); }));
            return tools.length < 4 ? null : [tops.size, row.scrollWidth <= row.clientWidth, document.documentElement.scrollWidth <= innerWidth]";
        assert_eq!(page.until("the row", row).await, json!([1, true, true]), "{size:?}");
        // All others are one press away, and the keyboard reaches them.
        let hidden = "return arguments[0].split(/\\s+/).filter(name => {
            const tool = document.querySelector(`[data-testid=tool-${name}]`); return !(tool && tool.checkVisibility() && tool.tabIndex == 0 && tool.ariaLabel); })";
        let before = page.script(hidden, vec![json!(BUTTONS)]).await;
        assert!(size.0 == 1920 || !before.as_array().unwrap().is_empty(), "{size:?}");
        page.click("tool-more").await;
        assert_eq!(page.script(hidden, vec![json!(BUTTONS)]).await, json!([]), "{size:?}");
        assert_eq!(visit.attribute("tool-more", "aria-expanded").await, "true");
        // Escape closes it and gives the focus back; a press elsewhere closes it too.
        let inside = "document.querySelector('#more-tools .tool').focus()";
        page.script(inside, vec![]).await;
        let focused = page.client.active_element().await.unwrap();
        focused.send_keys(&char::from(Key::Escape).to_string()).await.unwrap();
        let now = "return [document.activeElement.dataset.testid, document.querySelector('#more-tools').checkVisibility()]";
        assert_eq!(page.script(now, vec![]).await, json!(["tool-more", false]), "{size:?}");
        page.click("tool-more").await;
        let elsewhere = "document.querySelector('[data-testid=pane]').dispatchEvent(new PointerEvent('pointerdown', { bubbles: true }));
            return document.querySelector('#more-tools').checkVisibility()";
        page.script(elsewhere, vec![]).await;
        let closed = "return document.querySelector('#more-tools').checkVisibility() ? null : true";
        page.until("the menu closed", closed).await;
        visit.visit.browser.close().await;
    }
}

#[tokio::test]
async fn four_corners_say_whose_and_which_and_cover_nothing() {
    let Some(visit) = Visit::open(visit::DESK, &series(3)).await else { return };
    let page = &visit.page;
    let said = async |test_id: &str| page.text(test_id).await;
    page.until(
        "the frame",
        "return document.querySelector('[data-testid=frame-number]')?.innerText ? true : null",
    )
    .await;
    assert!(said("patient").await.starts_with("Patient ") && !said("patient").await.contains("Phantom"));
    assert_eq!(said("study").await, "Head · 2025-01-31");
    assert_eq!(said("series").await, "Axial 3 mm");
    assert_eq!((said("frame-number").await, said("position").await), ("2 / 3".into(), "3.0 mm".into()));
    assert_eq!(said("window-now").await, "W 1500 L -600");
    // Beside the picture, in the corners of the pane.
    let covered = "const stage = document.querySelector('.stage').getBoundingClientRect(), pane = document.querySelector('.viewport').getBoundingClientRect();
        return [...document.querySelectorAll('.corners')].map(corner => { const r = corner.getBoundingClientRect();
            return r.height > 0 && (r.bottom <= stage.top + 0.5 || r.top >= stage.bottom - 0.5) && r.left >= pane.left && r.right <= pane.right; })";
    assert_eq!(page.script(covered, vec![]).await, json!([true, true]));
    // Shown when a reader asks, here and in the list; gone when the reader wants none.
    visit.tool("patient").await;
    assert!(said("patient").await.starts_with("Phantom, Anna · ID PHANTOM-1"));
    visit.keys("m").await;
    assert!(said("patient").await.starts_with("Patient "));

    // The letters follow the picture.
    let letters = "return ['left', 'right', 'top', 'bottom'].map(e => document.querySelector('.letters .' + e)?.innerText).join(' ')";
    assert_eq!(page.script(letters, vec![]).await, json!("R L A P"));
    visit.keys("x").await;
    assert_eq!(page.script(letters, vec![]).await, json!("L R A P"));
    visit.keys("]").await;
    assert_eq!(page.script(letters, vec![]).await, json!("P A L R"));
    visit.keys("k").await;
    let gone =
        "return !document.querySelector('.corners').checkVisibility() && !document.querySelector('.letters')";
    assert_eq!(page.script(gone, vec![]).await, json!(true));
    page.assert_quiet().await;
    visit.visit.browser.close().await;
}

#[tokio::test]
async fn one_notch_of_the_wheel_is_one_frame() {
    let Some(visit) = Visit::open(visit::DESK, &series(9)).await else { return };
    let page = &visit.page;
    let turn = "for (const delta of arguments[0]) document.querySelector('[data-testid=pane]').dispatchEvent(
        new WheelEvent('wheel', { deltaY: delta, deltaMode: arguments[1], ctrlKey: arguments[2], bubbles: true, cancelable: true }))";
    let frame = |words: &str| {
        format!(
            "return document.querySelector('[data-testid=frame-number]')?.innerText == '{words}' ? true : null"
        )
    };
    page.until("the middle frame", &frame("5 / 9")).await;
    // Three notches at once, before the first frame is there; back by two of another mouse; by lines; and never past an end.
    for (deltas, mode, words) in [
        (vec![100, 100, 100], 0, "8 / 9"),
        (vec![-120, -120], 0, "6 / 9"),
        (vec![3], 1, "7 / 9"),
        (vec![100; 9], 0, "9 / 9"),
        (vec![-100], 0, "8 / 9"),
        (vec![-20; 4], 0, "8 / 9"),
        (vec![-20], 0, "7 / 9"),
        (vec![-100; 30], 0, "1 / 9"),
        (vec![100], 0, "2 / 9"),
    ] {
        page.script(turn, vec![json!(deltas), json!(mode), json!(false)]).await;
        page.until(&format!("{words} after {deltas:?}"), &frame(words)).await;
    }
    let zoom = page.text("zoom").await;
    page.script(turn, vec![json!([-100]), json!(0), json!(true)]).await;
    assert_eq!((page.text("frame-number").await, page.text("zoom").await == zoom), ("2 / 9".into(), false));
    visit.visit.browser.close().await;
}
