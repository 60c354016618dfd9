//! The page in two tabs of one browser: each has its own images, and both keep cases in one history.

use crate::page::{Page, TestFile};
use crate::visit::{CHEST, DESK, Visit, phantom_file};
use lantern::dataset::phantom;

/// Keeps the case with a note; it becomes this number.
async fn keep(page: &Page, note: &str, number: u32) {
    page.textbox("Note").fill(note).await;
    page.button("Save to history").click().await;
    page.status(&format!("Saved as case {number}.")).wait().await;
}

#[tokio::test]
async fn two_tabs_examine_side_by_side_and_keep_their_cases_in_one_history() {
    let Some(mut visit) = Visit::start(DESK, "/").await else { return };
    visit.examine_phantom_again().await;
    visit.settled().await;
    let client = visit.browser.client.clone();
    let first = client.window().await.unwrap();
    let in_first = visit.page.probability().await;
    visit.page.textbox("Note").fill("written in the first tab").await;

    // The second takes the weights from this device, and knows nothing of the first one's images.
    let second = client.new_window(true).await.unwrap().handle;
    client.switch_to_window(second.clone()).await.unwrap();
    visit.again("/").await;
    let page = &visit.page;
    assert!(page.model_ready().await, "the second tab takes the weights from the cache");
    assert_eq!(visit.companion.requests("weights.safetensors"), 1);
    page.region("Open images").wait().await;
    page.drop_files(&[TestFile { name: "other.png", bytes: phantom::chest(8, 512) }]).await;
    page.all_done(1).await;
    page.overrule(0, CHEST).await;
    let in_second = page.probability().await;
    assert_ne!(in_first, in_second, "two drawings have two scores");
    keep(page, "written in the second tab", 1).await;

    // The first has its image, its answer and its words still, and keeps them under a number of their own.
    client.switch_to_window(first).await.unwrap();
    assert_eq!(page.rows().await[0].file, "phantom.png");
    assert_eq!(page.probability().await, in_first);
    assert_eq!(page.textbox("Note").value().await, "written in the first tab");
    keep(page, "kept in the first tab", 2).await;
    page.assert_no_violations().await;
    page.link("History").click().await;
    page.list("Cases").listitem("Case 2: …").says("kept in the first tab").await;
    page.list("Cases").listitem("Case 1: …").says("written in the second tab").await;

    // What one deletes is gone for the other, which says so.
    page.link("Case 1: …").click().await;
    page.button("Delete case 1").click().await;
    page.button("Delete it").click().await;
    page.status("Case 1 is deleted. …").wait().await;
    client.switch_to_window(second).await.unwrap();
    page.finding().link("case 1").click().await;
    page.main("").says("The history holds no case 1").await;
    visit.browser.close().await;
}

#[tokio::test]
async fn two_tabs_that_examine_at_the_same_time_are_both_through() {
    let Some(mut visit) = Visit::start(DESK, "/").await else { return };
    visit.page.model_ready().await;
    visit.settled().await;
    let client = visit.browser.client.clone();
    let first = client.window().await.unwrap();
    let files: Vec<TestFile> = (0..6).map(|_| phantom_file("phantom.png")).collect();
    visit.page.drop_files(&files).await;
    let second = client.new_window(true).await.unwrap().handle;
    client.switch_to_window(second).await.unwrap();
    visit.again("/").await;
    visit.page.model_ready().await;
    visit.page.drop_files(&files).await;
    assert_eq!(visit.page.all_done(6).await, ["refused"; 6]);
    client.switch_to_window(first).await.unwrap();
    assert_eq!(visit.page.all_done(6).await, ["refused"; 6]);
    visit.page.assert_quiet().await;
    visit.browser.close().await;
}
