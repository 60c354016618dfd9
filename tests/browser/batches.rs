//! Many images at once: paused, sorted, sifted; a map stays with its image.

use crate::machine::BrowserKind;
use crate::page::{Page, Row, TestFile};
use crate::support;
use crate::visit::{DESK, Visit};
use lantern::dataset::phantom;

/// Cells of the test set, one file that is cut short, one that is no image.
fn cells() -> Option<Vec<TestFile>> {
    let set = support::data("malaria-cells.zip")?;
    let samples = set.samples.iter().filter(|sample| sample.split == "train").step_by(300).take(40);
    let name = |at: usize| format!("cell {}.jpg", at + 1).leak();
    let mut files: Vec<TestFile> = samples
        .enumerate()
        .map(|(at, sample)| TestFile { name: name(at), bytes: set.bytes(sample).unwrap() })
        .collect();
    let cut = files[0].bytes.len() / 2;
    files.insert(3, TestFile { name: "cut.jpg", bytes: files[0].bytes[..cut].to_vec() });
    files.insert(7, TestFile { name: "letter.doc", bytes: b"Dear reader".to_vec() });
    Some(files)
}

fn count(rows: &[Row], state: &str) -> usize {
    rows.iter().filter(|row| row.state == state).count()
}

/// Halts the batch while images wait. Nothing more is begun then: whatever else a reader asks for goes first, and is through before a
/// single image that waited.
async fn pause_and_go_on(page: &Page) {
    page.rows_until("the first answer", |rows| count(rows, "done") > 0).await;
    page.button("Pause").click().await;
    let rows = page.rows_until("the pause", |rows| count(rows, "working") == 0).await;
    let left = count(&rows, "waiting");
    assert!(left > 0, "the batch was over before it could be paused");
    page.status("Paused: …").wait().await;
    // The worker is free and hears: it answers for a map of an image that is done.
    let done = rows.iter().position(|row| row.state == "done").unwrap();
    page.pick(done).await;
    page.map_button().click().await;
    page.map_is_drawn().await;
    page.map_button().click().await;
    page.no_map().await;
    assert_eq!(count(&page.rows().await, "waiting"), left, "the batch went on while it was paused");
    page.button("Go on").click().await;
}

#[tokio::test]
async fn a_batch_is_paused_sorted_and_sifted_and_bad_files_stop_nothing() {
    let Some(files) = cells() else { return };
    let Some(visit) = Visit::start(DESK, "/?model=malaria-cells").await else { return };
    let page = &visit.page;
    page.model_ready().await;
    let all = files.len();
    page.drop_files(&files).await;
    pause_and_go_on(page).await;
    let states = page.all_done(all).await;
    assert_eq!(states.iter().filter(|state| *state == "failed").count(), 2, "{states:?}");
    page.status(&format!("All {all} are through")).wait().await;

    // Most probable first: the numbers go down.
    let (order, only) =
        (page.combobox("In which order images are listed"), page.combobox("Which images are listed"));
    order.choose("Most probable").await;
    let number = |row: &Row| row.brief.split(' ').find_map(|w| w.parse().ok().filter(|_| w.contains('.')));
    let rows = page.rows().await;
    let numbers: Vec<f64> = rows.iter().filter_map(number).collect();
    println!("{numbers:?}");
    assert!(numbers.len() > 30 && numbers.windows(2).all(|pair| pair[0] >= pair[1]), "{rows:?}");
    // By name, as people count.
    order.choose("By name").await;
    let rows = page.rows().await;
    let place = |name: &str| rows.iter().position(|row| row.file == name).unwrap();
    assert!(place("cell 2.jpg") < place("cell 10.jpg"), "{rows:?}");
    // Only what failed, with the reason; then by a part of the name.
    only.choose("Could not").await;
    let files: Vec<String> = page.rows().await.into_iter().map(|row| row.file).collect();
    assert_eq!(files, ["cut.jpg", "letter.doc"]);
    page.pick(1).await;
    page.finding().alert("This file could not be examined…").says("not an image").await;
    only.choose("All").await;
    page.searchbox("Images whose name holds").fill("CELL 11").await;
    let files: Vec<String> = page.rows().await.into_iter().map(|row| row.file).collect();
    assert_eq!(files, ["cell 11.jpg"]);
    page.assert_quiet().await;

    // A map lies over an image only where it was asked for, and stays there.
    page.searchbox("Images whose name holds").fill("").await;
    order.choose("As they came").await;
    page.pick(0).await;
    page.no_map().await;
    page.map_button().click().await;
    page.map_is_drawn().await;
    page.pick(1).await;
    page.pick(2).await;
    page.no_map().await;
    page.pick(0).await;
    page.map_is_drawn().await;
    visit.browser.close().await;
}

#[tokio::test]
async fn a_dropped_folder_has_a_line_for_everything_in_it() {
    // Only Chromium's driver can drop what lies on the disk.
    let Some(visit) = Visit::start_in(BrowserKind::Chromium, DESK, "/").await else { return };
    let page = &visit.page;
    page.model_ready().await;
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("study");
    let inside = |name: &str| root.join(name);
    std::fs::create_dir_all(inside("empty")).unwrap();
    std::fs::create_dir_all(inside("left and right")).unwrap();
    let film = phantom::chest(7, 256);
    std::fs::write(inside("left and right/one.png"), &film).unwrap();
    std::fs::write(inside("left and right/cut.png"), &film[..film.len() / 2]).unwrap();
    std::fs::write(inside("letter.txt"), "Dear reader").unwrap();
    // The two ends of an archive of nothing.
    std::fs::write(inside("nothing.zip"), [&b"PK\x05\x06"[..], &[0; 18]].concat()).unwrap();
    page.drop_from_disk(&[&root]);
    let is_there = |rows: &[Row]| rows.len() == 5 && count(rows, "waiting") + count(rows, "working") == 0;
    let rows = page.rows_until("a line for each", is_there).await;
    let state = |name: &str| {
        let row = rows.iter().find(|row| row.file.ends_with(name));
        row.unwrap_or_else(|| panic!("no line for {name}: {rows:?}")).state.clone()
    };
    for bad in ["empty", "cut.png", "letter.txt", "nothing.zip"] {
        assert_eq!(state(bad), "failed", "{bad}: {rows:?}");
    }
    assert_ne!(state("one.png"), "failed");
}

/// Two views of one series are two images, each with an answer of its own.
#[tokio::test]
async fn two_films_of_a_series_are_two_images() {
    let Some(visit) = Visit::start(DESK, "/").await else { return };
    let page = &visit.page;
    page.model_ready().await;
    let file = |name: &'static str| {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/files/faults/");
        TestFile { name, bytes: std::fs::read(format!("{folder}{name}")).unwrap() }
    };
    page.drop_files(&[file("series1_pneu.dcm"), file("series2_norm.dcm")]).await;
    let is_there = |rows: &[Row]| rows.len() == 2 && count(rows, "waiting") + count(rows, "working") == 0;
    let rows = page.rows_until("both", is_there).await;
    let states: Vec<&str> = rows.iter().map(|row| row.state.as_str()).collect();
    // The second is a lateral film, which no model here is for.
    assert!(states.contains(&"done") && states.contains(&"refused"), "{rows:?}");
}
