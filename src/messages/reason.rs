//! Sentences about why an image was examined or refused.

use super::header::modality;
use super::list;
use crate::examination::{Examination, Reason};
use crate::scope::{Contradiction, Presentation};

/// That an image was refused, and why.
pub fn refused(examination: &Examination) -> String {
    format!("Refused. {}", reason(examination))
}

/// The reason in one or two sentences: what happened, what it means, what to do next.
pub fn reason(examination: &Examination) -> String {
    let said = match &examination.reason {
        Reason::Known { words, distance } => {
            return format!(
                "Examined as {words}. (Details: distance {distance:.2} from the images that the model learned from; the limit is 1.)"
            );
        }
        Reason::Ungated { title } => return format!("Examined with {title}."),
        Reason::Blank => {
            "The image is blank, so there is nothing to examine. Check that the right file was chosen.".into()
        }
        Reason::Header { contradiction: why, kind, is_nobodys } => {
            let nobody = if *is_nobodys { " No other model here fits it either." } else { "" };
            format!("{}{nobody}", contradiction(why, kind))
        }
        Reason::Presented { presentation: what } => presentation(*what).into(),
        Reason::Elsewhere { nearest, own, distance } => format!(
            "This looks like {}, not like {own}. Choose the model for it. (Details: {:.2} and {}, limit 1.)",
            nearest.words,
            nearest.distance,
            beyond(*distance)
        ),
        Reason::Unknown { nearest } => format!(
            "No model here knows this kind of picture. Nearest: {}. Check that the right file was chosen. (Details: {}, limit 1.)",
            nearest.words,
            beyond(nearest.distance)
        ),
        Reason::Grain { times } => format!(
            "Nearly all of this picture is grain, {times:.1} times as much as is accepted: noise, or the pattern of a screen. Use the original file."
        ),
    };
    if examination.is_overruled() { format!("A reader overruled a refusal. {said}") } else { said }
}

/// A contradiction between header and model. `kind`: the model's kind of image, in words.
pub fn contradiction(contradiction: &Contradiction, kind: &str) -> String {
    match contradiction {
        Contradiction::Modality { said, known } => {
            let known: Vec<String> = known.iter().map(|code| modality(code)).collect();
            format!("The file says {}; the model for {kind} knows {}.", modality(said), list(&known, "or"))
        }
        Contradiction::BodyPart { said, known } => format!(
            "The file says that it shows {}; the model for {kind} knows {}.",
            said.to_lowercase(),
            list(&lower(known), "or")
        ),
        Contradiction::View { said, known } => {
            format!(
                "The file says that it is the view {said}; the model for {kind} knows {}.",
                list(known, "or")
            )
        }
        Contradiction::Age { years: Some(years), ages } => {
            format!("The patient is {}; the model for {kind} is for {} only.", age(*years), ages.words)
        }
        Contradiction::Age { years: None, ages } => {
            format!("You said that this is not {}; the model for {kind} is for nobody else.", ages.words)
        }
        Contradiction::Kind { asks } => {
            format!("You said that this is not {asks}; the model for {kind} is for nothing else.")
        }
        Contradiction::NoHeader => {
            format!(
                "This picture has no header that says what it shows; the model for {kind} takes DICOM files only."
            )
        }
    }
}

/// The kind of an image that no model examines.
pub fn presentation(presentation: Presentation) -> &'static str {
    match presentation {
        Presentation::Scout => {
            "The file is a scout, the picture by which slices are planned. No model here reads it; open the slices or films of the same study."
        }
        Presentation::Report => {
            "The file is a report or table stored as an image. No model here reads it; open the images of the same study."
        }
        Presentation::Map => {
            "The file is a map of computed numbers. No model here reads it; open the images of the same study."
        }
    }
}

fn lower(words: &[String]) -> Vec<String> {
    words.iter().map(|word| word.to_lowercase()).collect()
}

/// An age as text.
fn age(years: f32) -> String {
    match years {
        years if years < 2.0 => format!("{:.0} months old", (years * 12.0).floor()),
        years => format!("{:.0} years old", years.floor()),
    }
}

/// A distance as text; rounded up, so that a value just above 1 is not shown as 1.
fn beyond(distance: f32) -> String {
    if distance.is_finite() {
        format!("{:.2}", (distance * 100.0).ceil() / 100.0)
    } else {
        "not known".into()
    }
}
