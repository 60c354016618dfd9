//! The first screen as somebody meets it who has no image at hand. `make test` builds the page first.

#![allow(
    clippy::unwrap_used,
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
#[path = "browser/visit.rs"]
mod visit;

mod support;

use serde_json::json;
use visit::Visit;

const PHONE: (u32, u32) = (390, 844);

/// The lines of the list that say what a model is for and on what it was tried, each with a way to try it.
const LINES: &str =
    "return [...document.querySelectorAll('[data-testid=gallery] li')].filter(e => e.offsetParent
    && e.innerText.includes('Tried on: ') && e.querySelector('[data-testid=try-one]')).length";
/// By how much the page is wider than the screen.
const TOO_WIDE: &str = "return document.documentElement.scrollWidth - window.innerWidth";

#[tokio::test]
async fn who_has_no_image_reads_what_the_models_are_for_and_tries_a_drawing() {
    let Some(mut visit) = Visit::start(PHONE, "/").await else { return };
    visit.page.model_ready().await;
    assert_eq!(visit.page.script(LINES, vec![]).await, json!(7));
    assert!(visit.page.script(TOO_WIDE, vec![]).await.as_i64().unwrap() <= 0);

    // What is clicked, what comes of it, and what the truth says.
    let tries = [
        (
            "[data-testid=try-one][data-model=malaria-cells]",
            "done",
            "a red blood cell with a malaria parasite",
        ),
        ("[data-testid=try-one][data-model=chest-pneumonia]", "done", "a child's chest"),
        ("[data-testid=try-refused]", "refused", "a face"),
        ("[data-testid=try-wrong]", "done", "the model is wrong"),
    ];
    for (button, state, truth) in tries {
        visit.again("/").await;
        visit.page.model_ready().await;
        visit.page.script("document.querySelector(arguments[0]).click()", vec![json!(button)]).await;
        assert_eq!(visit.page.all_done(1).await, [state], "{button}");
        let said = visit.page.text("truth").await;
        assert!(said.starts_with("Drawn here: ") && said.contains(truth), "{said}");
        assert_eq!(visit.page.script("return window.violations", vec![]).await, json!([]));
    }
    visit.browser.close().await;
}
