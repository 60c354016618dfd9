//! What the page says of its purpose and its privacy, and that it is true: the policy, the requests, what is kept, and that it can be erased.

use crate::machine::BrowserKind;
use crate::visit::{PHONE, Visit};
use serde_json::json;

#[tokio::test]
async fn purpose_and_privacy_can_be_checked_and_what_is_kept_is_erased() {
    let Some(mut visit) = Visit::start(PHONE, "/").await else { return };
    visit.page.model_ready().await;
    // A private window has no service worker, and perhaps no caches.
    let is_private = BrowserKind::chosen() == BrowserKind::FirefoxPrivate;
    if !is_private {
        // The cache of the page is filled by then.
        visit.page.until("the service worker", "return navigator.serviceWorker.ready.then(() => true)").await;
    }
    visit.page.link("Purpose and privacy").click().await;
    visit.page.heading("Purpose and privacy").wait().await;
    visit.page.main("").says("not a medical device").await;
    visit.again("/about").await;
    let page = &visit.page;
    page.heading("Purpose and privacy").wait().await;

    page.button("Ask the server for the policy in force").click().await;
    let policy = page.marked("policy").await;
    assert!(policy.lines().any(|line| line == "connect-src 'self'"), "{policy}");
    let requests = page.main("").text().await;
    assert!(requests.contains("0 requests to anybody else"), "{requests}");

    assert!(page.fits().await);
    page.assert_no_violations().await;
    if is_private {
        visit.browser.close().await;
        return;
    }
    page.main("").says("lantern-page-").await;
    page.main("").says("lantern-weights").await;
    // What something holds open is not erased, and the page says so.
    let open = "return new Promise(done => { const open = indexedDB.open('held');
        open.onsuccess = () => { window.held = open.result; done(true) } })";
    page.until("an open database", open).await;
    page.button("Erase all of it").click().await;
    page.button("Erase it for good").click().await;
    page.alert("Not everything was erased…").wait().await;
    page.script("held.close()", vec![]).await;
    page.button("Erase all of it").click().await;
    page.button("Erase it for good").click().await;
    page.main("").says("Nothing is kept in this browser.").await;
    let left = page
        .script("return caches.keys().then(async names => [names.length, localStorage.length, (await navigator.serviceWorker.getRegistrations()).length])", vec![])
        .await;
    assert_eq!(left, json!([0, 0, 0]));
    visit.browser.close().await;
}
