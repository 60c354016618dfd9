//! An image is dropped and examined: the answer is the command line's, bad files stop nothing, and nothing leaves.

use crate::films::radiographs;
use crate::machine::BrowserKind;
use crate::page::{Page, TestFile};
use crate::visit::{CHEST, DESK, PHONE, Visit, native_probability, phantom_file};
use lantern::dataset::phantom;
use serde_json::json;
use std::path::Path;

/// How many requests the page made, by its own count, the browser's and the companion's.
async fn requests(visit: &Visit) -> (usize, serde_json::Value) {
    let counted = "return performance.getEntriesByType('resource').length";
    (visit.companion.requests(""), visit.page.script(counted, vec![]).await)
}

/// Waits until everything that the page loads by itself was asked for, the worker that opens files last: only then a further request is
/// an image's.
async fn all_is_loaded(visit: &Visit) {
    visit.page.model_ready().await;
    visit.settled().await;
    let last = "const worker = document.querySelector('meta[name=lantern-reader]').content;
        return performance.getEntriesByType('resource').some(e => e.name.endsWith(worker))";
    visit.page.until("the worker that opens files", last).await;
}

/// Waits until the image is drawn, and what may lie over it is as large.
async fn is_painted(page: &Page) {
    let painted = "return e.width > 1 && e.getContext('2d').getImageData(0, 0, e.width, e.height).data.some((v, i) => i % 4 < 3 && v > 20)";
    page.picture().until("to be drawn", painted, json!(null)).await;
}

#[tokio::test]
async fn a_dropped_image_gets_the_finding_of_the_command_line_and_nothing_leaves() {
    let Some(visit) = Visit::start(DESK, "/").await else { return };
    let page = &visit.page;
    all_is_loaded(&visit).await;
    let before = requests(&visit).await;

    let mut files = vec![phantom_file("phantom.png")];
    files.extend(radiographs().unwrap_or_default());
    page.drop_files(&files).await;
    let states = page.all_done(files.len()).await;
    assert!(states[0] == "refused" && states[1..].iter().all(|state| state == "done"), "{states:?}");
    assert!(page.finding().text().await.contains("No model here knows this kind of picture"));
    page.overrule(0, CHEST).await;

    for (index, file) in files.iter().enumerate() {
        page.pick(index).await;
        if index > 0 {
            page.reply("Not known").await;
            page.list("Before you read the score").says("age is not known").await;
        }
        let (ours, native) = (page.probability().await, native_probability(&file.bytes));
        println!("{}: browser {ours:.6}, command line {native:.6}", file.name);
        assert!((ours - native).abs() <= 0.002, "{}: {ours} and {native}", file.name);
        is_painted(page).await;
    }

    page.assert_quiet().await;
    let after = requests(&visit).await;
    let asked = visit.companion.asked();
    assert_eq!(before, after, "requested after the image was opened: {:?}", asked.get(before.0..));
    page.print_long_tasks(&format!("{} images were examined", files.len())).await;
    assert!(page.contentinfo("").text().await.starts_with("Not a diagnosis."));
    visit.browser.close().await;
}

#[tokio::test]
async fn several_threads_and_one_give_the_same_finding() {
    let Some(mut visit) = Visit::start(DESK, "/").await else { return };
    let mut found = Vec::new();
    for path in ["/", "/?threads=1"] {
        visit.again(path).await;
        visit.page.model_ready().await;
        let threads = visit.page.threads().await;
        visit.examine_phantom_again().await;
        found.push((threads, visit.page.probability().await));
    }
    let [(several, together), (one, alone)] = found[..] else { unreachable!() };
    println!("{several} threads: {together}, {one} thread: {alone}");
    // The page takes as many as the machine has, eight at most.
    let cores = visit.page.script("return Math.min(8, navigator.hardwareConcurrency)", vec![]).await;
    assert_eq!((json!(several), one), (cores, 1));
    assert!((together - alone).abs() < 1e-5);
    visit.browser.close().await;
}

#[tokio::test]
async fn bad_files_say_why_and_stop_nothing() {
    let Some(visit) = Visit::start(DESK, "/").await else { return };
    let page = &visit.page;
    let good = phantom::chest(7, 512);
    let files = [
        TestFile { name: "empty.png", bytes: vec![] },
        TestFile { name: "letter.png", bytes: b"Dear reader".to_vec() },
        TestFile { name: "cut.png", bytes: good[..good.len() / 3].to_vec() },
        TestFile { name: "blank.png", bytes: phantom::png(image::DynamicImage::new_luma8(300, 300)) },
        TestFile { name: "good", bytes: good },
    ];
    // These files come before the model is ready and wait for it.
    page.region("Open images").wait().await;
    page.drop_files(&files).await;
    assert_eq!(page.all_done(5).await, ["failed", "failed", "failed", "refused", "refused"]);
    for (index, words) in [(0, "empty"), (1, "file is text"), (2, "damaged")] {
        page.pick(index).await;
        page.finding().alert("This file could not be examined…").says(words).await;
    }
    page.pick(3).await;
    page.finding().says("blank").await;
    page.overrule(4, CHEST).await;
    page.probability().await;
    visit.browser.close().await;
}

#[tokio::test]
async fn a_run_can_be_cancelled_and_the_next_still_runs() {
    // Firefox counts the script of a worker that is started anew as a request, although the service worker answers it.
    let Some(visit) = Visit::start_in(BrowserKind::Chromium, DESK, "/").await else { return };
    let (page, companion) = (&visit.page, &visit.companion);
    all_is_loaded(&visit).await;
    let before = companion.requests("");
    // Large enough to be caught in the act.
    let large = phantom::png(phantom::asymmetric(9000, 9000));
    page.drop_files(&[TestFile { name: "large.png", bytes: large }, phantom_file("next.png")]).await;
    page.rows_until("the large image in work", |rows| rows.first().is_some_and(|row| row.state == "working"))
        .await;
    page.navigation("Images").listitem("large.png…").button("Cancel").click().await;
    assert_eq!(page.all_done(2).await, ["cancelled", "refused"]);
    page.overrule(1, CHEST).await;
    page.probability().await;
    // The worker that took over came from caches alone.
    page.assert_quiet().await;
    assert_eq!(companion.requests(""), before);
    visit.browser.close().await;
}

#[tokio::test]
async fn a_phone_shows_everything_without_scrolling_sideways() {
    let Some(mut films) = radiographs() else { return };
    // Firefox makes no window as narrow as a phone.
    let Some(visit) = Visit::start_in(BrowserKind::Chromium, PHONE, "/").await else { return };
    let page = &visit.page;
    page.model_ready().await;
    assert_eq!(page.script("return window.innerWidth", vec![]).await, json!(PHONE.0));
    assert!(page.fits().await);
    page.drop_files(&[phantom_file("phantom.png"), films.remove(0)]).await;
    page.all_done(2).await;
    // A refusal; the question for the age; an answer.
    page.pick(0).await;
    page.finding().says("No model here knows").await;
    assert!(page.fits().await);
    page.pick(1).await;
    page.group("Is this a child…").wait().await;
    assert!(page.fits().await);
    page.reply("Yes").await;
    page.probability().await;
    assert!(page.fits().await);
    let in_sight = "const r = e.getBoundingClientRect(); return r.top >= 0 && r.bottom <= window.innerHeight && r.width > 0";
    for place in ["0", "document.documentElement.scrollHeight"] {
        page.script(&format!("window.scrollTo(0, {place})"), vec![]).await;
        let footer = page.contentinfo("");
        assert!(footer.text().await.starts_with("Not a diagnosis."));
        assert_eq!(footer.run(in_sight).await, json!(true), "not a diagnosis is out of sight at {place}");
    }
    visit.browser.close().await;
}

/// What a first visit loads before it can compute, but for the weights, compressed as the companion sends it to every browser of
/// today (docs/decisions/0016-size-of-the-page.md). The reader of files comes after it.
#[test]
fn page_and_worker_are_small_to_load() {
    let dist = Path::new(env!("CARGO_MANIFEST_DIR")).join("dist");
    let sizes: Vec<(String, u64)> = std::fs::read_dir(&dist)
        .expect("the page is built first: make page")
        .flatten()
        .filter(|entry| entry.path().extension().is_some_and(|extension| extension == "br"))
        .map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.metadata().unwrap().len()))
        .collect();
    for (worker, other) in [("worker", "threaded"), ("threaded", "worker")] {
        // The classroom is another page.
        let is_later = |name: &str| name.starts_with("reader") || name.starts_with("classroom");
        let loaded = sizes.iter().filter(|(name, _)| !name.starts_with(other) && !is_later(name));
        let total: u64 = loaded.map(|(_, size)| size).sum();
        println!("with {worker}: {total} bytes");
        assert!((1..=1_193_000).contains(&total), "with {worker}: {total} bytes of {sizes:?}");
    }
}
