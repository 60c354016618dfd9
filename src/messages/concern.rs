//! Sentences about concerns.

use super::list;
use crate::examination::Concern;
use crate::scope::HeaderField;

/// What is said of probabilities that nobody has compared with labelled images.
const UNCHECKED: &str = "This model's probabilities have not been checked on data";

/// A concern in one or two sentences: what was found and why it matters.
pub fn concern(concern: &Concern) -> String {
    match concern {
        Concern::Blank => "The image is blank: nearly every pixel has the same value.".into(),
        Concern::Tiny { width, height } => format!(
            "The image is only {width} x {height} pixels, smaller than what the model looks at; details are missing."
        ),
        Concern::Coloured => "This is a colour picture; the model learned from grey images only. If it is a photo of a screen or a film, use the original file: a photo adds glare, patterns and a tilt.".into(),
        Concern::Colourless => "This picture has no colour; the model learned from colour images only.".into(),
        Concern::Blurred { share } => format!(
            "The image is blurred: it has {:.0} % of the fine detail that the model's own images have at least.",
            share * 100.0
        ),
        Concern::Inverted => "Black and white seem to be changed: turned around, the model would know the image. Invert it and open it again.".into(),
        Concern::Cropped => "The image seems to be cut too tight: with a border around it, the model would know it. Use the whole image.".into(),
        Concern::Elongated { ratio } => format!(
            "One side is {ratio:.1} times the other; the model learned from nearly square images, so this one is distorted for it."
        ),
        Concern::Clipped { share } => format!(
            "{:.0} % of the pixels are pure black or pure white; detail may have been lost before the image came here.",
            share * 100.0
        ),
        Concern::Transparent => "Parts of the image are transparent; they were read as black.".into(),
        Concern::WhollyTransparent => "Every pixel of the picture is marked as transparent; the colours behind that mark were used.".into(),
        Concern::SeveralFrames => "The file holds several frames; only the first was examined.".into(),
        Concern::OneFrameOf { frame, frames } => {
            format!("This is frame {frame} of the {frames} of the file. The answer is of this frame, not of the others.")
        }
        Concern::HeaderSilent { about } => {
            let fields: Vec<String> = about.iter().map(|field| field_words(*field).to_string()).collect();
            format!(
                "The file's header does not say {}: whether the model is the right one follows from the picture alone.",
                list(&fields, "or")
            )
        }
        Concern::AgeUnknown { ages } => format!(
            "The patient's age is not known. The model is for {}; for anybody else its answer means nothing.",
            ages.words
        ),
        Concern::Unconfirmed { asks } => format!(
            "Nobody said whether this is {asks}. The model is for nothing else; of any other picture its answer means nothing."
        ),
        Concern::Misnamed { named } => format!(
            "The file says that its pixels are compressed as {named}, but they are compressed in another way. They were read as what they are."
        ),
        Concern::EmptyWindow => "The file proposes a window (centre and width) in which nothing of this image is seen. Another was used.".into(),
        Concern::SecondaryCapture => "The file is a picture of a screen (a secondary capture), not what the machine measured. Use the original image where there is one.".into(),
        Concern::Ungated => "This model came without a gate: nothing refuses images that it was not made for. Check yourself that this is one of its kind.".into(),
        Concern::Unchecked { labels } if labels.is_empty() => format!("{UNCHECKED}."),
        Concern::Unchecked { labels } => {
            format!("{UNCHECKED} for {}: what it says of these is the network's raw output.", list(labels, "and"))
        }
    }
}

fn field_words(field: HeaderField) -> &'static str {
    match field {
        HeaderField::Modality => "which machine made the image (modality)",
        HeaderField::BodyPart => "which part of the body it shows",
        HeaderField::View => "from where it was taken (view)",
    }
}
