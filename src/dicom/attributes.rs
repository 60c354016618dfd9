//! What an object says of itself.

use super::element::{integer, items, number, numbers, text, texts};
use super::layout::Layout;
use super::real;
use super::syntax::Syntax;
use super::tree::{Data, Tree};
use crate::fingerprint::sha256;
use crate::frame::plane::{self, Direction, Plane};
use crate::frame::{Spacing, SpacingKind};
use crate::messages::why::dicom as why;
use crate::study::{DicomFacts, Patient, first_script};
use dicom_core::Tag;
use dicom_dictionary_std::{tags, uids};

/// The part of the header that the program uses.
pub(super) fn facts(tree: &Tree, syntax: &Syntax, frames: u32) -> DicomFacts {
    let root = &tree.root;
    DicomFacts {
        has_real_numbers: real::bits(tree.pixels.as_ref()).is_some(),
        sop_class: text(root, tags::SOP_CLASS_UID),
        sop_instance: text(root, tags::SOP_INSTANCE_UID),
        study: text(root, tags::STUDY_INSTANCE_UID),
        series: text(root, tags::SERIES_INSTANCE_UID),
        transfer_syntax: syntax.name.into(),
        modality: text(root, tags::MODALITY),
        body_part: text(root, tags::BODY_PART_EXAMINED),
        study_date: date(&text(root, tags::STUDY_DATE)),
        study_description: text(root, tags::STUDY_DESCRIPTION),
        series_description: text(root, tags::SERIES_DESCRIPTION),
        accession: text(root, tags::ACCESSION_NUMBER),
        instance_number: integer(root, tags::INSTANCE_NUMBER).and_then(|n| i32::try_from(n).ok()),
        position: position(root, 0),
        frames,
        patient: patient(root),
        view: text(root, tags::VIEW_POSITION),
        image_type: texts(root, tags::IMAGE_TYPE).join("\\"),
        study_id: text(root, tags::STUDY_ID),
        study_time: text(root, tags::STUDY_TIME),
    }
}

fn patient(root: &Data) -> Patient {
    let id = text(root, tags::PATIENT_ID);
    let issuer = text(root, tags::ISSUER_OF_PATIENT_ID);
    let key = if id.is_empty() { String::new() } else { sha256(format!("{issuer}\0{id}").as_bytes()) };
    let person_name = text(root, tags::PATIENT_NAME);
    Patient {
        key,
        id,
        name: name(&person_name),
        person_name,
        issuer,
        referring: text(root, tags::REFERRING_PHYSICIAN_NAME),
        birth_date: date(&text(root, tags::PATIENT_BIRTH_DATE)),
        sex: text(root, tags::PATIENT_SEX),
        age: text(root, tags::PATIENT_AGE),
    }
}

/// `Family^Given^Middle^Prefix^Suffix`, for each of up to three scripts, as `Family, Given Middle` in the first that is there.
fn name(person: &str) -> String {
    let mut parts = first_script(person).split('^').map(str::trim);
    let family = parts.next().unwrap_or_default().to_string();
    let given = parts.take(2).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    match (family.is_empty(), given.is_empty()) {
        (_, true) => family,
        (true, false) => given,
        (false, false) => format!("{family}, {given}"),
    }
}

/// `YYYYMMDD`, or `YYYY.MM.DD` in old files, as `YYYY-MM-DD`; nothing of anything else.
fn date(written: &str) -> String {
    let digits: String = written.chars().filter(|c| *c != '.').collect();
    let is_date = digits.len() == 8 && digits.bytes().all(|byte| byte.is_ascii_digit());
    let part = |from, to| digits.get(from..to).unwrap_or_default();
    if is_date { format!("{}-{}-{}", part(0, 4), part(4, 6), part(6, 8)) } else { String::new() }
}

/// A functional group of an enhanced object (PS3.3, C.7.6.16): a frame's own, or the one that all frames share.
pub(super) fn group(root: &Data, frame: u32, tag: Tag) -> Option<&Data> {
    let own = items(root, tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE).get(frame as usize);
    let shared = items(root, tags::SHARED_FUNCTIONAL_GROUPS_SEQUENCE).first();
    [own, shared].into_iter().flatten().find_map(|groups| items(groups, tag).first())
}

/// Where the plane of a frame lies along its normal, in millimetres. Of several frames, an object that is not enhanced tells the first
/// one's only.
fn position(root: &Data, frame: u32) -> Option<f64> {
    let own = group(root, frame, tags::PLANE_POSITION_SEQUENCE);
    let at = own.or_else(|| (frame == 0).then_some(root))?;
    let place = numbers(at, tags::IMAGE_POSITION_PATIENT);
    let directions = directions(root, frame);
    let (&[x, y, z], &[rx, ry, rz, cx, cy, cz]) = (place.as_slice(), directions.as_slice()) else {
        return None;
    };
    let [nx, ny, nz] = plane::normal([rx, ry, rz], [cx, cy, cz]);
    Some(x * nx + y * ny + z * nz)
}

/// The direction cosines of a frame's rows and columns; nothing where it has none.
fn directions(root: &Data, frame: u32) -> Vec<f64> {
    let along = group(root, frame, tags::PLANE_ORIENTATION_SEQUENCE).unwrap_or(root);
    numbers(along, tags::IMAGE_ORIENTATION_PATIENT)
}

/// How far apart pixels are.
pub(super) fn spacing(root: &Data, frame: u32) -> Option<Spacing> {
    let read = |object: &Data, tag, kind| match numbers(object, tag).as_slice() {
        &[row_mm, column_mm] if row_mm > 0.0 && column_mm > 0.0 => Some(Spacing { row_mm, column_mm, kind }),
        _ => None,
    };
    let measures = group(root, frame, tags::PIXEL_MEASURES_SEQUENCE).unwrap_or(root);
    let detector = read(root, tags::IMAGER_PIXEL_SPACING, SpacingKind::Detector)
        .or_else(|| read(root, tags::NOMINAL_SCANNED_PIXEL_SPACING, SpacingKind::Detector));
    let patient = read(measures, tags::PIXEL_SPACING, SpacingKind::Patient);
    // Where a projection gives both and they are equal, nothing was calibrated (PS3.3, 10.7.1.3).
    let is_same = |a: &Spacing, b: &Spacing| (a.row_mm, a.column_mm) == (b.row_mm, b.column_mm);
    patient
        .filter(|patient| !detector.as_ref().is_some_and(|detector| is_same(patient, detector)))
        .or(detector)
}

/// How much higher than wide a pixel is, where only its shape is known: Pixel Aspect Ratio is height, width.
pub(super) fn pixel_height(root: &Data) -> Option<f64> {
    match numbers(root, tags::PIXEL_ASPECT_RATIO).as_slice() {
        &[height, width] if height > 0.0 && width > 0.0 => Some(height / width),
        _ => None,
    }
}

/// The first and the last of the stored values that stand for no image (PS3.3, C.7.5.1.1.2).
pub(super) fn padding(root: &Data, layout: &Layout) -> Option<[i64; 2]> {
    // Written with the sign of the samples, or of another representation.
    let value = |tag| {
        let value = integer(root, tag)?;
        let range = 1i64 << layout.stored;
        Some(match value {
            value if layout.is_signed && value >= range / 2 => value - range,
            value if !layout.is_signed && value < 0 => value + range,
            value => value,
        })
    };
    let first = value(tags::PIXEL_PADDING_VALUE)?;
    let last = value(tags::PIXEL_PADDING_RANGE_LIMIT).unwrap_or(first);
    Some([first.min(last), first.max(last)])
}

/// How a frame lies in the patient: by Image Orientation (Patient), for projections by Patient Orientation. Of animals nothing is
/// told: their directions have other names.
pub(super) fn plane(root: &Data, frame: u32) -> Plane {
    let projected = || match texts(root, tags::PATIENT_ORIENTATION).as_slice() {
        [row, column] => Some([Direction::from_letters(row)?, Direction::from_letters(column)?]),
        _ => None,
    };
    let is_animal = text(root, tags::ANATOMICAL_ORIENTATION_TYPE) == "QUADRUPED";
    let toward = plane::from_cosines(&directions(root, frame)).or_else(projected);
    Plane { toward: toward.filter(|_| !is_animal), position: position(root, frame) }
}

/// How long a frame is to be shown, in milliseconds.
pub(super) fn frame_ms(root: &Data) -> Option<f64> {
    let rate =
        || number(root, tags::RECOMMENDED_DISPLAY_FRAME_RATE).or_else(|| number(root, tags::CINE_RATE));
    let time = number(root, tags::FRAME_TIME).or_else(|| Some(1000.0 / rate()?));
    time.filter(|ms| *ms > 0.0 && ms.is_finite())
}

/// What an object without an image is, in words.
pub(super) fn kind(root: &Data) -> String {
    let class = text(root, tags::SOP_CLASS_UID);
    let known = KINDS.iter().find(|(uid, _)| *uid == class);
    known.map_or_else(|| why::OTHER_OBJECT.into(), |(_, words)| (*words).into())
}

/// Whether it is an object of a kind that has no image.
pub(super) fn is_known_kind(root: &Data) -> bool {
    let class = text(root, tags::SOP_CLASS_UID);
    KINDS.iter().any(|(uid, _)| *uid == class)
}

/// Objects without an image that often lie beside images.
const KINDS: [(&str, &str); 13] = [
    (uids::MEDIA_STORAGE_DIRECTORY_STORAGE, why::DIRECTORY),
    (uids::BASIC_TEXT_SR_STORAGE, why::STRUCTURED_REPORT),
    (uids::ENHANCED_SR_STORAGE, why::STRUCTURED_REPORT),
    (uids::COMPREHENSIVE_SR_STORAGE, why::STRUCTURED_REPORT),
    (uids::X_RAY_RADIATION_DOSE_SR_STORAGE, why::DOSE_REPORT),
    (uids::KEY_OBJECT_SELECTION_DOCUMENT_STORAGE, why::KEY_IMAGES),
    (uids::GRAYSCALE_SOFTCOPY_PRESENTATION_STATE_STORAGE, why::PRESENTATION_STATE),
    (uids::RT_PLAN_STORAGE, why::PLAN),
    (uids::RT_STRUCTURE_SET_STORAGE, why::STRUCTURES),
    (uids::ENCAPSULATED_PDF_STORAGE, why::PDF),
    (uids::TWELVE_LEAD_ECG_WAVEFORM_STORAGE, why::ELECTROCARDIOGRAM),
    (uids::GENERAL_ECG_WAVEFORM_STORAGE, why::ELECTROCARDIOGRAM),
    (uids::RAW_DATA_STORAGE, why::RAW_DATA),
];

/// The photometric interpretation, for `lantern read`.
pub(super) fn photometric(root: &Data, layout: &Layout) -> String {
    let written = text(root, tags::PHOTOMETRIC_INTERPRETATION);
    if written.is_empty() && layout.samples == 1 { "MONOCHROME2".into() } else { written }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_dates_are_written_for_people() {
        for (written, expected) in [
            ("Doe^Jane^Q^Dr", "Doe, Jane Q"),
            ("Doe", "Doe"),
            ("^Jane", "Jane"),
            ("=\u{5c71}\u{7530}^\u{592a}\u{90ce}", "\u{5c71}\u{7530}, \u{592a}\u{90ce}"),
            ("Yamada^Tarou=\u{5c71}\u{7530}", "Yamada, Tarou"),
            ("", ""),
        ] {
            assert_eq!(name(written), expected);
        }
        let dates = [("19791231", "1979-12-31"), ("1979.12.31", "1979-12-31"), ("1979", ""), ("soon", "")];
        for (written, expected) in dates {
            assert_eq!(date(written), expected);
        }
    }
}
