//! That the page starts: in Firefox too, in a private window, without a network, over plain http. `make test` builds the page first.

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
#[path = "browser/visit.rs"]
mod visit;

use machine::{Companion, Maker};
use page::Page;
use serde_json::json;
use visit::{DESK, Visit};

/// What the page says it lacks.
const MISSING: &str = "What is missing here";
/// As many threads as the page takes.
const THREADS: &str = "return Math.min(8, navigator.hardwareConcurrency)";
const CONTROLLED: &str = "return Boolean(navigator.serviceWorker.controller)";
/// Starts one more worker, as the page does when an examination is cancelled; whether it starts.
const TAKES_OVER: &str = "return new Promise(told => {
    const worker = new Worker(document.querySelector('meta[name=lantern-worker]').content, { type: 'module' });
    worker.onmessage = event => event.data == 'awake' && told(true);
    worker.onerror = () => told(false);
    setTimeout(told, 20000, false);
})";

/// It is ready, with all threads, and lacks nothing.
async fn is_whole(page: &Page) {
    page.says_ready().await;
    let threads =
        page.script("return document.querySelector('[data-threads]').dataset.threads", vec![]).await;
    assert_eq!(threads.as_str().unwrap(), page.script(THREADS, vec![]).await.to_string());
    assert_eq!(page.note(MISSING).await, None);
    assert_eq!(page.script("return window.violations", vec![]).await, json!([]));
}

async fn starts_again_and_without_a_network(maker: Maker) {
    let Some(mut visit) = Visit::start_in(maker, DESK, "/").await else { return };
    is_whole(&visit.page).await;
    visit.settled().await;

    visit.again("/").await;
    is_whole(&visit.page).await;
    assert_eq!(visit.page.script(CONTROLLED, vec![]).await, json!(true));

    visit.companion.stop();
    visit.again("/history").await;
    visit.again("/").await;
    is_whole(&visit.page).await;
    assert_eq!(visit.page.script(TAKES_OVER, vec![]).await, json!(true));
    visit.browser.close().await;
}

#[tokio::test]
async fn a_first_and_a_second_visit_start_in_firefox() {
    starts_again_and_without_a_network(Maker::Firefox).await;
}

#[tokio::test]
async fn a_first_and_a_second_visit_start_in_chromium() {
    starts_again_and_without_a_network(Maker::Chromium).await;
}

#[tokio::test]
async fn a_first_visit_goes_on_without_a_network() {
    for maker in [Maker::Chromium, Maker::Firefox] {
        let Some(mut visit) = Visit::start_in(maker, DESK, "/").await else { continue };
        is_whole(&visit.page).await;
        visit.settled().await;
        // The page that was open before it could be kept: what it still asks for comes from this device all the same.
        visit.companion.stop();
        assert_eq!(visit.page.script(TAKES_OVER, vec![]).await, json!(true), "{maker:?}");
        visit.browser.close().await;
    }
}

#[tokio::test]
async fn a_private_window_of_firefox_starts() {
    let Some(visit) = Visit::start_in(Maker::FirefoxPrivate, DESK, "/").await else { return };
    is_whole(&visit.page).await;
    visit.browser.close().await;
}

#[tokio::test]
async fn over_plain_http_one_thread_computes_and_the_page_says_what_is_missing() {
    for maker in [Maker::Chromium, Maker::Firefox] {
        if !maker.is_there() {
            continue;
        }
        let Some(companion) = Companion::start_for_others() else { return };
        let visit = Visit::at(companion, maker, DESK, "/").await;
        let page = &visit.page;
        assert_eq!(page.script("return window.isSecureContext", vec![]).await, json!(false));
        page.says_ready().await;
        let threads = "return document.querySelector('[data-threads]').dataset.threads";
        assert_eq!(page.script(threads, vec![]).await, json!("1"), "{maker:?}");
        let said = page.note(MISSING).await.unwrap();
        assert!(
            said.contains("http") && said.contains("one thread") && said.contains("without a network"),
            "{said}"
        );
        assert_eq!(page.script("return window.violations", vec![]).await, json!([]));
        visit.browser.close().await;
    }
}
