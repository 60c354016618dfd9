//! Where a class's own images come from: the camera, and collections of the companion.

use crate::classroom::{open, train};
use crate::machine::{BrowserKind, Companion};
use crate::page::Page;
use crate::visit::{DESK, Visit};
use lantern::dataset::phantom;
use serde_json::json;
use std::fs;

const OWN: &str = "/classroom#images=40&width=4&depth=2&epochs=2&source=own";

/// Opens the room for own images; nothing is ready there yet.
async fn own() -> Option<Visit> {
    if BrowserKind::chosen() != BrowserKind::Chromium {
        // Only there a test can allow and forbid the camera.
        return None;
    }
    let visit = Visit::start(DESK, OWN).await?;
    visit.page.disclosure("Take images with the camera").open().await;
    Some(visit)
}

/// Waits for images of a class. Whether some look alike, which the room would say, is not asked.
async fn are_there(page: &Page, class: &str) {
    page.region("Images").says(class).await;
    page.region("Images").button("training 1").wait().await;
}

/// Waits until an alert says so; another one says that no files were chosen yet.
async fn alerted(page: &Page, words: &str) {
    let says = "return [...document.querySelectorAll('[role=alert]')].some(e => e.innerText.includes(arguments[0])) ? true : null";
    page.until_with(words, says, vec![json!(words)]).await;
}

#[tokio::test]
async fn the_camera_takes_images_of_classes_and_they_are_learned() {
    let Some(visit) = own().await else { return };
    let page = &visit.page;
    page.permit("camera", "granted");
    page.button("Switch the camera on").click().await;
    let runs = "const video = document.querySelector('video'); return video.videoWidth > 0 ? true : null";
    page.until("the camera to run", runs).await;
    for (class, name) in ["class 1", "class 2"].into_iter().zip(["left", "right"]) {
        page.textbox("Class").at(usize::from(class == "class 2")).fill(name).await;
        for images in ["10 images", "20 images"] {
            page.button(&format!("Take 10 images for {name}")).click().await;
            let taken = "return [...document.querySelectorAll('.camera-images fieldset')].some(e =>
                e.querySelector('legend').textContent == arguments[0] && e.querySelector('[role=status]').innerText == arguments[1]) ? true : null";
            page.until_with(images, taken, vec![json!(name), json!(images)]).await;
        }
    }
    // They show what the camera sees.
    let seen = "const picture = document.querySelector('.camera-images canvas'), pixels = picture.getContext('2d').getImageData(0, 0, picture.width, picture.height).data;
        return pixels.some((value, at) => at % 4 == 1 && value > 60) && pixels[3] == 255 ? true : null";
    page.until("pictures of the camera", seen).await;
    page.button("Use these images").click().await;
    are_there(page, "left").await;
    train(page, 2).await;
    page.button("Switch the camera off").click().await;
    let ended = "return document.querySelector('video').srcObject.getTracks().every(track => track.readyState == 'ended') ? true : null";
    page.until("the camera to be given back", ended).await;
    page.assert_no_violations().await;
    assert_eq!(visit.companion.requests("POST"), 0);
    visit.browser.close().await;
}

#[tokio::test]
async fn a_camera_that_is_forbidden_or_not_there_is_said_plainly() {
    let Some(visit) = own().await else { return };
    let page = &visit.page;
    page.permit("camera", "denied");
    page.button("Switch the camera on").click().await;
    alerted(page, "was not allowed to this page").await;
    for (error, words) in [("NotFoundError", "No camera was found"), ("NotReadableError", "another program")]
    {
        let fail =
            "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', arguments[0]))";
        page.script(fail, vec![json!(error)]).await;
        page.button("Switch the camera on").click().await;
        alerted(page, words).await;
    }
    let hide = "Object.defineProperty(navigator, 'mediaDevices', { value: undefined })";
    page.script(hide, vec![]).await;
    page.button("Switch the camera on").click().await;
    alerted(page, "without https").await;
    visit.browser.close().await;
}

#[tokio::test]
async fn a_collection_of_the_companion_is_listed_fetched_and_learned() {
    if !BrowserKind::chosen().is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for (class, seed) in [("bright", 0u64), ("dark", 100)] {
        let class = folder.path().join("chests of two kinds").join(class);
        fs::create_dir_all(&class).unwrap();
        for number in 0..20 {
            fs::write(class.join(format!("{number}.png")), phantom::chest(seed + number, 64)).unwrap();
        }
    }
    {
        let companion = Companion::with_collections(folder.path());
        let visit = Visit::at(companion, BrowserKind::chosen(), DESK, OWN).await;
        let page = &visit.page;
        page.button("Collections of the companion").click().await;
        page.list("Collections of the companion").button("chests of two kinds …").click().await;
        are_there(page, "bright").await;
        train(page, 2).await;
        page.assert_no_violations().await;
        visit.browser.close().await;
    }

    let Some(visit) = open("/classroom#images=40").await else { return };
    visit.page.combobox("Images from").choose("own files").await;
    visit.page.button("Collections of the companion").click().await;
    visit.page.status("The companion serves no collections…").wait().await;
    visit.browser.close().await;
}
