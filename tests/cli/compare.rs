//! `lantern compare`: a table for people, JSON for programs, the same for the same seed.

use crate::small::small_set;
use crate::{lantern, lines};
use lantern::compare::{Comparison, Figure, Method};

const METHODS: &str = "pixels/logistic,hog/forest,histogram/neighbours,eigen/lda,network/scratch";

#[test]
fn a_comparison_has_figures_pairs_and_every_prediction() {
    let folder = tempfile::tempdir().unwrap();
    let set = small_set(folder.path()).to_string_lossy().into_owned();
    let exported = folder.path().join("tables").to_string_lossy().into_owned();
    let run = |extra: &[&str]| {
        let asked = ["compare", "--data", &set, "--side", "28", "--methods", METHODS];
        lantern(&[&asked[..], extra].concat())
    };
    let done = run(&["--json", "--curves", "--export", &exported]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let json = &lines(&done)[0];
    let comparison: Comparison = serde_json::from_value(json.clone()).unwrap();
    assert_eq!((comparison.trained_on, comparison.images.len(), comparison.unreadable.len()), (32, 8, 1));
    let names: Vec<String> = comparison.methods.iter().map(|one| one.method.to_string()).collect();
    assert_eq!(names.join(","), METHODS);
    for outcome in &comparison.methods {
        assert!(outcome.probabilities.iter().all(|row| (row.iter().sum::<f32>() - 1.0).abs() < 1e-3));
        assert!(outcome.bytes > 0 && outcome.fit_seconds >= 0.0 && outcome.unanswered == 0);
        let cells: usize = comparison.confusion(outcome).iter().flatten().sum();
        assert_eq!(cells, 8);
        let opened: usize = (0..4).map(|at| comparison.cell(outcome, at / 2, at % 2).len()).sum();
        assert_eq!(opened, 8);
    }
    // Inverted drawings differ in every pixel.
    let easy = comparison.outcome(Method::try_from("histogram/neighbours".to_string()).unwrap()).unwrap();
    assert_eq!(easy.figures[&Figure::Auc].value, 1.0);
    let last = *comparison.threshold_points(easy, 1).last().unwrap();
    assert_eq!((last.sensitivity, last.specificity, last.precision), (1.0, 0.0, 0.5));
    assert_eq!(comparison.calibration(easy, 1).iter().map(|(images, ..)| images).sum::<usize>(), 8);
    assert_eq!((json["pairs"].as_array().unwrap().len(), comparison.curves.len()), (10, 5));
    assert_eq!(comparison.curves[0].points.last().unwrap().images, 32);
    let table = std::fs::read(folder.path().join("tables/hog-test.npy")).unwrap();
    // Eight rows of 1,296 numbers, and the header.
    assert!(table.starts_with(b"\x93NUMPY") && table.len() == 128 + 8 * 1296 * 4, "{}", table.len());

    let again: Comparison = serde_json::from_value(lines(&run(&["--json"]))[0].clone()).unwrap();
    for (one, other) in comparison.methods.iter().zip(&again.methods) {
        assert_eq!(one.probabilities, other.probabilities, "{}", one.method);
    }
    let said = String::from_utf8(run(&["--pairs"]).stdout).unwrap();
    assert!(
        said.contains("32 images to learn from, 8 to measure on") && said.contains("network/scratch"),
        "{said}"
    );
    assert!(said.contains("hog/forest             histogram/neighbours"), "{said}");
}

#[test]
fn what_cannot_be_compared_is_refused_with_advice() {
    let folder = tempfile::tempdir().unwrap();
    let set = small_set(folder.path());
    let refused = |methods: &str| {
        let done = lantern(&["compare", "--data", &set.to_string_lossy(), "--methods", methods]);
        assert!(!done.status.success());
        String::from_utf8(done.stderr).unwrap()
    };
    let said = refused("pixels/oracle");
    assert!(said.contains("there is no method pixels/oracle; give"), "{said}");
    let said = refused("network/bundle");
    assert!(said.contains("network/bundle cannot be compared here"), "{said}");
    std::fs::rename(set.join("test/light"), folder.path().join("light")).unwrap();
    let said = refused("pixels");
    assert!(said.contains("the class light has no image in the split test"), "{said}");
}

#[test]
fn an_image_on_both_sides_of_the_split_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let set = small_set(folder.path());
    // The first eight of the training drawings are the test drawings too.
    let done = lantern(&["compare", "--data", &set.to_string_lossy(), "--methods", "pixels/logistic"]);
    let said = String::from_utf8(done.stdout).unwrap();
    assert!(said.starts_with("8 leaks between what is learned from and the test images"), "{said}");
    assert!(said.contains("the same picture: train/dark/2.png and test/dark/2.png"), "{said}");
}
