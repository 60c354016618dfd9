//! The clinician's workspace as its users meet it: batches, several models, earlier images. `make test` builds the page first.

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

mod support;

use lantern::dataset::phantom;
use page::Dropped;
use serde_json::{Value, json};
use visit::{DESK, Visit, data, phantom_file};

/// What the list shows, one line an image.
const LISTED: &str = "return [...document.querySelectorAll('[data-testid=queue-item]')].map(e => [...e.querySelectorAll('.file, .brief')].map(s => s.textContent).join(' '))";
/// Chooses in a select box, or types, as a reader would.
const CHOOSE: &str = "const s = document.querySelector('[data-testid=' + arguments[0] + ']');
    s.value = arguments[1]; s.dispatchEvent(new Event('change', { bubbles: true })); s.dispatchEvent(new Event('input', { bubbles: true }))";
/// Chooses the option that begins with a text.
const PICK: &str = "const s = document.querySelector('[data-testid=' + arguments[0] + ']');
    s.value = [...s.options].find(o => o.text.startsWith(arguments[1])).value; s.dispatchEvent(new Event('change', { bubbles: true }))";

/// Whether a map lies over the image.
const MAP_IS_DRAWN: &str = "const c = document.querySelector('[data-testid=heat-map]');
    return c && !c.classList.contains('hidden') && c.width > 1 &&
        c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some(v => v > 0) ? true : null";

fn lines(listed: &Value) -> Vec<String> {
    listed.as_array().unwrap().iter().map(|line| line.as_str().unwrap().to_string()).collect()
}

#[tokio::test]
async fn a_batch_is_paused_sorted_and_sifted_and_bad_files_stop_nothing() {
    let Some(set) = data("malaria-cells.zip") else { return };
    let Some(visit) = Visit::start(DESK, "/?model=malaria-cells").await else { return };
    let page = &visit.page;
    page.model_ready().await;
    let mut files: Vec<Dropped> = set
        .samples
        .iter()
        .filter(|sample| sample.split == "train")
        .step_by(300)
        .take(40)
        .enumerate()
        .map(|(i, sample)| Dropped {
            name: format!("cell {}.jpg", i + 1).leak(),
            bytes: set.bytes(sample).unwrap(),
        })
        .collect();
    let cut = files[0].bytes.len() / 2;
    files.insert(3, Dropped { name: "cut.jpg", bytes: files[0].bytes[..cut].to_vec() });
    files.insert(7, Dropped { name: "letter.doc", bytes: b"Dear reader".to_vec() });
    let count = files.len();
    page.drop_files(&files).await;

    // Paused while some wait: nothing more is begun, and then it goes on.
    let pause = "const p = document.querySelector('[data-testid=pause]'); if (!p || p.classList.contains('hidden')) return null;
        if (!document.querySelector('[data-state=done]')) return null; p.click(); return true";
    page.until("the first answer", pause).await;
    page.until("the pause", "return document.querySelector('[data-state=working]') ? null : true").await;
    let waiting = "return document.querySelectorAll('[data-state=waiting]').length";
    let left = page.script(waiting, vec![]).await.as_u64().unwrap();
    assert!(left > 0 && page.text("batch").await.starts_with("Paused"), "{left} left");
    tokio::time::sleep(std::time::Duration::from_millis(400)).await;
    assert_eq!(page.script(waiting, vec![]).await, json!(left), "the batch went on while it was paused");
    page.click("pause").await;
    let states = page.all_done(count).await;
    assert_eq!(states.iter().filter(|state| *state == "failed").count(), 2, "{states:?}");
    assert_eq!(page.text("batch").await, format!("All {count} are through"));

    // Most probable first: the numbers go down.
    page.script(PICK, vec![json!("order"), json!("Most probable")]).await;
    let listed = lines(&page.script(LISTED, vec![]).await);
    let numbers: Vec<f64> = listed
        .iter()
        .filter_map(|line| {
            line.split(' ').find_map(|w| w.parse().ok().filter(|v: &f64| w.contains('.') && *v <= 1.0))
        })
        .collect();
    println!("{listed:?}");
    assert!(numbers.len() > 30 && numbers.windows(2).all(|pair| pair[0] >= pair[1]), "{numbers:?}");
    // By name, as people count.
    page.script(PICK, vec![json!("order"), json!("By name")]).await;
    let listed = lines(&page.script(LISTED, vec![]).await);
    let place = |name: &str| listed.iter().position(|line| line.starts_with(name)).unwrap();
    assert!(place("cell 2.jpg") < place("cell 10.jpg"), "{listed:?}");
    // Only what failed, with the reason; then by a part of the name.
    page.script(PICK, vec![json!("only"), json!("Could not")]).await;
    let listed = lines(&page.script(LISTED, vec![]).await);
    assert_eq!(listed.len(), 2, "{listed:?}");
    page.pick(1).await;
    assert!(
        page.text("problem").await.contains("letter.doc")
            || page.text("problem").await.contains("not an image")
    );
    page.script(CHOOSE, vec![json!("only"), json!("")]).await;
    page.script(CHOOSE, vec![json!("named"), json!("CELL 11")]).await;
    assert_eq!(lines(&page.script(LISTED, vec![]).await).len(), 1);
    page.assert_quiet().await;

    // A map lies over an image only where it was asked for, and stays there.
    page.script(CHOOSE, vec![json!("named"), json!("")]).await;
    page.script(PICK, vec![json!("order"), json!("As they came")]).await;
    page.pick(0).await;
    let bare = "return document.querySelector('[data-testid=heat-map]')?.classList.contains('hidden') &&
        document.querySelector('[data-testid=show-map]')?.ariaPressed == 'false' ? true : null";
    page.until("the bare image", bare).await;
    page.script("document.querySelector('[data-testid=show-map]').click()", vec![]).await;
    page.until("the map of the first image", MAP_IS_DRAWN).await;
    page.pick(1).await;
    page.pick(2).await;
    page.until("the bare image", bare).await;
    page.pick(0).await;
    page.until("the map of the first image again", MAP_IS_DRAWN).await;
    visit.browser.close().await;
}

#[tokio::test]
async fn several_models_are_asked_about_one_image() {
    let Some(visit) = Visit::start(DESK, "/?model=chest-pneumonia").await else { return };
    let page = &visit.page;
    page.model_ready().await;
    page.drop_files(&[phantom_file("phantom.png")]).await;
    page.all_done(1).await;
    page.overrule(0, "chest-pneumonia").await;
    let p = page.probability().await;
    page.script("document.querySelector('[data-testid=others]').open = true", vec![]).await;
    page.script(CHOOSE, vec![json!("other-model"), json!("brain-mri")]).await;
    page.script("document.querySelector('[data-testid=ask-other]').click()", vec![]).await;
    page.until("the other model's answer", "return document.querySelector('[data-testid=other-answer]')?.innerText.includes('refused') ? true : null").await;
    // The first answer stays in front; the other one comes there when it is asked for, and goes again.
    assert_eq!(page.probability().await, p);
    let said = page.text("other-answer").await;
    assert!(said.contains("brain MRI"), "{said}");
    page.script("document.querySelector('[data-testid=other-answer] button').click()", vec![]).await;
    page.until("the refusal", "return document.querySelector('[data-testid=refusal]') ? true : null").await;
    assert!(page.text("other-answer").await.contains("Pneumonia"));
    page.script("document.querySelector('[data-testid=other-answer] button').click()", vec![]).await;
    page.until(
        "the first answer",
        "return document.querySelector('[data-testid=probability]') ? true : null",
    )
    .await;
    assert_eq!(page.probability().await, p);
    assert!(page.text("other-answer").await.contains("refused"));
    visit.browser.close().await;
}

#[tokio::test]
async fn an_earlier_case_of_the_same_patient_is_compared() {
    let Some(mut visit) = Visit::start(DESK, "/?model=chest-pneumonia").await else { return };
    let mut seen = Vec::new();
    for seed in [7, 8] {
        visit.again("/?model=chest-pneumonia").await;
        let page = &visit.page;
        page.model_ready().await;
        page.drop_files(&[Dropped { name: format!("{seed}.png").leak(), bytes: phantom::chest(seed, 512) }])
            .await;
        page.all_done(1).await;
        page.overrule(0, "chest-pneumonia").await;
        seen.push(page.text("probability").await);
        page.script("document.querySelector('[data-testid=priors]').open = true", vec![]).await;
        page.script(CHOOSE, vec![json!("patient-code"), json!("ward 3, bed 2")]).await;
        page.script("document.querySelector('[data-testid=look-in-history]').click()", vec![]).await;
        page.until(
            "the history's answer",
            "return document.querySelector('[data-testid=prior-said]').innerText ? true : null",
        )
        .await;
        if seed == 7 {
            assert!(page.text("prior-said").await.contains("no case of this patient"));
            page.script("document.querySelector('[data-testid=save-case]').click()", vec![]).await;
            page.until(
                "the confirmation",
                "return document.querySelector('[data-testid=saved][data-done=true]') ? true : null",
            )
            .await;
        }
    }
    let (earlier, change) = (visit.page.text("earlier").await, visit.page.text("change").await);
    println!("{seen:?}: {earlier}");
    assert!(
        earlier.contains(&seen[0]) && change.contains(&seen[0]) && change.contains(&seen[1]),
        "{earlier}"
    );
    // The code itself went nowhere.
    assert!(!earlier.contains("ward"));
    visit.browser.close().await;
}

/// Slices of one series, out of order; a chest film of another study; a zip of the same; something else.
fn study() -> Vec<Dropped> {
    use dicom_core::VR;
    use dicom_dictionary_std::tags;
    use lantern::dataset::phantom::dicom::Phantom;
    use std::io::Write;
    let slice = |at: u16| Phantom::slice(64, 3.0 * f64::from(at), 10 - at).file();
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    for (name, bytes) in [("a/IM1", slice(3)), ("a/IM2", slice(1)), ("a/notes.doc", b"Dear reader".to_vec())]
    {
        archive.start_file(name, options).unwrap();
        archive.write_all(&bytes).unwrap();
    }
    vec![
        Dropped { name: "IM5", bytes: slice(5) },
        Dropped { name: "IM2", bytes: slice(2) },
        Dropped { name: "IM4", bytes: slice(4) },
        Dropped {
            name: "film",
            bytes: Phantom::chest(7, 512).text(tags::SERIES_INSTANCE_UID, VR::UI, "2.25.4").file(),
        },
        Dropped { name: "study.zip", bytes: archive.finish().unwrap().into_inner() },
    ]
}

#[tokio::test]
async fn a_study_is_opened_sorted_read_masked_and_reported() {
    let Some(visit) = Visit::start(DESK, "/?model=chest-pneumonia").await else { return };
    let page = &visit.page;
    page.model_ready().await;
    page.drop_files(&study()).await;
    // What cannot be read is listed with its reason; the slices are one series, those in the archive among them.
    let listed = "const items = [...document.querySelectorAll('[data-testid=queue-item]')];
        return document.querySelector('[data-testid=arriving]')?.innerText == '' && items.length == 3
            && !items.some(e => ['waiting', 'working'].includes(e.dataset.state)) ? items.map(e => [...e.querySelectorAll('.file, .brief')].map(s => s.textContent).join(' ')) : null";
    let items = lines(&page.until("the study", listed).await);
    println!("{items:?}");
    let place = |words: &str| items.iter().position(|item| item.contains(words)).unwrap();
    page.pick(place("notes.doc")).await;
    assert!(page.text("problem").await.contains("not an image"));

    // Sorted by position: the first frame is the lowest, and each has its own values.
    let series = place("5 frames");
    page.pick(series).await;
    page.until(
        "a frame",
        "return document.querySelector('[data-testid=frame-number]')?.innerText.includes('5') ? true : null",
    )
    .await;
    page.script("document.querySelector('[data-testid=header]').open = true", vec![]).await;
    page.until(
        "the header",
        "return document.querySelector('.tags')?.innerText.includes('(0010,0010)') ? true : null",
    )
    .await;
    let header = "return document.querySelector('.tags').innerText";
    let masked = page.script(header, vec![]).await.as_str().unwrap().to_string();
    page.script("document.querySelector('[data-testid=unmask]').click()", vec![]).await;
    page.until(
        "the bare header",
        &format!("return document.querySelector('.tags').innerText != {} ? true : null", json!(masked)),
    )
    .await;
    let bare = page.script(header, vec![]).await.as_str().unwrap().to_string();
    let name = |text: &str| text.lines().find(|line| line.contains("(0010,0010)")).unwrap().to_string();
    println!("{} / {}", name(&masked), name(&bare));
    assert_ne!(name(&masked), name(&bare));

    // The film is examined as the command line examines the same file, and its evidence is the file's own.
    page.pick(place("film")).await;
    page.overrule(place("film"), "chest-pneumonia").await;
    let film = study().remove(3);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("film");
    std::fs::write(&path, &film.bytes).unwrap();
    let native = std::process::Command::new(env!("CARGO_BIN_EXE_lantern"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["examine", "--json", "--overrule", "--model", "chest-pneumonia"])
        .arg(&path)
        .output()
        .unwrap();
    let native: Value = serde_json::from_slice(&native.stdout).unwrap();
    let expected = native["findings"].as_array().unwrap().iter().find(|f| f["label"] == "pneumonia").unwrap()
        ["probability"]
        .as_f64()
        .unwrap();
    let ours = page.probability().await;
    println!("browser {ours}, command line {expected}");
    assert!((ours - expected).abs() < 0.002);
    let evidence = "return document.querySelector('[data-testid=evidence]').textContent";
    let evidence = page.script(evidence, vec![]).await;
    let hash = lantern::fingerprint::sha256(&film.bytes);
    assert!(evidence.as_str().unwrap().contains(&hash), "{evidence}");

    // Documents are made here, read back by a program: the SR begins as DICOM does and names the image.
    for (button, words) in [
        ("save-sr", "DICM"),
        ("save-fhir", "DiagnosticReport"),
        ("save-json", "lantern-report/2"),
        ("save-csv", "film"),
    ] {
        let save = "const done = arguments[arguments.length - 1], create = URL.createObjectURL;
            URL.createObjectURL = blob => { URL.createObjectURL = create; blob.text().then(done); return create.call(URL, blob); };
            document.querySelector('[data-testid=report-of-desk]').open = true;
            document.querySelector(`[data-testid=${arguments[0]}]`).click()";
        let text = page.client.execute_async(save, vec![json!(button)]).await.unwrap();
        assert!(text.as_str().unwrap().contains(words), "{button}");
    }
    page.assert_quiet().await;
    visit.browser.close().await;
}

#[tokio::test]
async fn frames_are_scrolled_and_two_images_stand_beside_each_other_linked() {
    use dicom_core::VR;
    use dicom_dictionary_std::tags;
    use lantern::dataset::phantom::dicom::Phantom;
    let Some(visit) = Visit::start(DESK, "/?model=chest-pneumonia").await else { return };
    let page = &visit.page;
    page.model_ready().await;
    let files: Vec<Dropped> = [("A", "2025-01-31", "2.25.7"), ("B", "2026-01-31", "2.25.8")]
        .into_iter()
        .flat_map(|(name, date, series)| {
            (0..4u16).map(move |at| Dropped {
                name: format!("{name}{at}").leak(),
                bytes: Phantom::slice(64, 3.0 * f64::from(at), at + 1)
                    .text(tags::SERIES_INSTANCE_UID, VR::UI, series)
                    .text(tags::SERIES_DESCRIPTION, VR::LO, &format!("Series {name}"))
                    .text(tags::STUDY_DATE, VR::DA, &date.replace('-', ""))
                    .file(),
            })
        })
        .collect();
    page.drop_files(&files).await;
    page.all_done(2).await;
    // One patient and one study, the patient masked; each series is named by its row.
    let headings = "return [...document.querySelectorAll('[data-testid=queue-group]')].map(e => e.innerText)";
    let headings = lines(&page.script(headings, vec![]).await);
    assert!(
        headings.len() == 2 && headings[0].starts_with("Patient ") && !headings[0].contains("Phantom"),
        "{headings:?}"
    );
    assert_eq!(headings[1], "2025-01-31");
    page.pick(0).await;
    let number = |test_id: &str, words: &str| {
        format!(
            "return document.querySelector('[data-testid={test_id}] [data-testid=frame-number]')?.innerText == '{words}' ? true : null"
        )
    };
    page.until("the middle frame", &number("pane", "3 / 4")).await;
    // The slider, and playing: the frame changes by itself and stops when told.
    page.script(CHOOSE, vec![json!("frames"), json!("0")]).await;
    page.until("the first frame", &number("pane", "1 / 4")).await;
    page.click("tool-play").await;
    page.until("the last frame", &number("pane", "4 / 4")).await;
    page.click("tool-play").await;
    // Beside it the other series; linked, they share the frame and the window.
    page.script(PICK, vec![json!("compare"), json!("Series B")]).await;
    page.until(
        "the second image",
        "return document.querySelector('[data-testid=pane-2] canvas')?.width > 1 ? true : null",
    )
    .await;
    let fits =
        "return ['pane', 'pane-2'].every(id => { const pane = document.querySelector(`[data-testid=${id}]`);
        return Math.abs(pane.querySelector('.stage').clientWidth - pane.clientWidth) < 1; })";
    assert_eq!(page.script(fits, vec![]).await, json!(true), "an image is wider than its pane");
    page.script(CHOOSE, vec![json!("frames"), json!("1")]).await;
    for pane in ["pane", "pane-2"] {
        page.until("the second frame", &number(pane, "2 / 4")).await;
    }
    page.script(PICK, vec![json!("windows"), json!("Soft tissue")]).await;
    let windows =
        "return [...document.querySelectorAll('[data-testid=window-now]')].map(e => e.innerText).join('|')";
    let both = page.script(windows, vec![]).await;
    assert_eq!(both, json!("W 400 L 40|W 400 L 40"));
    page.assert_quiet().await;

    // The header names the patient, so the earlier series is found on the desk; its date tells which is earlier.
    for index in [0, 1] {
        page.overrule(index, "chest-pneumonia").await;
    }
    page.script("document.querySelector('[data-testid=priors]').open = true", vec![]).await;
    page.until("the earlier image", "return document.querySelector('[data-testid=earlier]')?.innerText.includes('2025-01-31') ? true : null").await;
    page.script("document.querySelector('[data-testid=beside]').click()", vec![]).await;
    let beside =
        "return document.querySelector('[data-testid=pane-2]')?.innerText.includes('Series A') ? true : null";
    page.until("the earlier image beside this one", beside).await;
    visit.browser.close().await;
}

#[tokio::test]
async fn every_frame_of_a_series_is_examined_and_its_curve_leads_there() {
    use dicom_core::VR;
    use dicom_dictionary_std::tags;
    use lantern::dataset::phantom::dicom::Phantom;
    const FRAMES: u16 = 60;
    let Some(visit) = Visit::start(DESK, "/?model=chest-pneumonia").await else { return };
    let page = &visit.page;
    page.model_ready().await;
    let bytes = Phantom::chests(FRAMES, 96).text(tags::PATIENT_AGE, VR::AS, "004Y").file();
    page.drop_files(&[Dropped { name: "clip", bytes }]).await;
    page.all_done(1).await;
    page.overrule(0, "chest-pneumonia").await;

    // While the frames are examined another image goes first.
    page.drop_files(&[phantom_file("phantom.png")]).await;
    let both =
        "const s = [...document.querySelectorAll('[data-testid=queue-item]')].map(e => e.dataset.state);
        const said = document.querySelector('[data-testid=queue-item] .brief').textContent;
        return s.length == 2 && s[1] == 'refused' ? said : null";
    let said = page.until("the other image", both).await;
    println!("when the other image was through: {said}");
    page.pick(0).await;
    let all = "return document.querySelector('[data-testid=queue-item] .brief').textContent.includes('60 of 60 examined') ? true : null";
    page.until("all frames", all).await;
    let points = "return document.querySelector('[data-testid=curve] .points').getAttribute('d').split('h0').length - 1";
    assert_eq!(page.script(points, vec![]).await, json!(FRAMES));
    let long = page.script("return window.longTasks", vec![]).await;
    assert_eq!(long, json!([]), "the page did not stay responsive");

    // A click goes to the frame, whose own answer then heads the panel.
    let click = "const c = document.querySelector('[data-testid=curve]'), r = c.getBoundingClientRect();
        const at = { bubbles: true, clientX: r.left + (arguments[0] - 0.5) / 60 * r.width, clientY: r.top + 5 };
        c.dispatchEvent(new PointerEvent('pointerdown', at))";
    page.script(click, vec![json!(12)]).await;
    let at = |frame: u32| {
        format!("return document.querySelector('[data-testid=examined-frame]').innerText.startsWith('This is about frame {frame} of 60.') &&
            document.querySelector('[data-testid=frame-number]').innerText.includes('{frame}') ? true : null")
    };
    page.until("frame 12", &at(12)).await;
    let own = page.text("probability").await;
    assert!(page.text("curve-said").await.contains(&own));
    // The highest frame is named, and a button goes there.
    let highest = page.text("go-highest").await;
    let number: u32 =
        highest.trim_start_matches("highest at frame ").split(':').next().unwrap().parse().unwrap();
    assert_ne!(number, 12, "the drawings are all alike");
    page.script("document.querySelector('[data-testid=to-highest]').click()", vec![]).await;
    page.until("the highest frame", &at(number)).await;
    assert!(highest.ends_with(&page.text("probability").await), "{highest}");

    // A map is made of this frame when it is asked for, and lies over no other.
    let is_off =
        "return document.querySelector('[data-testid=heat-map]').classList.contains('hidden') ? true : null";
    page.until("no map", is_off).await;
    page.script("document.querySelector('[data-testid=show-map]').click()", vec![]).await;
    page.until("the map", MAP_IS_DRAWN).await;
    page.script(click, vec![json!(12)]).await;
    page.until("no map over another frame", is_off).await;
    page.assert_quiet().await;
    visit.browser.close().await;
}

#[tokio::test]
async fn a_reader_stops_the_frames_and_lets_them_go_on() {
    use dicom_core::VR;
    use dicom_dictionary_std::tags;
    use lantern::dataset::phantom::dicom::Phantom;
    let Some(visit) = Visit::start(DESK, "/?model=chest-pneumonia").await else { return };
    let page = &visit.page;
    page.model_ready().await;
    let bytes = Phantom::chests(60, 96).text(tags::PATIENT_AGE, VR::AS, "004Y").file();
    page.drop_files(&[Dropped { name: "clip", bytes }]).await;
    let stop =
        "const b = document.querySelector('[data-testid=stop-frames]'); b?.click(); return b ? true : null";
    page.until("a way to stop", stop).await;
    let count = "return Number(document.querySelector('.queue-item .brief').textContent.match(/(\\d+) of 60 examined/)?.[1] ?? -1)";
    // The frame in work is finished, and then no other is begun: the way on is offered where the count stands.
    page.script("document.querySelector('[data-testid=go-on-frames]')?.scrollIntoView()", vec![]).await;
    page.find("go-on-frames").await;
    let stopped = page.script(count, vec![]).await.as_i64().unwrap();
    assert!((1..60).contains(&stopped), "{stopped}");
    page.script("document.querySelector('[data-testid=go-on-frames]').click()", vec![]).await;
    page.until("all frames", &format!("{count} == 60 ? true : null")).await;
    visit.browser.close().await;
}
