//! Folders that the program needs.

texts! {
    MODELS = "folder of models";
    MODELS_ADVICE = "the source code has one named models";
    SITE = "built page";
    SITE_ADVICE = "`make run` builds one";
}

/// `what`: [`MODELS`] or [`SITE`]; `looked`: every place that was tried.
pub fn not_found(what: &str, looked: &[String], option: &str, advice: &str) -> String {
    format!(
        "no {what} was found: looked at {}. Put it in one of these places, or name it with {option}; {advice}",
        looked.join(", ")
    )
}

texts! {
    NO_PROGRAM = "the program cannot tell where it lies; name its folders by options";
    NO_CURRENT_FOLDER = "the current folder is gone; change to another one";
}
