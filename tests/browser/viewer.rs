//! The viewer as a reader meets it: drawings of known sizes and values are windowed, measured, turned, scrolled.

use crate::films::series;
use crate::page::{Page, TestFile};
use crate::visit::{CHEST, DESK, Visit};
use fantoccini::actions::{InputSource, MOUSE_BUTTON_LEFT, MouseActions, PointerAction};
use fantoccini::key::Key;
use image::{DynamicImage, GrayImage, ImageBuffer, Luma};
use lantern::dataset::phantom;
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
fn drawing(is_deep: bool) -> TestFile {
    let (wide, high) = SIZE;
    let image = if is_deep {
        let deep = |x, y| Luma([u16::from(value(x, y)) * 257]);
        DynamicImage::ImageLuma16(ImageBuffer::from_fn(wide, high, deep))
    } else {
        DynamicImage::ImageLuma8(GrayImage::from_fn(wide, high, |x, y| Luma([value(x, y)])))
    };
    TestFile { name: "drawing.png", bytes: phantom::png(image) }
}

/// A page with the drawing open.
pub struct View {
    visit: Visit,
}

impl View {
    /// `None` where there is no Chromium.
    pub async fn start(is_deep: bool) -> Option<Self> {
        let view = Self { visit: Visit::with(DESK, &[drawing(is_deep)], 1).await? };
        view.sees("the image", (50, 200), 60).await;
        Some(view)
    }

    pub fn page(&self) -> &Page {
        &self.visit.page
    }

    pub async fn close(self) {
        self.visit.browser.close().await;
    }

    /// Opens the page anew, with the drawing.
    pub async fn again(&mut self) {
        self.visit.again("/").await;
        self.page().model_ready().await;
        self.page().drop_files(&[drawing(false)]).await;
        self.page().all_done(1).await;
        self.sees("the image", (50, 200), 60).await;
    }

    /// Where a pixel's centre lies on the screen, as long as the image is whole and not turned.
    async fn place(&self, (x, y): (u32, u32)) -> (f64, f64) {
        let edge = "const r = e.getBoundingClientRect(); return [r.left, r.top, r.width, r.height]";
        let edge: [f64; 4] = serde_json::from_value(self.page().picture().run(edge).await).unwrap();
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
        self.page().client.perform_actions(mouse).await.unwrap();
    }

    /// Waits until the canvas shows a brightness, within 2, at a place of the image that is whole and not turned.
    async fn sees(&self, what: &str, (x, y): (u32, u32), brightness: u8) {
        let script = "const [[wide, high], [x, y], brightness] = given, s = Math.min(e.width / wide, e.height / high);
            if (!(e.width > 0)) return null;
            const d = e.getContext('2d').getImageData(e.width / 2 + (x - wide / 2) * s, e.height / 2 + (y - high / 2) * s, 1, 1).data;
            return d[3] == 255 && Math.abs(d[0] - brightness) <= 2";
        let what = format!("{what}: brightness {brightness} at {x}, {y}");
        self.page().picture().until(&what, script, json!([SIZE, (x, y), brightness])).await;
    }

    /// Presses a tool of the viewer, in the menu where it has no room in the row.
    async fn tool(&self, name: &str) {
        press_tool(self.page(), name).await;
    }

    /// Types into the pane.
    pub async fn keys(&self, keys: &str) {
        type_into_viewport(self.page(), keys).await;
    }

    /// Waits until so many marks are drawn on the image.
    pub async fn has_annotations(&self, count: usize) {
        let all = "return all('img', '', e).length == given ? true : null";
        self.page().group("Marks on the image").until(&format!("to hold {count}"), all, json!(count)).await;
    }

    /// What the chosen mark measures.
    pub async fn measured(&self) -> String {
        self.page().marked("measured").await
    }
}

/// Presses a tool by its name, in the menu where it has no room in the row.
pub async fn press_tool(page: &Page, name: &str) {
    if !page.button(name).is_there().await {
        page.button("More tools").click().await;
    }
    page.button(name).click().await;
}

/// Types into the pane of the first image.
pub async fn type_into_viewport(page: &Page, keys: &str) {
    page.application("").element().await.send_keys(keys).await.unwrap();
}

#[tokio::test]
async fn dragging_moves_the_window_and_the_values_stay() {
    // The values are the file's own 16 bits; brightness is as in 8.
    let Some(view) = View::start(true).await else { return };
    let page = view.page();
    let window_is = async |words: &str| page.marked_says("window-now", words).await;
    view.sees("first", (160, 100), 180).await;
    window_is("W 65535 L 32768").await;
    // Down by 60 pixels: the middle rises by a fifth of the width; 180 of 255 becomes (180 - 178.5) / 255 + 0.5.
    let (x, y) = view.place((300, 100)).await;
    view.drag((x, y), (x, y + 60.0)).await;
    window_is("W 65535 L 45874").await;
    view.sees("darker", (160, 100), 129).await;
    view.sees("darker", (300, 200), 9).await;
    // The value under the pointer is the file's.
    let over = view.place((160, 100)).await;
    view.drag(over, over).await;
    let said = page.marked("pointer").await;
    assert!(said.starts_with("x 1") && said.ends_with(": 46260"), "{said}");
    // Inverted, then as at first.
    view.tool("Swap black and white").await;
    view.sees("inverted", (160, 100), 126).await;
    view.keys("0").await;
    view.sees("again", (160, 100), 180).await;
    // Keys move it too, and windows have names.
    view.keys("b").await;
    window_is("W 65535 L 29491").await;
    page.combobox("Window: which values are shown from black to white").choose("All values").await;
    // All values: 10 to 180, in 16 bits.
    window_is("W 43690 L 24415").await;
    view.sees("all values", (20, 20), 0).await;
    view.sees("all values", (160, 100), 255).await;
    page.assert_quiet().await;
    view.close().await;
}

#[tokio::test]
async fn known_sizes_and_values_are_measured_and_can_be_undone() {
    let Some(view) = View::start(false).await else { return };
    // The field's diagonal: 120 by 80 pixels.
    view.tool("Measure a distance").await;
    let (from, to) = (view.place(FIELD.0).await, view.place(FIELD.1).await);
    view.drag(from, to).await;
    let said = view.measured().await;
    let length: f64 = said.trim_end_matches(" pixels").parse().expect(&said);
    assert!((length - 120f64.hypot(80.0)).abs() < 2.0, "{said}");
    // It is told to those who do not see it.
    assert_eq!(view.page().image("Distance …").name().await, format!("Distance : {said}"));
    // Inside the field every value is 180. What is drawn begins away from other marks, which would be taken hold of.
    view.tool("Measure inside a rectangle").await;
    view.drag(view.place((210, 70)).await, view.place((110, 130)).await).await;
    view.has_annotations(2).await;
    let said = view.measured().await;
    assert!(said.starts_with("mean 180, SD 0, from 180 to 180, area "), "{said}");
    // Half on the ground, half in the field: mean 120, and a deviation of half the difference.
    view.tool("Measure inside an ellipse").await;
    view.drag(view.place((240, 70)).await, view.place((200, 130)).await).await;
    view.has_annotations(3).await;
    let said = view.measured().await;
    let mean: f64 = said.split(&[' ', ','][..]).nth(1).unwrap().parse().expect(&said);
    assert!((mean - 120.0).abs() < 4.0 && said.contains("SD 6") && said.contains("from 60 to 180"), "{said}");

    // Back, forward, deleted, and back again.
    view.tool("Undo").await;
    view.has_annotations(2).await;
    view.tool("Redo").await;
    view.has_annotations(3).await;
    view.keys("n").await;
    view.page().region("Image").says("Distance").await;
    assert!(view.measured().await.ends_with("pixels"));
    view.keys(&char::from(Key::Delete).to_string()).await;
    view.has_annotations(2).await;
    view.keys(&format!("{}z", char::from(Key::Control))).await;
    view.has_annotations(3).await;
    view.close().await;
}

/// Brightness of the image and of what lies over it at places of the image, in shares of its size, however it is turned: `turns`
/// quarters clockwise after a mirror from left to right.
const SAMPLE: &str = "
    const [wide, high, turns, mirrored] = arguments;
    const [image, over] = ['The image as it was read', 'Heat map: …'].map(name => find([{ role: 'img', name }])[0]);
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
    let Some(view) = View::start(false).await else { return };
    let page = view.page();
    page.overrule(0, CHEST).await;
    page.map_button().click().await;
    page.map_is_drawn().await;
    let sample = async |turns: u32, is_mirrored: bool| -> Vec<f64> {
        let arguments = vec![json!(SIZE.0), json!(SIZE.1), json!(turns), json!(is_mirrored)];
        serde_json::from_value(page.script(SAMPLE, arguments).await).unwrap()
    };
    let differs = |a: &[f64], b: &[f64]| a.iter().zip(b).any(|(a, b)| (a - b).abs() > 12.0);
    let plain = sample(0, false).await;
    // The heat map itself is not symmetric, so that a wrong turn would be seen.
    assert!(differs(&plain, &sample(0, true).await) && differs(&plain, &sample(2, false).await));
    // Mirrored on the screen after a quarter to the right is a mirror before three.
    for (tool, turns, is_mirrored) in [
        ("Turn right by 90°", 1, false),
        ("Mirror left to right", 3, true),
        ("Mirror top to bottom", 3, false),
        ("Turn right by 90°", 0, false),
        ("Mirror left to right", 0, true),
        ("Turn left by 90°", 3, true),
    ] {
        view.tool(tool).await;
        let mut seen = vec![];
        for _ in 0..100 {
            seen = sample(turns, is_mirrored).await;
            if !differs(&plain, &seen) {
                break;
            }
        }
        assert!(!differs(&plain, &seen), "after {tool}:\n{plain:?}\n{seen:?}");
    }
    view.close().await;
}

#[tokio::test]
async fn one_notch_of_the_wheel_is_one_frame() {
    let Some(visit) = Visit::with(DESK, &series(9), 1).await else { return };
    let page = &visit.page;
    let turn = async |deltas: &[i32], mode: u32, is_with_ctrl: bool| {
        let turn = "for (const delta of given[0]) e.dispatchEvent(
            new WheelEvent('wheel', { deltaY: delta, deltaMode: given[1], ctrlKey: given[2], bubbles: true, cancelable: true })); return true";
        page.application("").until("to hear the wheel", turn, json!([deltas, mode, is_with_ctrl])).await;
    };
    page.marked_says("frame-number", "5 / 9").await;
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
        turn(&deltas, mode, false).await;
        page.marked_says("frame-number", words).await;
    }
    let zoom = page.marked("zoom").await;
    turn(&[-100], 0, true).await;
    let is_larger = "return document.querySelector('[data-testid=zoom]').innerText != arguments[0]";
    page.until_with("another zoom", is_larger, vec![json!(zoom)]).await;
    assert_eq!(page.marked("frame-number").await, "2 / 9");
    visit.browser.close().await;
}
