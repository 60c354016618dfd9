//! DICOM files made in code, for tests: no patient was ever examined. Each is written by dicom-rs, so that what is read here was not
//! written by the same hand.

use dicom_core::value::{DataSetSequence, PixelFragmentSequence};
use dicom_core::{DataElement, Length, PrimitiveValue, Tag, VR};
use dicom_dictionary_std::{tags, uids};
use dicom_object::{FileMetaTableBuilder, InMemDicomObject};

/// What a phantom is written as.
#[derive(Clone, Debug)]
pub struct Phantom {
    object: InMemDicomObject,
    syntax: String,
}

/// Pixels of a phantom, as they are stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PixelData {
    /// 8 bits a sample.
    Bytes(Vec<u8>),
    /// 16 bits a sample.
    Words(Vec<u16>),
    /// Compressed: the basic offset table, and the fragments.
    Fragments(Vec<u32>, Vec<Vec<u8>>),
}

impl Phantom {
    /// A grey image of `width` x `height` pixels, `bits` stored of 8 or 16, without a window.
    pub fn grey(width: u16, height: u16, bits: u16, pixels: PixelData) -> Self {
        let mut phantom =
            Self { object: InMemDicomObject::new_empty(), syntax: uids::EXPLICIT_VR_LITTLE_ENDIAN.into() };
        for (tag, value) in [
            (tags::SAMPLES_PER_PIXEL, 1),
            (tags::ROWS, height),
            (tags::COLUMNS, width),
            (tags::BITS_ALLOCATED, if bits > 8 { 16 } else { 8 }),
            (tags::BITS_STORED, bits),
            (tags::HIGH_BIT, bits - 1),
            (tags::PIXEL_REPRESENTATION, 0),
        ] {
            phantom = phantom.number(tag, value);
        }
        phantom
            .text(tags::SOP_CLASS_UID, VR::UI, uids::SECONDARY_CAPTURE_IMAGE_STORAGE)
            .text(tags::SOP_INSTANCE_UID, VR::UI, "2.25.1")
            .text(tags::STUDY_INSTANCE_UID, VR::UI, "2.25.2")
            .text(tags::SERIES_INSTANCE_UID, VR::UI, "2.25.3")
            .text(tags::PHOTOMETRIC_INTERPRETATION, VR::CS, "MONOCHROME2")
            .text(tags::MODALITY, VR::CS, "OT")
            .text(tags::PATIENT_ID, VR::LO, "PHANTOM-1")
            .text(tags::PATIENT_NAME, VR::PN, "Phantom^Anna")
            .pixels(pixels)
    }

    /// A slice of computed tomography: signed Hounsfield units with a lung window and a soft tissue window, 0.7 mm by 0.8 mm, at
    /// `position` mm along the patient. Air, with a disk of water left of the middle and above it, and a small one of bone in that.
    pub fn slice(side: u16, position: f64, instance: u16) -> Self {
        let unit = |x: u16, y: u16| {
            let (x, y) = (f64::from(x) / f64::from(side), f64::from(y) / f64::from(side));
            let within = |cx: f64, cy: f64, radius: f64| (x - cx).hypot(y - cy) < radius;
            match (within(0.35, 0.3, 0.08), within(0.4, 0.35, 0.25)) {
                (true, _) => 700i16,
                (_, true) => 0,
                _ => -1000,
            }
        };
        let pixels = (0..side).flat_map(|y| (0..side).map(move |x| unit(x, y) as u16)).collect();
        Self::grey(side, side, 16, PixelData::Words(pixels))
            .number(tags::PIXEL_REPRESENTATION, 1)
            .text(tags::SOP_CLASS_UID, VR::UI, uids::CT_IMAGE_STORAGE)
            .text(tags::SOP_INSTANCE_UID, VR::UI, &format!("2.25.10{instance}"))
            .text(tags::MODALITY, VR::CS, "CT")
            .text(tags::RESCALE_INTERCEPT, VR::DS, "0")
            .text(tags::RESCALE_SLOPE, VR::DS, "1")
            .text(tags::RESCALE_TYPE, VR::LO, "HU")
            .text(tags::WINDOW_CENTER, VR::DS, "-600\\40")
            .text(tags::WINDOW_WIDTH, VR::DS, "1500\\400")
            .text(tags::WINDOW_CENTER_WIDTH_EXPLANATION, VR::LO, "Lung\\Soft tissue")
            .text(tags::PIXEL_SPACING, VR::DS, "0.7\\0.8")
            .text(tags::IMAGE_ORIENTATION_PATIENT, VR::DS, "1\\0\\0\\0\\1\\0")
            .text(tags::IMAGE_POSITION_PATIENT, VR::DS, &format!("-100\\-90\\{position}"))
            .text(tags::INSTANCE_NUMBER, VR::IS, &instance.to_string())
    }

    /// A schematic chest radiograph of 12 bits, as detectors give it.
    pub fn chest(seed: u64, side: u16) -> Self {
        Self::radiograph(side, chest_values(seed, side))
    }

    /// Several of them as the frames of one file: a chest for each seed from 0.
    pub fn chests(frames: u16, side: u16) -> Self {
        let values = (0..frames).flat_map(|seed| chest_values(seed.into(), side)).collect();
        Self::radiograph(side, values).text(tags::NUMBER_OF_FRAMES, VR::IS, &frames.to_string())
    }

    fn radiograph(side: u16, values: Vec<u16>) -> Self {
        Self::grey(side, side, 12, PixelData::Words(values))
            .text(tags::SOP_CLASS_UID, VR::UI, uids::DIGITAL_X_RAY_IMAGE_STORAGE_FOR_PRESENTATION)
            .text(tags::MODALITY, VR::CS, "DX")
            .text(tags::BODY_PART_EXAMINED, VR::CS, "CHEST")
            .text(tags::WINDOW_CENTER, VR::DS, "2048")
            .text(tags::WINDOW_WIDTH, VR::DS, "4096")
            .text(tags::IMAGER_PIXEL_SPACING, VR::DS, "0.143\\0.143")
    }

    /// With a text element.
    pub fn text(mut self, tag: Tag, vr: VR, value: &str) -> Self {
        let values: Vec<String> = value.split('\\').map(String::from).collect();
        self.object.put(DataElement::new(tag, vr, PrimitiveValue::Strs(values.into())));
        self
    }

    /// With a whole number of 16 bits.
    pub fn number(self, tag: Tag, value: u16) -> Self {
        self.numbers(tag, &[value])
    }

    /// With several of them.
    pub fn numbers(mut self, tag: Tag, values: &[u16]) -> Self {
        self.object.put(DataElement::new(tag, VR::US, PrimitiveValue::U16(values.into())));
        self
    }

    /// With a sequence, an object for each item: what else these hold is left out.
    pub fn sequence(mut self, tag: Tag, items: Vec<Self>) -> Self {
        let items: Vec<InMemDicomObject> = items.into_iter().map(|item| item.object).collect();
        self.object.put(DataElement::new(tag, VR::SQ, DataSetSequence::new(items, Length::UNDEFINED)));
        self
    }

    /// Nothing, for an item of a sequence.
    pub fn item() -> Self {
        Self { object: InMemDicomObject::new_empty(), syntax: String::new() }
    }

    /// In another transfer syntax; what the pixels are compressed as must agree.
    pub fn syntax(self, uid: &str) -> Self {
        Self { syntax: uid.into(), ..self }
    }

    /// With other pixels.
    pub fn pixels(mut self, pixels: PixelData) -> Self {
        self.object.put(match pixels {
            PixelData::Bytes(bytes) => {
                DataElement::new(tags::PIXEL_DATA, VR::OB, PrimitiveValue::from(bytes))
            }
            PixelData::Words(words) => {
                DataElement::new(tags::PIXEL_DATA, VR::OW, PrimitiveValue::U16(words.into()))
            }
            PixelData::Fragments(table, fragments) => {
                DataElement::new(tags::PIXEL_DATA, VR::OB, PixelFragmentSequence::new(table, fragments))
            }
        });
        self
    }

    /// The file; nothing where it cannot be written.
    pub fn file(self) -> Vec<u8> {
        let meta = FileMetaTableBuilder::new().transfer_syntax(self.syntax);
        let mut file = Vec::new();
        let written = self.object.with_meta(meta).is_ok_and(|object| object.write_all(&mut file).is_ok());
        if written { file } else { Vec::new() }
    }
}

/// A drawn chest's values of 12 bits.
fn chest_values(seed: u64, side: u16) -> Vec<u16> {
    let radiograph = super::chest_bmp(seed, u32::from(side));
    let grey = crate::imaging::read(&radiograph).map(|(image, _)| image.pixels().to_luma8().into_raw());
    grey.unwrap_or_default().iter().map(|value| u16::from(*value) * 16).collect()
}
