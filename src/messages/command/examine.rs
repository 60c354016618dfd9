//! `lantern examine`.

texts! {
    STATUS = "Exit status:
  0  every file was examined
  1  a file could not be read, or a bundle is not whole: see `error` of each line
  2  asked wrongly
  3  every file could be read, and some or all were refused: see `reason`";
    no_age(text: &str) = "{text} is no age in years; give a number from 0 to 129, for instance 4 or 0.5";
    NOT_A_DIAGNOSIS = "Not a diagnosis.";
    NO_FILE = "there is no file in what was named; name image files, or folders that hold some";
    JUST_OPENED = "it was opened just now";
    CANNOT_BE_OPENED = "the file cannot be opened";
    NO_MODEL = "no model here can tell which images are its own; name one with --model";
    could_not_be_read(error: &str) = "  could not be read: {error}";
}

/// Of which frame the answer is, from 1, and how many were `answered`.
pub fn frame(frame: u32, answered: usize, of: usize) -> String {
    match answered {
        0 => format!("  none of the {of} frames got an answer; of frame {frame}:"),
        _ => format!("  {answered} of {of} frames got an answer, frame {frame} stands for them:"),
    }
}

/// Why the image was examined or refused.
pub fn reason(accepted: bool, reason: &str) -> String {
    format!("  {}{reason}", if accepted { "" } else { "refused: " })
}

texts! {
    note(concern: &str) = "  note: {concern}";
}

pub fn set(labels: &[String]) -> String {
    format!("  cannot be told apart at 90 %: {}", labels.join(", "))
}

texts! {
    outlined(percent: f32) = "  outlined: {percent:.1} % of the image";
}
