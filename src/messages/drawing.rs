//! Captions of the gallery's drawings.

/// What is drawn, and whether the model's answer is wrong.
pub fn drawn(truth: &str, is_wrong: bool) -> String {
    let verdict =
        if is_wrong { " The answer above is another: on this drawing the model is wrong." } else { "" };
    format!("Drawn here: {truth}. No patient ever looked like this.{verdict}")
}
