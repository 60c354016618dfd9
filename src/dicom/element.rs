//! Values of elements, leniently: what is missing or senseless is nothing.

use super::tree::Data;
use dicom_core::Tag;
use std::borrow::Cow;

/// A text without padding; empty where there is none.
pub(super) fn text(object: &Data, tag: Tag) -> String {
    let value = object.get(tag).and_then(|element| element.to_str().ok());
    value.map_or_else(String::new, |text| text.trim_matches(['\0', ' ']).to_string())
}

/// The first value as a whole number.
pub(super) fn integer(object: &Data, tag: Tag) -> Option<i64> {
    let value = object.get(tag)?.value().primitive()?;
    value.to_int::<i64>().ok().or_else(|| value.to_str().trim_matches(['\0', ' ']).parse().ok())
}

/// All values as finite numbers; none where one of them is not.
pub(super) fn numbers(object: &Data, tag: Tag) -> Vec<f64> {
    let read = || {
        let value = object.get(tag)?.value().primitive()?;
        // Some programs write a comma where the standard has a point.
        let with_points =
            || value.to_multi_str().iter().map(|text| text.trim().replace(',', ".").parse().ok()).collect();
        value.to_multi_float64().ok().or_else(with_points)
    };
    read().filter(|values| values.iter().all(|value| value.is_finite())).unwrap_or_default()
}

/// The first value as a finite number.
pub(super) fn number(object: &Data, tag: Tag) -> Option<f64> {
    numbers(object, tag).first().copied()
}

/// Texts of an element with several.
pub(super) fn texts(object: &Data, tag: Tag) -> Vec<String> {
    let value = object.get(tag).and_then(|element| element.value().primitive());
    let texts = value.map(|value| value.to_multi_str().iter().map(|text| text.trim().to_string()).collect());
    texts.unwrap_or_default()
}

/// The objects of a sequence.
pub(super) fn items(object: &Data, tag: Tag) -> &[Data] {
    object.get(tag).and_then(|element| element.items()).unwrap_or_default()
}

/// The bytes of an element of bytes or of words, of which the lower byte comes first.
pub(super) fn bytes(object: &Data, tag: Tag) -> Cow<'_, [u8]> {
    use dicom_core::PrimitiveValue::{U8, U16};
    match object.get(tag).and_then(|element| element.value().primitive()) {
        Some(U8(bytes)) => Cow::Borrowed(bytes),
        Some(U16(words)) => words.iter().flat_map(|word| word.to_le_bytes()).collect(),
        _ => Cow::default(),
    }
}

/// Whole numbers of 16 bits, as tables are stored: as numbers, or as bytes where the representation is unknown.
pub(super) fn words(object: &Data, tag: Tag) -> Vec<u16> {
    use dicom_core::PrimitiveValue::{I16, U8, U16};
    match object.get(tag).and_then(|element| element.value().primitive()) {
        Some(U16(values)) => values.to_vec(),
        Some(I16(values)) => values.iter().map(|value| *value as u16).collect(),
        Some(U8(bytes)) => bytes.as_chunks().0.iter().map(|pair| u16::from_le_bytes(*pair)).collect(),
        _ => Vec::new(),
    }
}
