//! `lantern compare`.

use crate::messages::count;

texts! {
    READING = "reading images";
    COMPARING = "comparing";
    heading(data: &str, train: usize, test: usize, side: usize, seed: u64) = "{data}: {train} images to learn from, {test} to measure on, at {side} pixels, seed {seed}";
    family(name: &str) = "{name}";
    /// One method. `cells`: its figures.
    row(name: &str, cells: &str, fit: f64, test: f64, kilobytes: f64) = "  {name:22} {cells} {fit:>8.1} {test:>8.1} {kilobytes:>9.0}";
    same(train: &str, test: &str) = "  the same picture: {train} and {test}";
    near(train: &str, test: &str, correlation: f32) = "  nearly the same: {train} and {test} ({correlation:.3})";
    group(train: &str, test: &str) = "  one group: {train} and {test}";
    CURVES = "AUC by the number of images learned from:";
    pairs(negligible: f64) = "for each pair by AUC: the probability that the first is better, that they differ by no more than {negligible}, that the second is better; p of McNemar's and of DeLong's test, for which images count as independent";
}

/// The head of the table.
pub fn head() -> String {
    let figures = ["AUC", "accuracy", "balanced accuracy", "F1", "log loss"].map(|name| format!("{name:22}"));
    let name = "method (95 % interval)";
    format!("  {name:22} {} {:>8} {:>8} {:>9}", figures.join(" "), "fit s", "test s", "kB")
}

/// What a comparison must be read with.
pub fn leaks(number: usize) -> String {
    format!(
        "{} between what is learned from and the test images: figures may be too good (lantern audit lists such images)",
        count(number, "leak")
    )
}

/// Below a bundle's row.
pub fn unanswered(number: usize) -> String {
    format!("    it refused {}, which count as guesses", count(number, "image"))
}

/// One pair. `shares`: first better, negligible, second better.
pub fn pair(names: (&str, &str), shares: (f64, f64, f64), mcnemar: f64, delong: &str) -> String {
    let ((first, second), (better, negligible, worse)) = (names, shares);
    format!("  {first:22} {second:22} {better:>6.3} {negligible:>6.3} {worse:>6.3}  {mcnemar:.4}  {delong}")
}
