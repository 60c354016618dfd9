//! Cases that cannot be kept as they are.

texts! {
    fingerprint(of: &str, why: &str) = "The {of}'s fingerprint: {why}. Send it so.";
    frame(frame: u32, frames: u32) = "Frame {frame} of {frames} cannot have been examined. Give one of them, counted from 0.";
    STUDY_DATE = "The study's date is a day. Write it as in 2026-01-31.";
    DUE = "Only what is to be followed up has a day, written as in 2027-01-31. Correct it, or leave it out.";
    note_length(length: usize, most: usize) = "The note has {length} characters; at most {most} can be kept. Shorten it.";
    NOTE_CONTROL = "The note holds control characters; remove them.";
    annotations(count: usize, most: usize) = "There are {count} annotations; at most {most} can be kept. Delete some.";
    label_length(most: usize) = "The label of an annotation has at most {most} characters. Shorten it.";
    text_length(field: &str, length: usize, most: usize) = "\"{field}\" holds {length} characters; at most {most} can be kept. Shorten it.";
    text_control(field: &str) = "\"{field}\" holds control characters; remove them.";
    list_length(field: &str, length: usize, most: usize) = "\"{field}\" holds {length} entries; at most {most} can be kept. Shorten it.";
}
