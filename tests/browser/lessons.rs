//! Lessons in which something is tried on images, to their ends.

use crate::classroom::{images_are_ready, train};
use crate::page::Page;
use crate::visit::{DESK, Visit};
use serde_json::json;

/// Opens a lesson.
async fn lesson(id: &str) -> Option<Visit> {
    let visit = Visit::start(DESK, &format!("/classroom#lesson={id}")).await?;
    images_are_ready(&visit.page).await;
    Some(visit)
}

/// How many of the lesson's steps are ticked off.
async fn steps(page: &Page) -> usize {
    let count = "return [...e.querySelectorAll('.steps li.done')].length";
    page.complementary("Lesson").run(count).await.as_u64().unwrap() as usize
}

/// Presses a button until so many steps are ticked off.
async fn until_steps(page: &Page, wanted: usize, region: &str, button: &str) {
    for _ in 0..40 {
        if steps(page).await >= wanted {
            return;
        }
        page.region(region).button(button).click().await;
        tokio::time::sleep(std::time::Duration::from_millis(250)).await;
    }
    panic!("only {} of {wanted} steps are done", steps(page).await);
}

#[tokio::test]
async fn an_image_is_read_as_numbers_and_prepared_until_the_answer_turns() {
    let Some(visit) = lesson("preprocessing").await else { return };
    let (page, lesson) = (&visit.page, visit.page.complementary("Lesson"));
    let part = page.region("From pixels to input");
    part.application("As it is stored: row 0, column 0: stored …").click().await;
    lesson.says("1 of 6 steps done").await;
    page.slider("Black from").fill("90").await;
    page.slider("White from").fill("170").await;
    lesson.says("2 of 6 steps done").await;
    page.combobox("Pixels a side").choose("7").await;
    lesson.says("3 of 6 steps done").await;
    part.button("As usual").click().await;
    part.says("Train a network to see").await;
    train(page, 8).await;
    part.says("Prepared as usual").await;
    part.checkbox("Take out mean…").click().await;
    until_steps(page, 6, "From pixels to input", "Another image").await;
    lesson.says("6 of 6 steps done").await;
    page.assert_no_violations().await;
    visit.browser.close().await;
}

#[tokio::test]
async fn noise_against_the_network_fools_it_and_random_noise_does_not() {
    let Some(visit) = lesson("adversarial").await else { return };
    let (page, lesson) = (&visit.page, visit.page.complementary("Lesson"));
    let part = page.region("Noise against the network");
    part.says("Train a network first").await;
    train(page, 8).await;
    page.slider("Size of the change").fill("6").await;
    // The image, either noise, and the image with it.
    let five = "return e.querySelectorAll('.five canvas').length == 5 ? true : null";
    part.until("to show five pictures", five, json!(null)).await;
    part.button("Ask about all images").click().await;
    part.says(" of 75").await;
    until_steps(page, 4, "Noise against the network", "Another image").await;
    page.combobox("Augmentation").choose("strong").await;
    train(page, 8).await;
    lesson.says("5 of 5 steps done").await;
    page.assert_no_violations().await;
    visit.browser.close().await;
}
