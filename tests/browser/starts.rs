//! That the page starts: in Firefox too, in a private window, without a network, over plain http.

use crate::machine::{BrowserKind, Companion};
use crate::one_bundle::copy;
use crate::page::Page;
use crate::visit::{DESK, Visit};
use serde_json::json;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

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

async fn starts_again_and_without_a_network(maker: BrowserKind) {
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
    starts_again_and_without_a_network(BrowserKind::Firefox).await;
}

#[tokio::test]
async fn a_first_and_a_second_visit_start_in_chromium() {
    starts_again_and_without_a_network(BrowserKind::Chromium).await;
}

#[tokio::test]
async fn a_first_visit_goes_on_without_a_network() {
    for maker in [BrowserKind::Chromium, BrowserKind::Firefox] {
        let Some(mut visit) = Visit::start_in(maker, DESK, "/").await else { continue };
        is_whole(&visit.page).await;
        visit.settled().await;
        // The page that was open before it could be kept: what it still asks for comes from this device all the same.
        visit.companion.stop();
        assert_eq!(visit.page.script(TAKES_OVER, vec![]).await, json!(true), "{maker:?}");
        visit.browser.close().await;
    }
}

/// Another build in the place of the page that is served: every file named by its content has another name, and the old ones are gone.
fn update(site: &Path) {
    let is_hash = |part: &str| part.len() == 16 && part.bytes().all(|byte| byte.is_ascii_hexdigit());
    let turned = |hash: &str| hash.chars().rev().collect::<String>();
    let files: Vec<PathBuf> = std::fs::read_dir(site).unwrap().map(|entry| entry.unwrap().path()).collect();
    let name = |file: &Path| file.file_name().unwrap().to_str().unwrap().to_string();
    let hash = |file: &Path| name(file).split(['-', '.']).find(|part| is_hash(part)).map(String::from);
    let hashes: BTreeSet<String> = files.iter().filter_map(|file| hash(file)).collect();
    assert!(hashes.len() > 10, "{hashes:?}");
    let renamed = |text: String| hashes.iter().fold(text, |text, hash| text.replace(hash, &turned(hash)));
    for file in files.iter().filter(|file| file.is_file()) {
        let ending = name(file).rsplit('.').next().unwrap().to_string();
        match &*ending {
            // Of a text the copies made smaller would still have the old names in it.
            "br" | "gz" if !name(file).contains(".wasm.") => std::fs::remove_file(file).unwrap(),
            "js" | "css" | "html" | "webmanifest" => {
                let text = renamed(std::fs::read_to_string(file).unwrap())
                    .replace("const VERSION = \"", "const VERSION = \"next");
                std::fs::remove_file(file).unwrap();
                std::fs::write(site.join(renamed(name(file))), text).unwrap();
            }
            _ => std::fs::rename(file, site.join(renamed(name(file)))).unwrap(),
        }
    }
}

/// Whether the service worker that is active keeps the build that is served now.
const KEEPS_THE_NEW: &str = "return (async () => {
    const own = await navigator.serviceWorker.getRegistration();
    await own.update();
    const names = await caches.keys();
    return own.active?.state == 'activated' && !own.installing && !own.waiting
        && names.some(name => name.startsWith('lantern-page-next'));
})()";

#[tokio::test]
async fn an_updated_page_starts_although_the_old_service_worker_is_active() {
    for maker in [BrowserKind::Chromium, BrowserKind::Firefox] {
        if !maker.is_there() {
            continue;
        }
        let folder = tempfile::tempdir().unwrap();
        let site = folder.path().join("site");
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("dist"), &site, &|_| true);
        let mut visit = Visit::at(Companion::with_site(&site), maker, DESK, "/").await;
        is_whole(&visit.page).await;
        visit.settled().await;
        visit.again("/").await;
        is_whole(&visit.page).await;

        update(&site);
        visit.again("/").await;
        is_whole(&visit.page).await;
        // The page that is open while the new service worker comes starts workers as before.
        visit.page.until("the new service worker", KEEPS_THE_NEW).await;
        assert_eq!(visit.page.script(TAKES_OVER, vec![]).await, json!(true), "{maker:?}");
        visit.again("/").await;
        is_whole(&visit.page).await;

        visit.companion.stop();
        visit.again("/").await;
        is_whole(&visit.page).await;
        visit.browser.close().await;
    }
}

#[tokio::test]
async fn a_private_window_of_firefox_starts() {
    let Some(visit) = Visit::start_in(BrowserKind::FirefoxPrivate, DESK, "/").await else { return };
    is_whole(&visit.page).await;
    visit.browser.close().await;
}

#[tokio::test]
async fn over_plain_http_one_thread_computes_and_the_page_says_what_is_missing() {
    for maker in [BrowserKind::Chromium, BrowserKind::Firefox] {
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
        // The reasons, and that the history is closed.
        let why = page.disclosure("Why, and what still works").disclosed().await;
        for words in ["share their memory", "service worker", "No history", "Take a photo", "--lan"] {
            assert!(why.contains(words), "{why}");
        }
        page.link("History").click().await;
        page.main("").says("Without https the history is open only on this computer itself").await;
        page.assert_no_violations().await;
        visit.browser.close().await;
    }
}
