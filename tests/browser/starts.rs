//! That the page starts: in Firefox too, in a private window, without a network, over plain http.

use crate::machine::{Companion, Maker};
use crate::page::Page;
use crate::visit::{DESK, Visit};
use serde_json::json;

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
    assert_eq!(json!(page.threads().await), page.script(THREADS, vec![]).await);
    assert!(!page.note(MISSING).is_there().await);
    page.assert_no_violations().await;
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
        assert_eq!(page.threads().await, 1, "{maker:?}");
        let said = page.note(MISSING).text().await;
        assert!(
            said.contains("http") && said.contains("one thread") && said.contains("without a network"),
            "{said}"
        );
        page.assert_no_violations().await;
        visit.browser.close().await;
    }
}
