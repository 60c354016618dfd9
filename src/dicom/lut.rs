//! What stored values mean: the modality LUT, the windows, the palette (PS3.3, sections C.11.1, C.11.2 and C.7.6.3.1.5).

use super::element::{integer, items, number, numbers, text, texts, words};
use super::tree::Data;
use super::{Error, damaged, segmented};
use crate::frame::{VoiLut, WindowLevel};
use crate::messages::why::dicom as why;
use dicom_core::Tag;
use dicom_dictionary_std::tags;

/// A table of PS3.3, C.11.1.1: the value that its first entry stands for, its entries, and their bits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Table {
    pub first: i64,
    pub values: Vec<u16>,
    pub bits: u8,
}

/// From stored to real values.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Modality {
    Rescale { slope: f64, intercept: f64, unit: String },
    Table(Table, String),
}

impl Table {
    /// From an object with LUT Descriptor and LUT Data. `is_signed`: whether the values that it takes are.
    fn read(object: &Data, descriptor: Tag, data: Tag, is_signed: bool) -> Option<Self> {
        let (first, length, bits) = described(object, descriptor, is_signed)?;
        let mut values = words(object, data);
        if values.len() == length.div_ceil(2) && bits == 8 && length > 1 {
            // Entries of 8 bits may be packed in pairs.
            values = values.iter().flat_map(|pair| pair.to_le_bytes().map(u16::from)).collect();
        }
        (values.len() >= length).then(|| {
            values.truncate(length);
            Self { first, values, bits }
        })
    }

    /// From an object with LUT Descriptor and segments.
    fn from_segments(object: &Data, descriptor: Tag, segments: Tag, is_signed: bool) -> Option<Self> {
        let (first, length, bits) = described(object, descriptor, is_signed)?;
        let values = segmented::expand(&words(object, segments), bits, length)?;
        Some(Self { first, values, bits })
    }

    /// The bits of its entries. Some programs say 16 and write 12: where no entry reaches half of what is said, those that are used count.
    fn used_bits(&self) -> u8 {
        let most = self.values.iter().copied().max().unwrap_or_default();
        let used = (u16::BITS - most.leading_zeros()) as u8;
        if used < self.bits { used.max(8) } else { self.bits }
    }

    /// The entry for a value; the nearest one beyond either end.
    pub fn at(&self, value: i64) -> u16 {
        let entry = (value - self.first).clamp(0, self.values.len() as i64 - 1);
        self.values.get(entry as usize).copied().unwrap_or_default()
    }
}

/// What a LUT Descriptor says: the value that the first entry stands for, the number of entries, and their bits.
fn described(object: &Data, descriptor: Tag, is_signed: bool) -> Option<(i64, usize, u8)> {
    let descriptor = words(object, descriptor);
    let [length, first, bits] = descriptor.as_slice() else { return None };
    // 0 stands for 65,536, which does not fit.
    let length = if *length == 0 { 1 << 16 } else { usize::from(*length) };
    let first = if is_signed { i64::from(*first as i16) } else { i64::from(*first) };
    let bits = u8::try_from(*bits).ok().filter(|bits| (8..=16).contains(bits))?;
    Some((first, length, bits))
}

/// The modality LUT, from where a frame has it: `pixel_values` is its own transformation, where it has one.
pub(super) fn modality(root: &Data, pixel_values: Option<&Data>, is_signed: bool) -> Modality {
    let unit_of = |object: &Data, tag| match text(object, tag).as_str() {
        "US" => String::new(),
        unit => unit.to_string(),
    };
    let table = items(root, tags::MODALITY_LUT_SEQUENCE).first().and_then(|item| {
        let table = Table::read(item, tags::LUT_DESCRIPTOR, tags::LUT_DATA, is_signed)?;
        Some(Modality::Table(table, unit_of(item, tags::MODALITY_LUT_TYPE)))
    });
    let rescale = || {
        let from = pixel_values.unwrap_or(root);
        let slope = number(from, tags::RESCALE_SLOPE).filter(|slope| *slope != 0.0).unwrap_or(1.0);
        let intercept = number(from, tags::RESCALE_INTERCEPT).unwrap_or(0.0);
        let mut unit = unit_of(from, tags::RESCALE_TYPE);
        // Type 1C: in CT images it may be left out, and then means these.
        if unit.is_empty() && text(root, tags::MODALITY) == "CT" && (slope, intercept) != (1.0, 0.0) {
            unit = "HU".into();
        }
        Modality::Rescale { slope, intercept, unit }
    };
    table.unwrap_or_else(rescale)
}

/// The windows that a file proposes, in its order: those of two numbers, then tables. `own`: a frame's own, where it has some.
pub(super) fn windows(root: &Data, own: Option<&Data>, is_signed: bool) -> Vec<WindowLevel> {
    let from = own.unwrap_or(root);
    let (centers, widths) = (numbers(from, tags::WINDOW_CENTER), numbers(from, tags::WINDOW_WIDTH));
    let names = texts(from, tags::WINDOW_CENTER_WIDTH_EXPLANATION);
    let function = text(from, tags::VOILUT_FUNCTION);
    let shape = |center: f64, width: f64| match function.as_str() {
        "LINEAR_EXACT" if width > 0.0 => Some(VoiLut::LinearExact { center, width }),
        "SIGMOID" if width > 0.0 => Some(VoiLut::Sigmoid { center, width }),
        "LINEAR_EXACT" | "SIGMOID" => None,
        _ => (width >= 1.0).then_some(VoiLut::Linear { center, width }),
    };
    let mut windows = Vec::new();
    for (number, (center, width)) in centers.iter().zip(&widths).enumerate() {
        let name = names.get(number).cloned().unwrap_or_default();
        windows.extend(shape(*center, *width).map(|shape| WindowLevel { name, shape }));
    }
    for item in items(root, tags::VOILUT_SEQUENCE) {
        let table = Table::read(item, tags::LUT_DESCRIPTOR, tags::LUT_DATA, is_signed);
        windows.extend(table.map(|table| WindowLevel {
            name: text(item, tags::LUT_EXPLANATION),
            shape: VoiLut::Table { first: table.first as f64, bits: table.used_bits(), values: table.values },
        }));
    }
    windows
}

/// Three tables of colours, 8 bits each.
pub(super) fn palette(root: &Data) -> Result<[Table; 3], Error> {
    let colours = [
        (tags::RED_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR, tags::RED_PALETTE_COLOR_LOOKUP_TABLE_DATA),
        (tags::GREEN_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR, tags::GREEN_PALETTE_COLOR_LOOKUP_TABLE_DATA),
        (tags::BLUE_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR, tags::BLUE_PALETTE_COLOR_LOOKUP_TABLE_DATA),
    ];
    let is_signed = integer(root, tags::PIXEL_REPRESENTATION) == Some(1);
    let is_segmented = root.get(tags::RED_PALETTE_COLOR_LOOKUP_TABLE_DATA).is_none();
    let read = |(descriptor, data): (Tag, Tag)| -> Result<Table, Error> {
        let table = if is_segmented {
            // The segments of a table have the number of its entries, and 20 more.
            let segments = Tag(data.group(), data.element() + 0x20);
            Table::from_segments(root, descriptor, segments, is_signed)
        } else {
            Table::read(root, descriptor, data, is_signed)
        };
        table.ok_or_else(|| damaged(why::PALETTE_CUT))
    };
    let [red, green, blue] = colours.map(read);
    let mut tables = [red?, green?, blue?];
    // Some programs say 16 bits and write 8, in all three tables: a dark colour alone says nothing. Segments are as they say.
    if is_segmented || tables.iter().any(|table| table.values.iter().any(|value| *value > 0xff)) {
        for table in &mut tables {
            let unused = table.bits - 8;
            table.values.iter_mut().for_each(|value| *value >>= unused);
        }
    }
    Ok(tables)
}
