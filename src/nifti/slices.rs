//! From a block of voxels to slices that lie as a radiologist expects them.

use super::header::{DataType, Header, number};
use crate::frame::plane::{self, Plane};
use crate::frame::{Frame, FrameFacts, ModalityLut, Samples, Spacing, SpacingKind, VoiLut, WindowLevel};

/// How voxels become slices.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Slices {
    /// Columns of a slice, its rows, and slices of a volume.
    axes: [Axis; 3],
    volumes: usize,
    /// How a slice lies; what is the same for all.
    plane: Plane,
}

/// One axis of the block, as it is walked through.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Axis {
    /// 0, 1 or 2: i, j or k.
    number: usize,
    voxels: usize,
    /// From one voxel to the next, in voxels of the block.
    stride: usize,
    /// Whether it is walked from its end.
    is_backward: bool,
    mm: f64,
}

impl Axis {
    /// Where it is walked to, as a unit vector along DICOM's axes.
    fn direction(&self, rows: &[[f64; 4]; 3]) -> [f64; 3] {
        let sign = if self.is_backward { -1.0 } else { 1.0 };
        as_dicom(column(rows, self.number)).map(|part| sign * part / self.mm)
    }
}

impl Slices {
    /// The axes nearest to right-left, anterior-posterior and feet-head; where the file tells none, as they are stored.
    pub fn new(header: &Header) -> Self {
        let [i, j, _, volumes] = header.size;
        let strides = [1, i, i * j];
        let affine =
            header.affine.unwrap_or([[-1.0, 0.0, 0.0, 0.0], [0.0, -1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]]);
        let [right, anterior, superior] = nearest(&affine);
        // Columns run to the patient's left, rows to the back, slices to the head.
        let axis = |number: usize, along: f64, wanted: f64| Axis {
            number,
            voxels: header.size.get(number).copied().unwrap_or(1),
            stride: strides.get(number).copied().unwrap_or(1),
            is_backward: along * wanted < 0.0,
            mm: header.affine.map_or_else(
                || header.spacing.get(number).copied().unwrap_or(1.0),
                |rows| length(column(&rows, number)),
            ),
        };
        let axes = [
            axis(right.0, right.1, -1.0),
            axis(anterior.0, anterior.1, -1.0),
            axis(superior.0, superior.1, 1.0),
        ];
        let toward = header.affine.and_then(|rows| {
            plane::from_cosines(&[axes[0].direction(&rows), axes[1].direction(&rows)].concat())
        });
        Self { axes, volumes, plane: Plane { toward, position: None } }
    }

    /// The middle slice of the middle volume.
    pub fn middle(&self) -> usize {
        let depth = self.axes[2].voxels;
        self.volumes / 2 * depth + depth / 2
    }

    /// How many slices there are.
    pub fn count(&self) -> usize {
        self.axes[2].voxels * self.volumes
    }

    /// Columns and rows.
    pub fn size(&self) -> (u32, u32) {
        (self.axes[0].voxels as u32, self.axes[1].voxels as u32)
    }

    /// Slice `at`; `voxels`: the block.
    pub fn frame(&self, header: &Header, voxels: &[u8], at: usize) -> Option<Frame> {
        let [columns, rows, depth] = self.axes;
        let (volume, slice) = (at / depth.voxels, at % depth.voxels);
        if volume >= self.volumes {
            return None;
        }
        let block = columns.voxels * rows.voxels * depth.voxels;
        let place =
            |axis: Axis, at: usize| axis.stride * if axis.is_backward { axis.voxels - 1 - at } else { at };
        let first = volume * block + place(depth, slice);
        let width = header.number.bytes();
        let line = |row: usize| {
            let first = first + place(rows, row);
            (0..columns.voxels).map(move |column| (first + place(columns, column)) * width)
        };
        let places = (0..rows.voxels).flat_map(line);
        let (samples, modality_lut) = if header.number == DataType::Rgb {
            let bytes = places.filter_map(|at| voxels.get(at..at + 3)).flatten().copied().collect();
            (Samples::Rgb(bytes), None)
        } else {
            let values: Vec<f64> = places.map(|at| value(header, voxels, at)).collect();
            let (samples, lut) = stored(header, &values);
            (Samples::Grey(samples), Some(lut))
        };
        let window =
            |[low, high]: [f64; 2]| VoiLut::LinearExact { center: (low + high) / 2.0, width: high - low };
        let windows = header.display_range.filter(|_| modality_lut.is_some()).map(window);
        let windows = windows.map(|shape| WindowLevel { name: String::new(), shape }).into_iter().collect();
        let position = header.affine.map(|rows| self.position(&rows, slice));
        let (width, height) = self.size();
        let spacing = Spacing { row_mm: rows.mm, column_mm: columns.mm, kind: SpacingKind::Patient };
        let facts = FrameFacts {
            width,
            height,
            modality_lut,
            spacing: Some(spacing),
            pixel_height: None,
            windows,
            plane: Plane { position, ..self.plane.clone() },
        };
        Some(Frame { facts, samples, overlay: Vec::new() })
    }

    /// Where a slice lies along the normal of its plane, in millimetres, as DICOM tells it of its first pixel.
    fn position(&self, rows: &[[f64; 4]; 3], slice: usize) -> f64 {
        let mut first = as_dicom(rows.map(|row| row[3]));
        for (axis, at) in self.axes.iter().zip([0, 0, slice]) {
            let index = if axis.is_backward { axis.voxels - 1 - at } else { at } as f64;
            let step = as_dicom(column(rows, axis.number));
            first.iter_mut().zip(step).for_each(|(place, step)| *place += step * index);
        }
        let [x, y] = [self.axes[0].direction(rows), self.axes[1].direction(rows)];
        let normal = plane::normal(x, y);
        let along: f64 = first.iter().zip(normal).map(|(place, part)| place * part).sum();
        along / length(normal).max(f64::MIN_POSITIVE)
    }
}

/// For each of right, anterior and superior the axis of the block that is nearest to it, and how it points: the choice whose
/// cosines together are the greatest.
fn nearest(affine: &[[f64; 4]; 3]) -> [(usize, f64); 3] {
    const ORDERS: [[usize; 3]; 6] = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
    let cosine = |row: usize, number: usize| {
        let along = column(affine, number);
        along.get(row).copied().unwrap_or(0.0) / length(along).max(f64::MIN_POSITIVE)
    };
    let fit = |order: &[usize; 3]| -> f64 {
        order.iter().enumerate().map(|(row, number)| cosine(row, *number).abs()).sum()
    };
    let [right, anterior, superior] =
        ORDERS.iter().max_by(|a, b| fit(a).total_cmp(&fit(b))).copied().unwrap_or([0, 1, 2]);
    [(right, cosine(0, right)), (anterior, cosine(1, anterior)), (superior, cosine(2, superior))]
}

fn column(rows: &[[f64; 4]; 3], number: usize) -> [f64; 3] {
    rows.map(|row| row.get(number).copied().unwrap_or(0.0))
}

/// From right, anterior and superior to DICOM's axes, which point to the left, to the back and to the head.
fn as_dicom([right, anterior, superior]: [f64; 3]) -> [f64; 3] {
    [-right, -anterior, superior]
}

fn length([x, y, z]: [f64; 3]) -> f64 {
    (x * x + y * y + z * z).sqrt()
}

/// One stored value.
fn value(header: &Header, voxels: &[u8], at: usize) -> f64 {
    let big = header.is_big_endian;
    match header.number {
        DataType::U8 | DataType::Rgb => f64::from(u8::from_le_bytes(number(voxels, at, big))),
        DataType::I8 => f64::from(i8::from_le_bytes(number(voxels, at, big))),
        DataType::I16 => f64::from(i16::from_le_bytes(number(voxels, at, big))),
        DataType::U16 => f64::from(u16::from_le_bytes(number(voxels, at, big))),
        DataType::I32 => f64::from(i32::from_le_bytes(number(voxels, at, big))),
        DataType::U32 => f64::from(u32::from_le_bytes(number(voxels, at, big))),
        DataType::F32 => f64::from(f32::from_le_bytes(number(voxels, at, big))),
        DataType::F64 => f64::from_le_bytes(number(voxels, at, big)),
    }
}

/// The values as 16 bits, and the way back to real ones. Numbers of 16 bits and fewer stay exact; wider ones are spread over the range
/// of this slice. What is no number (NaN, infinity) is padding.
fn stored(header: &Header, values: &[f64]) -> (Vec<u16>, ModalityLut) {
    let (slope, intercept) = (header.slope, header.intercept);
    let lut = |intercept: f64| ModalityLut {
        slope,
        intercept,
        unit: String::new(),
        is_inverted: false,
        padding: None,
    };
    let exact = |shift: f64| {
        let samples = values.iter().map(|value| (value + shift) as u16).collect();
        (samples, lut(intercept - slope * shift))
    };
    let spread = |least_step: f64| {
        let values = values.iter().map(|value| value.is_finite().then_some(*value));
        let (lut, samples) = lut(intercept).spread(values, least_step);
        (samples, lut)
    };
    match header.number {
        DataType::U8 | DataType::U16 | DataType::Rgb => exact(0.0),
        DataType::I8 | DataType::I16 => exact(32_768.0),
        DataType::I32 | DataType::U32 => spread(1.0),
        DataType::F32 | DataType::F64 => spread(0.0),
    }
}
