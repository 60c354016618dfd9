//! The header for people, line by line.

use super::tree::{Data, Pixels, Tree};
use crate::messages::why::dicom as why;
use crate::study::Tag;
use dicom_core::dictionary::{DataDictionary, DataDictionaryEntry};
use dicom_core::value::Value;
use dicom_core::{PrimitiveValue, VR};
use dicom_dictionary_std::{StandardDataDictionary, tags};
use dicom_object::mem::InMemElement;

/// Characters of a value that are shown.
const SHOWN: usize = 120;
/// Lines of a header; private data could make it endless.
const MOST_LINES: usize = 5000;

/// What stands for a value that names the patient.
const MASK: &str = "(masked)";

/// Elements outside the patient's own group that name the patient, the visit, or who was there.
const NAMING: [dicom_core::Tag; 13] = [
    tags::ACCESSION_NUMBER,
    tags::STUDY_ID,
    tags::INSTITUTION_NAME,
    tags::INSTITUTION_ADDRESS,
    tags::INSTITUTIONAL_DEPARTMENT_NAME,
    tags::STATION_NAME,
    tags::ADMISSION_ID,
    tags::REQUESTED_PROCEDURE_ID,
    tags::SCHEDULED_PROCEDURE_STEP_ID,
    tags::PERFORMED_PROCEDURE_STEP_ID,
    tags::REFERRING_PHYSICIAN_ADDRESS,
    tags::REFERRING_PHYSICIAN_TELEPHONE_NUMBERS,
    tags::REQUESTING_SERVICE,
];

/// Of the patient's group, what tells nothing of who it is.
const HARMLESS: [dicom_core::Tag; 4] =
    [tags::PATIENT_SEX, tags::PATIENT_AGE, tags::PATIENT_SIZE, tags::PATIENT_WEIGHT];

/// All elements, those of sequences below them.
pub(super) fn list(tree: &Tree, is_masked: bool) -> Vec<Tag> {
    let mut lines = Vec::new();
    add(&tree.root, 0, is_masked, &mut lines);
    if let Some(pixels) = &tree.pixels {
        let value = match pixels {
            Pixels::Plain { at, .. } => format!("{} bytes", at.len()),
            Pixels::Fragments(pieces) => why::in_fragments(pieces.iter().map(|p| p.len()).sum()),
        };
        let vr = if let Pixels::Plain { vr, .. } = pixels { vr.to_string() } else { "OB".into() };
        let (tag, name) = match vr.as_str() {
            "OF" => ("(7FE0,0008)", "Float Pixel Data"),
            "OD" => ("(7FE0,0009)", "Double Float Pixel Data"),
            _ => ("(7FE0,0010)", "Pixel Data"),
        };
        lines.push(Tag { depth: 0, tag: tag.into(), vr, name: name.into(), value });
    }
    lines
}

fn add(object: &Data, depth: u8, is_masked: bool, lines: &mut Vec<Tag>) {
    for element in object {
        if lines.len() >= MOST_LINES {
            return;
        }
        let tag = element.header().tag;
        let line = |value: String| Tag {
            depth,
            tag: format!("({:04X},{:04X})", tag.group(), tag.element()),
            vr: element.vr().to_string().into(),
            name: name(tag),
            value,
        };
        let is_hidden = is_masked && names_someone(element);
        match element.value() {
            Value::Sequence(sequence) if !is_hidden => {
                lines.push(line(format!("{} items", sequence.items().len())));
                for item in sequence.items() {
                    add(item, depth.saturating_add(1), is_masked, lines);
                }
            }
            _ if is_hidden => lines.push(line(MASK.into())),
            Value::Primitive(value) => lines.push(line(words(value, element.vr()))),
            _ => {}
        }
    }
}

/// Names of persons, the patient's own group, free texts, and what only the manufacturer understands.
fn names_someone(element: &InMemElement) -> bool {
    let tag = element.header().tag;
    let is_text = matches!(element.vr(), VR::PN | VR::LT | VR::ST | VR::UT);
    let is_private = tag.group() % 2 == 1;
    let is_patients = tag.group() == 0x0010 && !HARMLESS.contains(&tag);
    is_text || is_private || is_patients || NAMING.contains(&tag)
}

/// `PatientName` in words; nothing for what the dictionary does not know.
fn name(tag: dicom_core::Tag) -> String {
    let mut words = String::new();
    let alias = StandardDataDictionary.by_tag(tag).map_or("", |entry| entry.alias());
    let mut before = ' ';
    for (at, letter) in alias.char_indices() {
        let next = alias.get(at + 1..).and_then(|rest| rest.chars().next());
        let begins = letter.is_ascii_uppercase()
            && (before.is_ascii_lowercase() || next.is_some_and(|next| next.is_ascii_lowercase()));
        if begins && at > 0 {
            words.push(' ');
        }
        words.push(letter);
        before = letter;
    }
    words
}

fn words(value: &PrimitiveValue, vr: VR) -> String {
    let is_bulk = matches!(vr, VR::OB | VR::OW | VR::OD | VR::OF | VR::OL | VR::OV | VR::UN);
    if is_bulk {
        return format!("{} bytes", value.calculate_byte_len());
    }
    let text: String =
        value.to_multi_str().join("\\").chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let text = text.trim();
    if text.chars().count() <= SHOWN {
        return text.to_string();
    }
    text.chars().take(SHOWN).chain("...".chars()).collect()
}

#[cfg(test)]
mod tests {
    use super::name;
    use dicom_dictionary_std::tags;

    #[test]
    fn names_are_words() {
        assert_eq!(name(tags::PATIENT_NAME), "Patient Name");
        assert_eq!(name(tags::SOP_CLASS_UID), "SOP Class UID");
        assert_eq!(name(tags::ROWS), "Rows");
        assert_eq!(name(dicom_core::Tag(0x0009, 0x1001)), "");
    }
}
