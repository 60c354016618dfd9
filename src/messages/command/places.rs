//! Folders that the program needs.

pub const MODELS: &str = "folder of models";
pub const MODELS_ADVICE: &str = "the source code has one named models";
pub const SITE: &str = "built page";
pub const SITE_ADVICE: &str = "`make run` builds one";

/// `what`: [`MODELS`] or [`SITE`]; `looked`: every place that was tried.
pub fn not_found(what: &str, looked: &[String], option: &str, advice: &str) -> String {
    format!(
        "no {what} was found: looked at {}. Put it in one of these places, or name it with {option}; {advice}",
        looked.join(", ")
    )
}

pub const NO_PROGRAM: &str = "the program cannot tell where it lies; name its folders by options";
pub const NO_CURRENT_FOLDER: &str = "the current folder is gone; change to another one";
