//! The self-check as somebody meets it on a phone: with a camera, with a file, without a picture.

use crate::axe;
use crate::machine::{BrowserKind, Companion};
use crate::page::{Page, TestFile};
use crate::visit::{CHEST, DESK, Visit, phantom_file};
use image::RgbImage;
use lantern::dataset::gallery::GalleryImage;
use serde_json::json;
use std::io::Write;
use std::path::Path;

/// A small phone, in CSS pixels.
const SMALL: (u32, u32) = (360, 640);
/// Of the fake camera.
const FRAME: (u32, u32) = (640, 480);

/// A drawing of a melanoma through a dermatoscope, as large as the camera's frames.
fn spot() -> RgbImage {
    let drawn = image::load_from_memory(&GalleryImage::Melanoma.draw()).unwrap().to_rgb8();
    image::imageops::resize(&drawn, FRAME.0, FRAME.1, image::imageops::FilterType::CatmullRom)
}

/// A film of one frame for Chromium's fake camera: Y4M, 4:2:0, full range.
fn film(folder: &Path, frame: &RgbImage) -> std::path::PathBuf {
    let (width, height) = frame.dimensions();
    let plane = |step: u32, weights: [f32; 3], zero: f32| -> Vec<u8> {
        let places = (0..height / step).flat_map(|y| (0..width / step).map(move |x| (x * step, y * step)));
        let value = |(x, y)| {
            let sum: f32 = frame.get_pixel(x, y).0.iter().zip(weights).map(|(v, w)| f32::from(*v) * w).sum();
            (sum + zero).clamp(0.0, 255.0) as u8
        };
        places.map(value).collect()
    };
    let path = folder.join("film.y4m");
    let mut file = std::fs::File::create(&path).unwrap();
    writeln!(file, "YUV4MPEG2 W{width} H{height} F10:1 Ip A1:1 C420jpeg").unwrap();
    for _ in 0..3 {
        writeln!(file, "FRAME").unwrap();
        file.write_all(&plane(1, [0.299, 0.587, 0.114], 0.0)).unwrap();
        file.write_all(&plane(2, [-0.169, -0.331, 0.5], 128.0)).unwrap();
        file.write_all(&plane(2, [0.5, -0.419, -0.081], 128.0)).unwrap();
    }
    path
}

/// A visit with a camera that sees this.
async fn seen_by_camera(frame: &RgbImage) -> Option<(Visit, tempfile::TempDir)> {
    if !BrowserKind::Chromium.is_there() {
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let film = film(folder.path(), frame);
    let companion = Companion::start();
    let visit = Visit::with_camera(companion, BrowserKind::Chromium, SMALL, "/self-check", Some(&film)).await;
    Some((visit, folder))
}

/// Waits for a screen, by its heading, which then has the focus.
async fn screen(page: &Page, title: &str) {
    page.heading(title)
        .until("to have the focus", "return e == document.activeElement ? true : null", json!(null))
        .await;
}

/// Gives a file to the only input for files.
async fn give(page: &Page, file: &TestFile) {
    let give = "const data = new DataTransfer();
        data.items.add(new File([new Uint8Array(arguments[1])], arguments[0]));
        const input = document.querySelector('.self-check input[type=file]');
        input.files = data.files;
        input.dispatchEvent(new Event('change', { bubbles: true }));";
    page.script(give, vec![json!(file.name), json!(file.bytes)]).await;
}

/// Up to the photograph, with the lens.
async fn to_the_photo(page: &Page) {
    page.button("A spot on my skin…").click().await;
    screen(page, "A spot on my skin").await;
    page.main("").says("tried on dermatoscopic images of two skin clinics").await;
    page.main("").says("A plain phone photo of skin does not work here").await;
    page.button("I have the lens: take the photo").click().await;
    screen(page, "Take the photo").await;
}

/// Answers all questions of the checklist with this, and chooses no other sign.
async fn reply_to_all(page: &Page, reply: &str) {
    for title in [
        "Has the spot…",
        "Is its shape…",
        "Has it more…",
        "Is it wider…",
        "Is it red…",
        "Does it bleed…",
        "Does it itch…",
    ] {
        screen(page, title).await;
        page.button(reply).click().await;
    }
    screen(page, "Does one of these fit?").await;
    page.button("Next").click().await;
}

fn png(image: &RgbImage) -> Vec<u8> {
    lantern::dataset::phantom::png(image.clone().into())
}

#[tokio::test]
async fn a_photograph_is_guided_taken_checked_and_looked_at_and_the_answers_decide_with_it() {
    let Some((visit, _film)) = seen_by_camera(&spot()).await else { return };
    let page = &visit.page;
    to_the_photo(page).await;
    page.button("Use the camera").click().await;
    page.status("Good.…").wait().await;
    page.button("Take the photo").click().await;
    screen(page, "Is this the right picture?").await;
    page.main("").says("It is sharp and bright enough").await;
    page.button("Use this picture").click().await;
    // Nothing is lost on the way back, the browser's own too.
    screen(page, "Has the spot…").await;
    page.button("Yes").click().await;
    screen(page, "Is its shape…").await;
    page.button("Back").click().await;
    screen(page, "Has the spot…").await;
    assert_eq!(page.button("Yes").attribute("aria-pressed").await, "true");
    page.client.back().await.unwrap();
    screen(page, "Is its shape…").await;
    page.client.back().await.unwrap();
    reply_to_all(page, "No").await;

    page.heading("What to do now").wait().await;
    page.heading("What was seen in the picture").wait().await;
    let said = page.main("").text().await;
    println!("{said}");
    assert!(said.contains("How sure is that?") && said.contains("What it does not mean"), "{said}");
    assert!(!said.contains('%') && !said.contains("0."), "no bare number: {said}");
    assert!(said.contains("0 points") || said.contains("make 0"), "{said}");
    assert!(page.contentinfo("").text().await.starts_with("Not a diagnosis."));
    assert!(page.fits().await);
    page.assert_quiet().await;
    visit.browser.close().await;
}

#[tokio::test]
async fn the_camera_says_what_is_wrong_and_a_bad_photograph_is_not_looked_at() {
    let blurred = image::imageops::blur(&spot(), 10.0);
    let mut dark = spot();
    dark.pixels_mut().for_each(|pixel| pixel.0 = pixel.0.map(|value| value / 5));
    let empty = RgbImage::from_fn(FRAME.0, FRAME.1, |x, y| {
        let grain = ((x * 7919 + y * 104_729) % 9) as u8;
        image::Rgb([200 + grain, 160 + grain, 140 + grain])
    });
    let cases = [(blurred, "Not sharp."), (dark, "Too dark."), (empty, "Nothing stands out")];
    for (frame, words) in cases {
        let Some((visit, _film)) = seen_by_camera(&frame).await else { return };
        let page = &visit.page;
        to_the_photo(page).await;
        page.button("Use the camera").click().await;
        page.status(&format!("{words}…")).wait().await;
        // The shutter stays usable; the check says the same, and does not let the photograph through.
        page.button("Take the photo").click().await;
        screen(page, "This picture will not do").await;
        page.main("").says(words).await;
        assert!(
            !page.button("Use this picture").is_there().await
                && !page.button("Use it all the same").is_there().await
        );
        page.button("Go on with the questions only").click().await;
        reply_to_all(page, "Not sure").await;
        screen(page, "What to do now").await;
        page.main("").says("See a doctor within two weeks.").await;
        page.main("").says("No picture was looked at").await;
        visit.browser.close().await;
    }
}

#[tokio::test]
async fn a_picture_that_a_doctor_gave_is_told_apart_and_danger_comes_first() {
    let Some(visit) = Visit::start(DESK, &format!("/self-check?model={CHEST}")).await else { return };
    let page = &visit.page;
    page.button("A frontal radiograph…").click().await;
    screen(page, "For a frontal radiograph…").await;
    // Danger stands before everything else, and an age that the program is not for gets no picture.
    page.note("").says("Lips or face look blue or grey").await;
    page.button("Yes").click().await;
    screen(page, "Choose the picture").await;
    give(page, &phantom_file("phantom.png")).await;
    screen(page, "…").await;
    page.button("Use …").click().await;
    screen(page, "Does one of these fit?").await;
    page.button("Next").click().await;
    page.heading("The picture got no answer").wait().await;
    let said = page.main("").text().await;
    assert!(said.contains("That says nothing about your health"), "{said}");
    assert!(said.contains("See a doctor if you are worried"), "{said}");
    page.button("Back").click().await;
    screen(page, "Does one of these fit?").await;
    page.checkbox("Lips or face…").click().await;
    page.button("Next").click().await;
    page.main("").says("Call an ambulance now.").await;
    visit.browser.close().await;
}

#[tokio::test]
async fn axe_finds_nothing_on_any_screen_of_the_self_check() {
    let Some(axe) = axe::source() else { return };
    let mut problems = Vec::new();
    for (theme, size) in [("light", SMALL), ("dark", SMALL), ("dark", DESK)] {
        let Some(visit) = Visit::start_in(BrowserKind::Chromium, size, "/self-check").await else { return };
        let page = &visit.page;
        page.script("document.documentElement.dataset.theme = arguments[0]", vec![json!(theme)]).await;
        let check = async |state: &str, problems: &mut Vec<String>| {
            let found = axe::problems(page, &axe).await;
            problems.extend(found.into_iter().map(|problem| format!("{state}, {theme}: {problem}")));
            let headings = page.script("return document.querySelectorAll('h1').length", vec![]).await;
            assert_eq!(headings, json!(1), "{state}");
            assert!(page.fits().await, "{state}, {size:?}");
        };
        page.button("A spot on my skin…").wait().await;
        check("what", &mut problems).await;
        page.button("A spot on my skin…").click().await;
        screen(page, "A spot on my skin").await;
        check("how", &mut problems).await;
        page.button("I have the lens: take the photo").click().await;
        screen(page, "Take the photo").await;
        page.button("Use the camera").click().await;
        page.alert("The camera cannot be used…").wait().await;
        check("no camera", &mut problems).await;
        give(
            page,
            &TestFile {
                name: "dark.png",
                bytes: png(&RgbImage::from_pixel(300, 300, image::Rgb([9, 7, 5]))),
            },
        )
        .await;
        screen(page, "This picture will not do").await;
        check("bad picture", &mut problems).await;
        page.button("Take another one").click().await;
        screen(page, "Take the photo").await;
        give(page, &TestFile { name: "spot.png", bytes: png(&spot()) }).await;
        screen(page, "Is this the right picture?").await;
        page.button("Use this picture").click().await;
        screen(page, "Has the spot…").await;
        check("question", &mut problems).await;
        reply_to_all(page, "Yes").await;
        page.heading("What was seen in the picture").wait().await;
        check("result", &mut problems).await;
        page.main("").says("See a doctor within two weeks.").await;
        visit.browser.close().await;
    }
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}
