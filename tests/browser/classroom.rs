//! The classroom: a class trains a network in its own tab, sees inside, and takes it with it.

use crate::axe;
use crate::machine::BrowserKind;
use crate::page::Page;
use crate::visit::{DESK, PHONE, Visit};
use lantern::lesson::{Lesson, State};
use lantern::model::{Bundle, DISTRIBUTION, Files, GOLDEN, WEIGHTS};
use serde_json::json;
use std::io::Read;

/// Small enough to be trained in a moment, and easy to learn.
pub const EASY: &str = "/classroom#images=120&contrast=45&noise=3&width=4&epochs=3&depth=2";

/// The room with its images ready.
pub async fn open(path: &str) -> Option<Visit> {
    let visit = Visit::start(DESK, path).await?;
    images_are_ready(&visit.page).await;
    Some(visit)
}

pub async fn images_are_ready(page: &Page) {
    page.region("Images").says("Checked before training").await;
    page.region("Images").button("training 1").wait().await;
}

/// Trains to the end.
pub async fn train(page: &Page, epochs: usize) {
    page.button("Train").click().await;
    let words = if epochs == 1 { "1 epoch in".into() } else { format!("{epochs} epochs in") };
    page.region("Training").status(&format!("{words}…")).wait().await;
}

/// Waits until more steps were taken than these; how many.
async fn steps_beyond(page: &Page, steps: u64) -> u64 {
    let taken = "const line = document.querySelector('#training .waiting span')?.innerText;
        const steps = Number(line?.match(/step (\\d+) of/)?.[1] ?? 0);
        return steps > arguments[0] ? steps : null";
    page.until_with("more steps", taken, vec![json!(steps)]).await.as_u64().unwrap()
}

#[tokio::test]
async fn a_class_trains_tests_and_sees_inside_and_nothing_leaves() {
    let Some(visit) = open(EASY).await else { return };
    let page = &visit.page;
    page.region("Images").says("test at the other hospital").await;
    // The room's files are kept for a visit without a network; any further request would be an image's.
    let kept = "if (!window.caches || !navigator.serviceWorker) return true;
        return caches.match('/classroom.html').then(found => !!found, () => true)";
    page.until("the room to be kept", kept).await;
    let before = visit.companion.requests("");
    train(page, 3).await;
    page.region("Runs").says("Run 1").await;

    // Curves have a table behind them.
    page.region("Training").disclosure("As a table").at(1).open().await;
    page.region("Accuracy").says("run 1, validation").await;
    let csv = page.saved_by("Save as CSV").await;
    assert!(csv.starts_with("\"epoch\",\"run 1, training\"") && csv.lines().count() == 4, "{csv}");
    let svg = page.saved_by("Save as SVG").await;
    assert!(svg.starts_with("<svg") && !svg.contains("currentColor"), "{svg}");
    let png = page.bytes_by("Save as PNG", "image/png").await;
    let png = image::load_from_memory(&png).unwrap().to_rgb8();
    assert!(png.width() == 960 && png.pixels().any(|pixel| pixel.0 == [255; 3]));
    // A line is drawn in its colour.
    assert!(png.pixels().any(|pixel| pixel.0[2] > 150 && pixel.0[0] < 90), "the PNG has no blue line");

    // Arrow keys read the values at a point, also to a screen reader.
    let loss = page.slider("Loss");
    let keys = "for (const key of ['Home', 'ArrowRight']) e.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true })); return true";
    loss.until("to be read", keys, json!(null)).await;
    let read = "return e.getAttribute('aria-valuetext').startsWith('epoch 2: run 1, training 0.') ? e.getAttribute('aria-valuetext') : null";
    let read = loss.until("to tell its values", read, json!(null)).await.as_str().unwrap().to_string();
    let second: Vec<f64> = csv.lines().nth(2).unwrap().split(',').map(|cell| cell.parse().unwrap()).collect();
    for value in &second[1..] {
        assert!(read.contains(&format!("{value:.4}")), "{read} lacks {value}");
    }
    loss.element().await;

    // The test score is told once, and every cell opens its images.
    page.button("End, and tell the test score").click().await;
    page.region("What was held out").says("The other hospital").await;
    let open_one = "[...e.querySelectorAll('.matrix td button')].find(cell => cell.innerText != '0').click(); return true";
    page.region("What was held out").until("to have a cell", open_one, json!(null)).await;
    page.region("What was held out").button("test …").wait().await;

    // Inside, the sum that is spelled out is what the network computed.
    page.button("Look inside with the first image").click().await;
    page.region("See it think").button("convolution 3 x 3 stages.0.0…").click().await;
    page.application("channel 0, row 0, column 0…").click().await;
    let spelled = "const items = [...e.querySelectorAll('.sum li')].map(item => item.innerText); return items.length > 4 ? items : null";
    let told = page.region("See it think").until("to spell the sum out", spelled, json!(null)).await;
    let told: Vec<String> = serde_json::from_value(told).unwrap();
    let last = |words: &str| -> f64 {
        let line = told.iter().find(|line| line.contains(words)).unwrap();
        line.rsplit(' ').next().unwrap().parse().unwrap()
    };
    assert!((last("result") - last("the network computed")).abs() < 2e-4, "{told:?}");
    assert!(told[0].starts_with("9 products"), "{told:?}");

    page.assert_no_violations().await;
    assert_eq!(visit.companion.requests(""), before, "training asked for {:?}", visit.companion.asked());
    visit.browser.close().await;
}

#[tokio::test]
async fn an_address_holds_the_state_and_nothing_beyond_the_limits() {
    let Some(mut visit) = open(EASY).await else { return };
    visit.page.slider("Noise").fill("12").await;
    visit.page.combobox("Optimiser").choose("SGD with").await;
    let hash = "return location.hash.includes('noise=12') && location.hash.includes('optimiser=momentum') && location.hash";
    let hash = visit.page.until("the address to follow", hash).await.as_str().unwrap().to_string();
    visit.again("/").await;
    visit.again(&format!("/classroom{hash}")).await;
    images_are_ready(&visit.page).await;
    assert_eq!(visit.page.slider("Noise").value().await, "12");
    assert_eq!(visit.page.combobox("Optimiser").value().await, "1");

    visit.again("/").await;
    visit
        .again("/classroom#images=1e9&depth=-7&networkShape=8,8,8&noise=<b>&hide=depth,seed,x&lesson=none")
        .await;
    images_are_ready(&visit.page).await;
    assert_eq!(visit.page.slider("Images to learn from").value().await, "4000");
    assert!(!visit.page.slider("Seed").is_there().await);
    visit.page.assert_no_violations().await;
    visit.browser.close().await;
}

/// The page may be busy or hidden: the worker trains on.
#[tokio::test]
async fn training_goes_on_while_the_page_does_nothing_and_pauses_when_told() {
    let Some(visit) = open("/classroom#images=400&width=12&epochs=100&depth=3").await else { return };
    let page = &visit.page;
    page.button("Train").click().await;
    let first = steps_beyond(page, 0).await;
    // As a hidden tab, whose timers hardly run.
    let hold = "const until = performance.now() + 2500; while (performance.now() < until); return true";
    page.script(hold, vec![]).await;
    steps_beyond(page, first + 3).await;
    page.button("Pause").click().await;
    page.button("Go on").wait().await;
    let paused = steps_beyond(page, 0).await;
    page.button("One step").click().await;
    assert_eq!(steps_beyond(page, paused).await, paused + 1);
    page.button("Drop this run").click().await;
    page.region("Training").says("No training yet").await;
    visit.browser.close().await;
}

/// The table of a region as its rows of cells.
async fn rows(part: &crate::part::Locator<'_>) -> Vec<Vec<String>> {
    let read = "return [...e.querySelectorAll('tbody tr')].map(row => [...row.cells].map(cell => cell.innerText.trim()))";
    serde_json::from_value(part.run(read).await).unwrap()
}

#[tokio::test]
async fn a_comparison_has_every_number_of_the_command_line_and_opens_its_images() {
    let Some(visit) = open("/classroom#images=80&contrast=20&noise=10&seed=3").await else { return };
    let page = &visit.page;
    let region = page.region("Four families side by side");
    for family in ["Learners of pixels", "A small network"] {
        region.checkbox(family).click().await;
    }
    region.checkbox("Learning curves too…").click().await;
    page.button("Compare").click().await;
    page.region("Methods").says("eigen/lda").await;
    let table = rows(&page.region("Methods")).await;

    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("lantern-images.zip");
    let saved = page.bytes_by("Save the images as an archive", "application/zip").await;
    std::fs::write(&archive, saved).unwrap();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_lantern"))
        .args([
            "compare",
            "--json",
            "--curves",
            "--seed",
            "3",
            "--side",
            "28",
            "--methods",
            "models",
            "--data",
        ])
        .arg(&archive)
        .output()
        .unwrap();
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let methods = json["methods"].as_array().unwrap();
    assert_eq!(methods.len(), table.len());
    for (row, method) in table.iter().zip(methods) {
        let figures = ["auc", "accuracy", "balanced_accuracy", "f1", "log_loss"].map(|figure| {
            let number = |key: &str| method["figures"][figure][key].as_f64().unwrap();
            format!("{:.3} ({:.3} - {:.3})", number("value"), number("low"), number("high"))
        });
        assert_eq!((row[0].as_str(), &row[1..6]), (method["method"].as_str().unwrap(), &figures[..]));
    }

    // Every two methods.
    region.disclosure("Each pair: which is better?").open().await;
    let pairs = rows(&page.region("Each pair: which is better?")).await;
    let told = json["pairs"].as_array().unwrap();
    assert_eq!(pairs.len(), told.len());
    for (row, pair) in pairs.iter().zip(told) {
        let number = |value: &serde_json::Value| format!("{:.3}", value.as_f64().unwrap());
        let expected = [
            pair["first"].as_str().unwrap().to_string(),
            pair["second"].as_str().unwrap().to_string(),
            number(&pair["first_better"]),
            number(&pair["negligible"]),
            number(&pair["second_better"]),
            number(&pair["mcnemar"]["p"]),
            number(&pair["delong"]["p"]),
        ];
        assert_eq!(row.as_slice(), expected, "{pair}");
    }

    // Plots: the learning curve of the best method is the command line's, and a ROC curve ends where it must.
    region.disclosure("Plots: …").open().await;
    let plot = "const figure = [...e.querySelectorAll('figure')].find(one => one.querySelector('figcaption').innerText == given);
        return figure ? true : null";
    for title in ["True positive rate", "Precision", "Share of the class", "AUC by images learned from"] {
        region.until(title, plot, json!(title)).await;
    }
    let csv = "const figure = [...e.querySelectorAll('figure')].find(one => one.querySelector('figcaption').innerText == given);
        const create = URL.createObjectURL; window.saved = null;
        URL.createObjectURL = blob => { URL.createObjectURL = create; blob.text().then(text => window.saved = text); return create.call(URL, blob); };
        [...figure.querySelectorAll('button')].find(button => button.innerText == 'Save as CSV').click(); return true";
    region.until("to save", csv, json!("AUC by images learned from")).await;
    let saved = page.until("the curve", "return window.saved").await.as_str().unwrap().to_string();
    let mut lines = saved.lines();
    let name = lines.next().unwrap().split(',').nth(1).unwrap().trim_matches('"').to_string();
    let curve =
        json["curves"].as_array().unwrap().iter().find(|curve| curve["method"] == name.as_str()).unwrap();
    let expected: Vec<String> = curve["points"]
        .as_array()
        .unwrap()
        .iter()
        .map(|point| format!("{},{}", point["images"], point["figures"]["auc"]["value"]))
        .collect();
    assert_eq!(lines.collect::<Vec<_>>(), expected);

    let open_one = "[...e.querySelectorAll('.matrix td button')].find(cell => cell.innerText != '0').click(); return true";
    region.until("to have a cell", open_one, json!(null)).await;
    region
        .until("to show its images", "return e.querySelector('.pictures canvas') ? true : null", json!(null))
        .await;
    page.assert_no_violations().await;
    visit.browser.close().await;
}

/// The way out of a long comparison.
#[tokio::test]
async fn a_comparison_tells_how_far_it_is_and_is_cancelled() {
    let Some(visit) = open("/classroom#images=2000&epochs=2").await else { return };
    let page = &visit.page;
    let region = page.region("Four families side by side");
    region.checkbox("Features made by hand").click().await;
    page.button("Compare").click().await;
    let moving = "return e.querySelector('progress')?.value > 0 ? true : null";
    region.until("to be on its way", moving, json!(null)).await;
    region.button("Cancel").click().await;
    images_are_ready(page).await;
    let gone = "return e.querySelector('progress') ? null : true";
    region.until("to end", gone, json!(null)).await;
    train(page, 2).await;
    visit.browser.close().await;
}

/// The bundle that the room saves, checked against its card, known answers and all, as the clinic's page checks it.
async fn bundle_by(page: &Page) -> Bundle {
    let bytes = page.bytes_by("The network as a bundle (zip)", "application/zip").await;
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let mut file = |name: &str| {
        let mut bytes = Vec::new();
        archive.by_name(&format!("classroom/{name}")).unwrap().read_to_end(&mut bytes).unwrap();
        bytes
    };
    let files =
        Files { card: file("card.json"), weights: file(WEIGHTS), golden: file(GOLDEN), distribution: None };
    Bundle::open(files).unwrap()
}

#[tokio::test]
async fn a_run_becomes_a_bundle_that_is_believed() {
    let Some(visit) = open(EASY).await else { return };
    let page = &visit.page;
    train(page, 3).await;
    let bundle = bundle_by(page).await;
    assert_eq!(bundle.card.classes.len(), 2);
    assert!(bundle.card.gate.is_none() && !bundle.card.files.contains_key(DISTRIBUTION));

    let project = page.saved_by("Settings and results as a project file").await;
    let project: serde_json::Value = serde_json::from_str(&project).unwrap();
    assert_eq!(project["runs"][0]["epochs"].as_array().unwrap().len(), 3);
    let state = State::parse(project["state"].as_str().unwrap());
    assert_eq!(state, State::parse(EASY.split_once('#').unwrap().1));
    visit.browser.close().await;
}

#[tokio::test]
async fn a_released_model_is_fine_tuned_tested_and_becomes_a_bundle() {
    let address =
        "/classroom#images=100&contrast=45&noise=4&start=retina-grade&rate=0.001&batch=8&epochs=4&dropout=20";
    let Some(visit) = open(address).await else { return };
    let page = &visit.page;
    // The released model brings its own layers.
    page.region("Settings").disclosure("Network").open().await;
    assert!(!page.combobox("Kind of block").is_there().await);
    assert_eq!(page.combobox("Begin with").value().await, "6");
    let began = std::time::Instant::now();
    page.button("Train").click().await;
    steps_beyond(page, 0).await;
    page.button("Pause").click().await;
    page.button("Go on").wait().await;
    page.button("Go on").click().await;
    page.region("Training").status("4 epochs in…").wait().await;
    println!(
        "100 images, retina-grade: {:.1} s; {}",
        began.elapsed().as_secs_f64(),
        page.region("Runs").text().await
    );
    page.button("End, and tell the test score").click().await;
    page.region("What was held out").says("The other hospital").await;
    page.button("Look inside with the first image").click().await;
    page.region("See it think").says("convolution 1 x 1").await;

    let bundle = bundle_by(page).await;
    let start = bundle.card.provenance.recipe.pointer("/network/start/file");
    assert_eq!((bundle.card.classes.len(), start), (2, Some(&json!("retina-grade"))));
    page.assert_no_violations().await;
    visit.browser.close().await;
}

#[tokio::test]
async fn every_lesson_opens_from_its_link_and_a_step_checks_itself() {
    let Some(mut visit) = Visit::start(DESK, "/classroom#teacher").await else { return };
    visit.page.region("A link of your own").wait().await;
    for lesson in Lesson::ALL {
        visit.again("/").await;
        visit.again(&format!("/classroom#lesson={}", lesson.id())).await;
        images_are_ready(&visit.page).await;
        let steps = format!("0 of {} steps done", lesson.checks().len());
        visit.page.complementary("Lesson").says(&steps).await;
        let right = lantern::messages::page::lesson::words(lesson);
        let (answer, _, why) = right.answers.iter().find(|(_, is_right, _)| *is_right).unwrap();
        let choose = "const label = [...e.querySelectorAll('.question label')].find(l => l.innerText.trim() == given); label.querySelector('input').click(); return true";
        visit.page.complementary("Lesson").until("to offer the answer", choose, json!(answer)).await;
        visit.page.complementary("Lesson").says(why).await;
    }
    visit.page.assert_no_violations().await;

    // The first lesson to its end.
    visit.again("/").await;
    visit.again("/classroom#lesson=pixels").await;
    images_are_ready(&visit.page).await;
    visit.page.slider("Noise").fill("40").await;
    visit.page.slider("Contrast").fill("60").await;
    visit.page.combobox("Size").choose("64").await;
    visit.page.complementary("Lesson").says("3 of 3 steps done").await;
    visit.browser.close().await;
}

#[tokio::test]
async fn axe_finds_nothing_in_the_classroom_and_it_fits_a_phone() {
    let Some(axe) = axe::source() else { return };
    let mut problems = Vec::new();
    for (size, width) in [(DESK, "1280 px"), (PHONE, "390 px")] {
        if size == PHONE && BrowserKind::chosen() != BrowserKind::Chromium {
            // Firefox makes no window as narrow as a phone.
            continue;
        }
        let Some(mut visit) = Visit::start(size, &format!("{EASY}&lesson=convolution")).await else { return };
        images_are_ready(&visit.page).await;
        train(&visit.page, 3).await;
        visit.page.button("Look inside with the first image").click().await;
        visit.page.region("See it think").button("convolution 3 x 3 stages.0.0…").click().await;
        let mut told = axe::problems(&visit.page, &axe).await;
        assert!(visit.page.fits().await, "the room is wider than {width}");
        visit.again("/").await;
        visit.again("/classroom#teacher").await;
        visit.page.region("A link of your own").wait().await;
        told.extend(axe::problems(&visit.page, &axe).await);
        assert!(visit.page.fits().await, "the lessons are wider than {width}");
        problems.extend(told.into_iter().map(|problem| format!("{width}: {problem}")));
        visit.browser.close().await;
    }
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}

/// Not a test of speed, which other programs on the machine would decide: it prints what `docs/classroom.md` states.
#[tokio::test]
async fn a_class_of_two_thousand_images_learns_an_epoch() {
    let Some(visit) = open("/classroom#images=2000&epochs=1").await else { return };
    train(&visit.page, 1).await;
    let line = visit.page.region("Runs").text().await;
    println!(
        "2000 images of 28 x 28, {}: {line}",
        visit.page.region("Training").text().await.lines().last().unwrap()
    );
    visit.browser.close().await;
}
