//! Images of several frames: scrolled, played, examined one by one; two images beside each other.

use crate::films::clip;
use crate::page::{Page, Row, TestFile};
use crate::visit::{CHEST, DESK, Visit, phantom_file};
use dicom_core::VR;
use dicom_dictionary_std::tags;
use lantern::dataset::phantom::dicom::Phantom;
use serde_json::json;

/// Two studies of one patient a year apart, a series of four slices each.
fn two_series() -> Vec<TestFile> {
    [("A", "20250131", "2.25.7"), ("B", "20260131", "2.25.8")]
        .into_iter()
        .flat_map(|(name, date, series)| {
            (0..4u16).map(move |at| TestFile {
                name: format!("{name}{at}").leak(),
                bytes: Phantom::slice(64, 3.0 * f64::from(at), at + 1)
                    .text(tags::SERIES_INSTANCE_UID, VR::UI, series)
                    .text(tags::SERIES_DESCRIPTION, VR::LO, &format!("Series {name}"))
                    .text(tags::STUDY_DATE, VR::DA, date)
                    .file(),
            })
        })
        .collect()
}

/// Waits until a pane, from 0, shows such a frame.
async fn viewport_says(page: &Page, pane: usize, words: &str) {
    page.application("").at(pane).says(words).await;
}

#[tokio::test]
async fn frames_are_scrolled_and_two_images_stand_beside_each_other_linked() {
    let Some(visit) = Visit::with(DESK, &two_series(), 2).await else { return };
    let page = &visit.page;
    // One patient and one study, the patient masked; each series is named by its row.
    let headings = page.navigation("Images").list("").heading("").texts().await;
    assert!(
        headings.len() == 2 && headings[0].starts_with("Patient ") && !headings[0].contains("Phantom"),
        "{headings:?}"
    );
    assert_eq!(headings[1], "2025-01-31");
    page.pick(0).await;
    viewport_says(page, 0, "3 / 4").await;
    // The slider, and playing: the frame changes by itself and stops when told.
    page.slider("Frame").fill("0").await;
    viewport_says(page, 0, "1 / 4").await;
    page.button("Play or stop").click().await;
    viewport_says(page, 0, "4 / 4").await;
    page.button("Play or stop").click().await;
    // Beside it the other series; linked, they share the frame and the window.
    let compare = page.combobox("Compare with another image");
    if !compare.is_there().await {
        page.button("More tools").click().await;
    }
    compare.choose("Series B").await;
    page.picture().at(1).until("to be drawn", "return e.width > 1 ? true : null", json!(null)).await;
    for pane in 0..2 {
        let fits = "return Math.abs(e.querySelector('.stage').clientWidth - e.clientWidth) < 1";
        assert_eq!(page.application("").at(pane).run(fits).await, json!(true), "wider than its pane");
    }
    page.slider("Frame").fill("1").await;
    for pane in 0..2 {
        viewport_says(page, pane, "2 / 4").await;
    }
    page.combobox("Window: which values are shown from black to white").choose("Soft tissue").await;
    for pane in 0..2 {
        viewport_says(page, pane, "W 400 L 40").await;
    }
    page.assert_quiet().await;

    // The header names the patient, so the earlier series is found on the workspace; its date tells which is earlier.
    for index in [0, 1] {
        page.overrule(index, CHEST).await;
    }
    let earlier = page.disclosure("Earlier images of this patient");
    earlier.open().await;
    earlier.listitem("2025-01-31 (on the desk)…").button("Show it beside this one").click().await;
    viewport_says(page, 1, "Series A").await;
    visit.browser.close().await;
}

/// Clicks the curve at a frame, from 1, of so many.
async fn click_curve(page: &Page, frame: u32, of: u16) {
    let click = "const r = e.getBoundingClientRect();
        const at = { bubbles: true, clientX: r.left + (given[0] - 0.5) / given[1] * r.width, clientY: r.top + 5 };
        e.dispatchEvent(new PointerEvent('pointerdown', at)); return true";
    page.slider("Score of each frame").until("to be clicked", click, json!([frame, of])).await;
}

/// Waits until the answer is of a frame, and that frame is shown.
async fn answer_is_of(page: &Page, frame: u32, of: u16) {
    page.finding().says(&format!("This is about frame {frame} of {of}.")).await;
    page.marked_says("frame-number", &format!("{frame} / {of}")).await;
}

#[tokio::test]
async fn every_frame_of_a_series_is_examined_and_its_curve_leads_there() {
    const FRAMES: u16 = 60;
    let Some(visit) = Visit::with(DESK, &[clip(FRAMES)], 1).await else { return };
    let page = &visit.page;
    page.overrule(0, CHEST).await;

    // While the frames are examined another image goes first.
    page.drop_files(&[phantom_file("phantom.png")]).await;
    let is_through = |rows: &[Row]| rows.get(1).is_some_and(|row| row.state == "refused");
    let rows = page.rows_until("the other image", is_through).await;
    println!("when the other image was through: {}", rows[0].brief);
    page.pick(0).await;
    let all = format!("{FRAMES} of {FRAMES} examined");
    page.rows_until("all frames", |rows| rows[0].brief.contains(&all)).await;
    let curve = page.slider("Score of each frame");
    assert_eq!(curve.attribute("aria-valuemax").await, FRAMES.to_string());
    let points = "return e.querySelector('.points').getAttribute('d').split('h0').length - 1";
    assert_eq!(curve.run(points).await, json!(FRAMES));
    page.print_long_tasks(&format!("{FRAMES} frames were examined")).await;

    // A click goes to the frame, whose own answer then heads the panel.
    click_curve(page, 12, FRAMES).await;
    answer_is_of(page, 12, FRAMES).await;
    let own = page.marked("probability").await;
    assert!(curve.attribute("aria-valuetext").await.contains(&own), "{own}");
    // The highest frame is named, and a button goes there.
    let highest = page.button("highest at frame …").name().await;
    let number: u32 =
        highest.trim_start_matches("highest at frame ").split(':').next().unwrap().parse().unwrap();
    assert_ne!(number, 12, "the drawings are all alike");
    page.button("Go to the highest frame").click().await;
    answer_is_of(page, number, FRAMES).await;
    assert!(highest.ends_with(&page.marked("probability").await), "{highest}");

    // A map is made of this frame when it is asked for, and lies over no other.
    page.no_map().await;
    page.map_button().click().await;
    page.map_is_drawn().await;
    click_curve(page, 12, FRAMES).await;
    page.no_map().await;
    page.assert_quiet().await;
    visit.browser.close().await;
}

#[tokio::test]
async fn a_reader_stops_the_frames_and_lets_them_go_on() {
    const FRAMES: u16 = 60;
    let Some(visit) = Visit::start(DESK, "/?model=chest-pneumonia").await else { return };
    let page = &visit.page;
    page.model_ready().await;
    page.drop_files(&[clip(FRAMES)]).await;
    page.navigation("Images").button("Stop").click().await;
    // The frame in work is finished, and then no other is begun: the way on is offered where the count stands.
    page.button("Examine the other frames").wait().await;
    let brief = page.rows().await[0].brief.clone();
    let count = brief.split(" · ").nth(1).and_then(|words| words.split(' ').next()?.parse::<u16>().ok());
    assert!(count.is_some_and(|count| (1..FRAMES).contains(&count)), "{brief}");
    page.button("Examine the other frames").click().await;
    page.rows_until("all frames", |rows| rows[0].brief.contains("60 of 60 examined")).await;
    visit.browser.close().await;
}
