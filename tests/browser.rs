//! The product as its users meet it: the real binary, the built page, a real Chromium. `make test` builds the page first.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "in a test a failed expectation is the report"
)]
#![allow(dead_code, reason = "the other users of browser/ need the rest of it")]
#![cfg(not(target_arch = "wasm32"))]

#[path = "browser/machine.rs"]
mod machine;
#[path = "browser/page.rs"]
mod page;
#[path = "browser/visit.rs"]
mod visit;

mod support;

use fantoccini::Locator;
use lantern::dataset::phantom;
use page::Dropped;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;
use visit::{DESK, Visit, data, file, phantom_file};

const PHONE: (u32, u32) = (390, 844);

/// Real radiographs: two test films, and two full-size originals as a clinic would upload them.
fn radiographs() -> Option<Vec<Dropped>> {
    let set = data("chest-pneumonia.zip")?;
    let originals = file("chest-originals.zip")?;
    let film = |label: usize| {
        let sample = set.samples.iter().find(|s| s.split == "test" && s.label == label).unwrap();
        set.bytes(sample).unwrap()
    };
    let mut zip = zip::ZipArchive::new(std::fs::File::open(originals).unwrap()).unwrap();
    let names = zip.file_names().filter_map(Result::ok).map(|name| name.into_owned());
    let names: Vec<String> =
        names.filter(|name| name.contains("/fullsize/") && name.ends_with("jpeg")).collect();
    let mut original = |class: &str| {
        let name = names.iter().filter(|name| name.contains(class)).min().unwrap();
        let mut bytes = Vec::new();
        std::io::copy(&mut zip.by_name(name).unwrap(), &mut bytes).unwrap();
        bytes
    };
    Some(vec![
        Dropped { name: "film-a.jpg", bytes: film(0) },
        Dropped { name: "film-b", bytes: film(1) },
        Dropped { name: "original-a.jpeg", bytes: original("NORMAL") },
        Dropped { name: "original-b.jpeg", bytes: original("PNEUMONIA") },
    ])
}

/// What the command line says of the same bytes.
fn native_probability(bytes: &[u8]) -> f64 {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("image");
    std::fs::write(&file, bytes).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_lantern"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["examine", "--json", "--overrule", "--model", "chest-pneumonia"])
        .arg(&file)
        .output()
        .unwrap();
    let line: Value = serde_json::from_slice(&output.stdout).unwrap();
    let findings = line["findings"].as_array().unwrap();
    findings.iter().find(|f| f["label"] == "pneumonia").unwrap()["probability"].as_f64().unwrap()
}

#[tokio::test]
async fn a_dropped_image_gets_the_finding_of_the_command_line_and_nothing_leaves() {
    let Some(visit) = Visit::start(DESK, "/").await else { return };
    let (page, companion) = (&visit.page, &visit.companion);
    page.model_ready().await;
    visit.settled().await;
    let before = (
        companion.requests(""),
        page.script("return performance.getEntriesByType('resource').length", vec![]).await,
    );

    let mut files = vec![phantom_file("phantom.png")];
    files.extend(radiographs().unwrap_or_default());
    page.drop_files(&files).await;
    let states = page.all_done(files.len()).await;
    assert!(states[0] == "refused" && states[1..].iter().all(|state| state == "done"), "{states:?}");
    assert!(page.text("refusal").await.contains("No model here knows this kind of picture"));
    page.overrule(0, "chest-pneumonia").await;

    for (index, file) in files.iter().enumerate() {
        page.pick(index).await;
        if index > 0 {
            page.say_age("Not known").await;
            assert!(page.text("concerns").await.contains("age is not known"));
        }
        let (ours, native) = (page.probability().await, native_probability(&file.bytes));
        println!("{}: browser {ours:.6}, command line {native:.6}", file.name);
        assert!((ours - native).abs() <= 0.002, "{}: {ours} and {native}", file.name);
        let painted = "const c = document.querySelector('[data-testid=heat-map]'), p = document.querySelector('[data-testid=preview]');
            return c.width > 0 && c.width == p.width && p.getContext('2d').getImageData(0, 0, p.width, p.height).data.some((v, i) => i % 4 < 3 && v > 20)";
        // The next picture of the screen shows it.
        page.until(&format!("the drawing of {}", file.name), painted).await;
    }

    page.assert_quiet().await;
    let after = (
        companion.requests(""),
        page.script("return performance.getEntriesByType('resource').length", vec![]).await,
    );
    assert_eq!(before, after, "a request was made after the image was opened");
    let long = page.script("return window.longTasks", vec![]).await;
    println!("main-thread tasks over 50 ms while {} images were examined: {long}", files.len());
    assert_eq!(long, json!([]), "the page did not stay responsive");
    assert!(page.find("not-a-diagnosis").await.is_displayed().await.unwrap());
    visit.browser.close().await;
}

#[tokio::test]
async fn several_threads_and_one_give_the_same_finding() {
    let Some(mut visit) = Visit::start(DESK, "/").await else { return };
    let threads = "return Number(document.querySelector('[data-testid=model-ready]').dataset.threads)";
    let mut found = Vec::new();
    for path in ["/", "/?threads=1"] {
        visit.again(path).await;
        visit.page.model_ready().await;
        visit.page.drop_files(&[phantom_file("phantom.png")]).await;
        assert_eq!(visit.page.all_done(1).await, ["refused"]);
        visit.page.overrule(0, "chest-pneumonia").await;
        found.push((visit.page.script(threads, vec![]).await, visit.page.probability().await));
    }
    let [(several, together), (one, alone)] = &found[..] else { unreachable!() };
    println!("{several} threads: {together}, {one} thread: {alone}");
    // The page takes as many as the machine has, eight at most.
    let cores = visit.page.script("return Math.min(8, navigator.hardwareConcurrency)", vec![]).await;
    assert_eq!((several, one), (&cores, &json!(1)));
    assert!((together - alone).abs() < 1e-5);
    visit.browser.close().await;
}

#[tokio::test]
async fn a_reader_chooses_another_model_and_is_told_which_one_answered() {
    let Some(mut visit) = Visit::start(DESK, "/").await else { return };
    visit.page.model_ready().await;
    visit.page.drop_files(&[phantom_file("phantom.png")]).await;
    assert_eq!(visit.page.all_done(1).await, ["refused"]);
    visit.page.overrule(0, "chest-pneumonia").await;
    assert_eq!(visit.page.text("requests").await, "0");
    let choose = "const c = document.querySelector('[data-testid=model-choice]');
        c.value = arguments[0]; c.dispatchEvent(new Event('change', { bubbles: true }))";
    let page = &visit.page;
    page.script(choose, vec![json!("malaria-cells")]).await;
    page.until(
        "the other model",
        "return document.querySelector('[data-testid=model-ready]')?.innerText.includes('Malaria') ?? null",
    )
    .await;
    // The limits stay those of the model that answered.
    assert!(page.text("limits").await.contains("Pneumonia"));
    // Its files were fetched while an image was open: that is shown.
    assert_ne!(page.text("requests").await, "0");
    assert_eq!(page.script("return window.violations", vec![]).await, json!([]));

    // The choice lasts, and an address can make it too.
    for (path, model) in [("/", "malaria-cells"), ("/?model=chest-pneumonia", "chest-pneumonia")] {
        visit.again(path).await;
        visit.page.model_ready().await;
        let chosen = "return document.querySelector('[data-testid=model-choice]').value";
        assert_eq!(visit.page.script(chosen, vec![]).await, json!(model));
    }
    visit.again("/?model=none").await;
    let said = visit.page.text("model-problem").await;
    assert!(said.contains("this site has no model named none"), "{said}");
    visit.browser.close().await;
}

#[tokio::test]
async fn every_model_passes_its_known_answers_here_and_answers_in_its_own_way() {
    let index = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("models/index.json")).unwrap();
    let index: Value = serde_json::from_slice(&index).unwrap();
    let Some(mut visit) = Visit::start(DESK, "/").await else { return };
    for model in index["models"].as_array().unwrap() {
        let id = model["id"].as_str().unwrap();
        visit.again(&format!("/?model={id}")).await;
        visit.page.model_ready().await;
        visit.page.drop_files(&[phantom_file("phantom.png")]).await;
        assert_eq!(visit.page.all_done(1).await, ["refused"], "{id}");
        visit.page.overrule(0, id).await;
        let said = visit.page.text("finding").await;
        assert_eq!(said, "A score without a verdict", "{id}");
        let times = "return document.querySelector('[data-testid=evidence]').textContent.match(/on this device.*network/)[0]";
        println!("{id}: {}", visit.page.script(times, vec![]).await);
        let outlined = "return document.querySelector('[data-testid=outlined]') !== null";
        assert_eq!(visit.page.script(outlined, vec![]).await, json!(id == "breast-ultrasound"), "{id}");
    }
    assert_eq!(visit.page.script("return window.violations", vec![]).await, json!([]));
    visit.browser.close().await;
}

#[tokio::test]
async fn a_reader_moves_the_operating_point_and_asks_why() {
    let Some(mut films) = radiographs() else { return };
    let Some(visit) = Visit::start(DESK, "/").await else { return };
    let page = &visit.page;
    page.model_ready().await;
    page.drop_files(&[films.remove(0)]).await;
    page.all_done(1).await;
    page.say_age("Yes").await;
    // Above the answer it is not suspected, below it is; what is known of the threshold follows, and it can be put back.
    let slide = "const s = document.querySelector('[data-testid=threshold]');
        s.value = arguments[0]; s.dispatchEvent(new Event('input', { bubbles: true }))";
    let p = page.probability().await;
    let (before, measured) = (page.text("verdict").await, page.text("sensitivity").await);
    let mut said = Vec::new();
    for threshold in [1, 99] {
        page.script(slide, vec![json!(threshold)]).await;
        said.push((page.text("verdict").await, page.text("sensitivity").await, page.text("ppv").await));
    }
    println!("at {p}: {said:?}");
    // At 0.01 the band of doubt reaches to 0.03; an answer below it, or above that of 0.99, keeps its verdict.
    assert!((0.0..=1.0).contains(&p), "{p}");
    assert!(said[0].0.contains("is suspected") == (p >= 0.03), "{said:?}");
    assert!(said[1].0.contains("is suspected") == (p >= 0.997), "{said:?}");
    assert!(said[0].1 != said[1].1 && said[0].2 != said[1].2, "{said:?}");
    page.click("threshold-reset").await;
    assert_eq!((page.text("verdict").await, page.text("sensitivity").await), (before, measured));

    let pixels = "const c = document.querySelector('[data-testid=heat-map]');
        return Array.from(c.getContext('2d').getImageData(0, 0, c.width, c.height).data).reduce((a, v, i) => (a * 31 + v) % 1000003, 7)";
    let choose = "const s = document.querySelector('[data-testid=' + arguments[0] + ']');
        s.value = arguments[1]; s.dispatchEvent(new Event('change', { bubbles: true }))";
    // What is drawn comes with the next picture of the screen; none may look like one before.
    let new = |seen: &[Value]| {
        format!("const now = (() => {{ {pixels} }})(); return {}.includes(now) ? null : now", json!(seen))
    };
    let blank = "const c = document.querySelector('[data-testid=heat-map]');
        return c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some(v => v > 0)";
    // Nothing lies over the film before somebody asks.
    let is_off = "return document.querySelector('[data-testid=heat-map]').classList.contains('hidden') &&
        !document.querySelector('[data-testid=method]') && !document.querySelector('[data-testid=opacity]')";
    assert_eq!(page.script(is_off, vec![]).await, json!(true));
    page.client
        .find(Locator::XPath("//button[text()='Show what it looked at']"))
        .await
        .unwrap()
        .click()
        .await
        .unwrap();
    page.until("the first picture over the image", blank).await;
    let mut seen = vec![page.script(pixels, vec![]).await];
    for (select, value, caption) in [
        ("method", "occlusion", "Occlusion"),
        ("method", "gradients", "Integrated"),
        ("about", "0", "Integrated"),
    ] {
        page.script(choose, vec![json!(select), json!(value)]).await;
        let over = format!(
            "return document.querySelector('[data-testid=explaining]').innerText == '' &&
             document.querySelector('[data-testid=caption]').innerText.includes('{caption}')"
        );
        page.until("the explanation", &over).await;
        seen.push(page.until("another picture over the image", &new(&seen)).await);
    }
    // Off again: the film lies bare, and what belongs to the map is gone.
    page.client
        .find(Locator::XPath("//button[text()='Show what it looked at']"))
        .await
        .unwrap()
        .click()
        .await
        .unwrap();
    page.until("the bare film", is_off).await;
    page.assert_quiet().await;
    visit.browser.close().await;
}

#[tokio::test]
async fn an_image_of_another_kind_is_sent_to_its_model() {
    let Some(films) = radiographs() else { return };
    let Some(mut visit) = Visit::start(DESK, "/?model=malaria-cells").await else { return };
    let film = || Dropped { name: "film.jpg", bytes: films[0].bytes.clone() };
    visit.page.model_ready().await;
    visit.page.drop_files(&[film()]).await;
    assert_eq!(visit.page.all_done(1).await, ["refused"]);
    visit.page.pick(0).await;
    let said = visit.page.text("refusal").await;
    assert!(said.contains("looks like a frontal radiograph of a child's chest"), "{said}");
    visit.page.click("examine-elsewhere").await;
    visit
        .page
        .until(
            "the other model's answer",
            "return document.querySelector('[data-testid=queue-item]').dataset.state == 'done'",
        )
        .await;

    // Left to the images, it goes there by itself.
    visit.again("/?model=auto").await;
    visit.page.model_ready().await;
    visit.page.drop_files(&[film(), phantom_file("phantom.png")]).await;
    assert_eq!(visit.page.all_done(2).await, ["done", "refused"]);
    visit.browser.close().await;
}

#[tokio::test]
async fn bad_files_say_why_and_stop_nothing() {
    let Some(visit) = Visit::start(DESK, "/").await else { return };
    let page = &visit.page;
    let good = phantom::chest(7, 512);
    let files = [
        Dropped { name: "empty.png", bytes: vec![] },
        Dropped { name: "letter.png", bytes: b"Dear reader".to_vec() },
        Dropped { name: "cut.png", bytes: good[..good.len() / 3].to_vec() },
        Dropped { name: "blank.png", bytes: phantom::png(image::DynamicImage::new_luma8(300, 300)) },
        Dropped { name: "good", bytes: good },
    ];
    // Dropped before the model is ready: they wait for it.
    page.drop_files(&files).await;
    assert_eq!(page.all_done(5).await, ["failed", "failed", "failed", "refused", "refused"]);
    for (index, words) in [(0, "empty"), (1, "Export the image as PNG"), (2, "damaged")] {
        page.pick(index).await;
        let said = page.text("problem").await;
        assert!(said.contains(words), "{said}");
    }
    page.pick(3).await;
    assert!(page.text("refusal").await.contains("blank"));
    page.overrule(4, "chest-pneumonia").await;
    page.probability().await;
    visit.browser.close().await;
}

#[tokio::test]
async fn a_run_can_be_cancelled_and_the_next_still_runs() {
    let Some(visit) = Visit::start(DESK, "/").await else { return };
    let (page, companion) = (&visit.page, &visit.companion);
    page.model_ready().await;
    visit.settled().await;
    let before = companion.requests("");
    // Large enough to be caught in the act.
    let large = phantom::png(phantom::asymmetric(9000, 9000));
    page.drop_files(&[Dropped { name: "large.png", bytes: large }, phantom_file("next.png")]).await;
    let caught = "const item = document.querySelector('[data-testid=queue-item][data-state=working]');
        item?.querySelector('[data-testid=cancel]').click(); return item ? true : null";
    page.until("the large image in work", caught).await;
    assert_eq!(page.all_done(2).await, ["cancelled", "refused"]);
    page.overrule(1, "chest-pneumonia").await;
    page.probability().await;
    // The worker that took over came from caches alone.
    page.assert_quiet().await;
    assert_eq!(companion.requests(""), before);
    visit.browser.close().await;
}

#[tokio::test]
async fn the_second_visit_downloads_no_weights_and_works_without_a_network() {
    let Some(mut visit) = Visit::start(DESK, "/").await else { return };
    assert!(!visit.page.model_ready().await, "the first visit has nothing in its cache");
    visit.settled().await;
    assert_eq!(visit.companion.requests("weights.safetensors"), 1);

    visit.again("/").await;
    assert!(visit.page.model_ready().await, "the second visit takes the weights from the cache");
    assert_eq!(visit.companion.requests("weights.safetensors"), 1);

    visit.companion.stop();
    visit.again("/").await;
    assert!(visit.page.model_ready().await);
    visit.page.drop_files(&[phantom_file("offline.png")]).await;
    assert_eq!(visit.page.all_done(1).await, ["refused"]);
    visit.page.overrule(0, "chest-pneumonia").await;
    visit.page.assert_quiet().await;
    visit.browser.close().await;
}

#[tokio::test]
async fn damaged_cached_weights_are_fetched_anew() {
    let Some(mut visit) = Visit::start(DESK, "/").await else { return };
    visit.page.model_ready().await;
    let spoil = "const done = arguments[arguments.length - 1];
        caches.open('lantern-weights-v1').then(async cache => {
            const weights = (await cache.keys()).filter(request => request.url.includes('?sha256='));
            for (const request of weights) await cache.put(request, new Response('spoilt'));
            done(weights.length);
        });";
    // Weights and known answers, the extractor, and what is known of every model's images.
    let models = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("models/index.json")).unwrap();
    let models = serde_json::from_slice::<Value>(&models).unwrap()["models"].as_array().unwrap().len();
    assert_eq!(visit.browser.client.execute_async(spoil, vec![]).await.unwrap(), json!(3 + models));
    visit.again("/").await;
    assert!(!visit.page.model_ready().await, "spoilt weights were believed");
    visit.browser.close().await;
}

#[tokio::test]
async fn a_case_is_saved_and_found_again() {
    let Some(mut visit) = Visit::start(DESK, "/history").await else { return };
    assert!(visit.page.text("no-cases").await.contains("No case has been kept yet"));

    visit.again("/").await;
    let page = &visit.page;
    page.drop_files(&[phantom_file("phantom.png")]).await;
    page.all_done(1).await;
    page.overrule(0, "chest-pneumonia").await;
    page.find("note").await.send_keys("seen by day <b>& night</b>").await.unwrap();
    page.click("save-case").await;
    page.until(
        "the confirmation",
        "return document.querySelector('[data-testid=saved][data-done=true]') ? true : null",
    )
    .await;
    page.client.find(Locator::LinkText("History")).await.unwrap().click().await.unwrap();
    let item = page.text("history-item").await;
    assert!(item.contains("seen by day <b>& night</b>") && item.contains("chest-pneumonia"), "{item}");
    visit.browser.close().await;
}

#[tokio::test]
async fn a_phone_shows_everything_without_scrolling_sideways() {
    let Some(mut films) = radiographs() else { return };
    let Some(visit) = Visit::start(PHONE, "/self-check").await else { return };
    let page = &visit.page;
    let fits = "return document.documentElement.scrollWidth <= window.innerWidth && window.innerWidth == 390";
    page.model_ready().await;
    assert_eq!(page.script(fits, vec![]).await, json!(true));
    page.drop_files(&[phantom_file("phantom.png"), films.remove(0)]).await;
    page.all_done(2).await;
    // A refusal, which nobody overrules here; the question for the age; an answer.
    page.pick(0).await;
    assert!(page.text("refusal").await.contains("No model here knows"));
    assert_eq!(
        page.script("return document.querySelector('[data-testid=overrule]') === null", vec![]).await,
        json!(true)
    );
    assert_eq!(page.script(fits, vec![]).await, json!(true));
    page.pick(1).await;
    page.find("age-question").await;
    assert_eq!(page.script(fits, vec![]).await, json!(true));
    page.say_age("Yes").await;
    page.probability().await;
    assert_eq!(page.script(fits, vec![]).await, json!(true));
    let in_sight =
        "const r = document.querySelector('[data-testid=not-a-diagnosis]').getBoundingClientRect();
        return r.top >= 0 && r.bottom <= window.innerHeight && r.width > 0";
    for place in ["0", "document.documentElement.scrollHeight"] {
        page.script(&format!("window.scrollTo(0, {place})"), vec![]).await;
        assert_eq!(
            page.script(in_sight, vec![]).await,
            json!(true),
            "not a diagnosis is out of sight at {place}"
        );
    }
    visit.browser.close().await;
}

/// What a first visit loads before it can compute, but for the weights, compressed as the companion sends it to every browser of
/// today (docs/decisions/0016-size-of-the-page.md). The reader of files comes after it.
#[test]
fn page_and_worker_are_small_to_load() {
    let dist = Path::new(env!("CARGO_MANIFEST_DIR")).join("dist");
    let sizes: Vec<(String, u64)> = std::fs::read_dir(&dist)
        .expect("the page is built first: trunk build")
        .flatten()
        .filter(|entry| entry.path().extension().is_some_and(|extension| extension == "br"))
        .map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.metadata().unwrap().len()))
        .collect();
    for (worker, other) in [("worker", "threaded"), ("threaded", "worker")] {
        let loaded = sizes.iter().filter(|(name, _)| !name.starts_with(other) && !name.starts_with("reader"));
        let total: u64 = loaded.map(|(_, size)| size).sum();
        println!("with {worker}: {total} bytes");
        assert!((1..=960_000).contains(&total), "with {worker}: {total} bytes of {sizes:?}");
    }
}
