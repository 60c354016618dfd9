//! A worker that dies takes nothing with it: the page says what happened, and what comes next is examined.

use crate::films::{clip, series};
use crate::machine::BrowserKind;
use crate::page::{Page, TestFile};
use crate::visit::{CHEST, DESK, Visit, phantom_file};
use serde_json::json;

/// Replaces `Worker` by one that crashes on the next message that contains a given word: it dispatches an error event and never replies
/// again. Runs before the page's own scripts.
const MORTAL: &str = "
    const Immortal = window.Worker;
    window.Worker = class extends Immortal {
        constructor(address, options) { super(address, options); this.address = String(address); }
        postMessage(message, transfer) {
            super.postMessage(message, transfer);
            const { address, word } = window.fatal ?? {};
            if (!address || !this.address.includes(address) || !String(message[0]).includes(word)) return;
            window.fatal = null;
            this.terminate();
            setTimeout(() => this.dispatchEvent(new ErrorEvent('error', { message: 'it died' })));
        }
    };
";

/// The worker that computes dies when it is to examine; the reader of files when it is to unpack, or to give a frame.
const EXAMINING: (&str, &str) = ("compute", "\"examine\"");
const UNPACKING: (&str, &str) = ("reader", "\"unpack\"");
const SHOWING: (&str, &str) = ("reader", "\"frame\"");

/// The next such message is a worker's last.
async fn dies_of(page: &Page, (address, word): (&str, &str)) {
    page.script(
        "window.fatal = { address: arguments[0], word: arguments[1] }",
        vec![json!(address), json!(word)],
    )
    .await;
}

/// Waits until a worker has died of it.
async fn has_died(page: &Page) {
    page.until("the end of a worker", "return window.fatal === null").await;
}

async fn visit_with_mortal_workers() -> Option<Visit> {
    // Only Chromium's driver lets a script run before those of the page.
    let mut visit = Visit::start_in(BrowserKind::Chromium, DESK, "/history").await?;
    visit.page.run_first(MORTAL);
    visit.again("/").await;
    visit.page.model_ready().await;
    visit.settled().await;
    Some(visit)
}

#[tokio::test]
async fn an_image_that_kills_the_worker_fails_alone() {
    let Some(visit) = visit_with_mortal_workers().await else { return };
    let page = &visit.page;
    dies_of(page, EXAMINING).await;
    page.drop_files(&[phantom_file("deadly.png"), phantom_file("next.png")]).await;
    assert_eq!(page.all_done(2).await, ["failed", "refused"]);
    has_died(page).await;
    page.pick(0).await;
    page.finding().alert("This file could not be examined…").says("stopped unexpectedly").await;
    // What it was is tried again when a reader asks, and the worker that took over asked nobody for anything.
    page.finding().button("Try again").click().await;
    assert_eq!(page.all_done(2).await, ["refused", "refused"]);
    page.overrule(1, CHEST).await;
    page.assert_quiet().await;
    visit.browser.close().await;
}

#[tokio::test]
async fn a_frame_that_kills_the_worker_is_left_out_and_the_others_are_examined() {
    // Enough that some are left when the examination is stopped.
    const FRAMES: u16 = 40;
    let Some(visit) = visit_with_mortal_workers().await else { return };
    let page = &visit.page;
    page.drop_files(&[clip(FRAMES)]).await;
    page.all_done(1).await;
    page.overrule(0, CHEST).await;
    page.button("Stop").click().await;
    page.button("Examine the other frames").wait().await;
    dies_of(page, EXAMINING).await;
    page.button("Examine the other frames").click().await;
    has_died(page).await;
    page.navigation("Images").button("Stop").wait_until_gone().await;
    // Every frame was tried, and the curve says of one that it could not be examined.
    let told = format!("{} of {FRAMES} examined, 1 could not be", FRAMES - 1);
    page.rows_until("all frames", |rows| rows[0].brief.contains(&told)).await;
    let curve = page.slider("Score of each frame");
    let mut failed = 0;
    for frame in 0..FRAMES {
        page.slider("Frame").fill(&frame.to_string()).await;
        curve
            .until(
                "to follow",
                "return e.ariaValueNow == given ? true : null",
                json!((frame + 1).to_string()),
            )
            .await;
        failed += usize::from(curve.attribute("aria-valuetext").await.contains("stopped unexpectedly"));
    }
    assert_eq!(failed, 1);
    visit.browser.close().await;
}

#[tokio::test]
async fn a_worker_that_keeps_dying_is_given_up_until_a_reader_tries_again() {
    let Some(visit) = visit_with_mortal_workers().await else { return };
    let page = &visit.page;
    for (count, name) in [(1, "first.png"), (2, "second.png"), (3, "third.png")] {
        dies_of(page, EXAMINING).await;
        page.drop_files(&[phantom_file(name)]).await;
        has_died(page).await;
        assert_eq!(page.all_done(count).await, vec!["failed"; count]);
        if count < 3 {
            page.says_ready().await;
        }
    }
    page.alert("The model cannot be used…").says("stopped unexpectedly").await;
    page.navigation("Images").button("Try again").click().await;
    page.says_ready().await;
    page.drop_files(&[phantom_file("fourth.png")]).await;
    assert_eq!(page.all_done(4).await, ["failed", "failed", "failed", "refused"]);
    page.assert_no_violations().await;
    visit.browser.close().await;
}

#[tokio::test]
async fn a_file_that_kills_the_reader_of_files_fails_alone_and_what_lay_open_is_opened_again() {
    let Some(visit) = visit_with_mortal_workers().await else { return };
    let page = &visit.page;
    dies_of(page, UNPACKING).await;
    let archive = TestFile { name: "deadly.zip", bytes: b"PK\x03\x04, and then nothing".to_vec() };
    page.drop_files(&[archive]).await;
    assert_eq!(page.all_done(1).await, ["failed"]);
    has_died(page).await;
    page.finding().alert("This file could not be examined…").says("stopped at this file").await;

    page.drop_files(&series(5)).await;
    page.all_done(2).await;
    page.pick(1).await;
    page.marked_says("frame-number", "3 / 5").await;
    dies_of(page, SHOWING).await;
    page.slider("Frame").fill("0").await;
    has_died(page).await;
    page.region("Image").says("It cannot be shown").await;
    page.pick(0).await;
    page.pick(1).await;
    page.marked_says("frame-number", "1 / 5").await;
    page.assert_quiet().await;
    visit.browser.close().await;
}
