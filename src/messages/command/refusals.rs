//! `lantern refusals`.

/// The head of the table.
pub fn head() -> String {
    format!("{:24} {:>6}  {:>8}  routed to", "source", "images", "refused")
}

/// A row. `refused` and `without` (refused if that model is missing): in percent; `admitted`: by which models.
pub fn row(source: &str, images: usize, refused: f64, admitted: &[String], without: Option<f64>) -> String {
    let without = without
        .map_or(String::new(), |without| format!("; refused if that model is missing: {without:.1} %"));
    format!("{source:24} {images:>6}  {refused:>6.1} %  {}{without}", admitted.join(", "))
}

texts! {
    NO_TABLE = "the table cannot be written";
}
