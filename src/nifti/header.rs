//! The header of a NIfTI-1 file (Cox et al. 2004; `nifti1.h`): sizes, number type, scaling and orientation.

use super::Error;
use crate::messages::why::nifti as why;

/// Bytes of the header.
pub(super) const HEADER: usize = 348;
/// Bytes of the header of NIfTI-2.
const NIFTI_2: u32 = 540;
/// Where the magic stands.
const MAGIC: usize = 344;

/// How a voxel is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DataType {
    U8,
    I8,
    I16,
    U16,
    I32,
    U32,
    F32,
    F64,
    /// Red, green, blue.
    Rgb,
}

impl DataType {
    /// From `datatype`.
    fn read(code: i16) -> Result<Self, Error> {
        Ok(match code {
            2 => Self::U8,
            4 => Self::I16,
            8 => Self::I32,
            16 => Self::F32,
            64 => Self::F64,
            128 => Self::Rgb,
            256 => Self::I8,
            512 => Self::U16,
            768 => Self::U32,
            _ => return Err(Error::Unsupported(why::data_type(code))),
        })
    }

    /// Bytes of a voxel.
    pub fn bytes(self) -> usize {
        match self {
            Self::U8 | Self::I8 => 1,
            Self::I16 | Self::U16 => 2,
            Self::Rgb => 3,
            Self::I32 | Self::U32 | Self::F32 => 4,
            Self::F64 => 8,
        }
    }

    /// Bits of a sample.
    pub fn bits(self) -> u8 {
        if self == Self::Rgb { 8 } else { 8 * self.bytes() as u8 }
    }
}

/// What a header says.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Header {
    pub is_big_endian: bool,
    pub number: DataType,
    /// Voxels along i, j and k, and volumes; at least 1 each.
    pub size: [usize; 4],
    /// Where the voxels begin.
    pub offset: usize,
    /// `real = slope * stored + intercept`.
    pub slope: f64,
    pub intercept: f64,
    /// From voxel indices to millimetres (right, anterior, superior): a row for each of them, the last column is added.
    /// `None` where the file does not say.
    pub affine: Option<[[f64; 4]; 3]>,
    /// Millimetres between voxels along i, j and k.
    pub spacing: [f64; 3],
    /// The lowest and the highest real value to show (`cal_min`, `cal_max`), where the file says so.
    pub display_range: Option<[f64; 2]>,
}

/// Whether these first bytes are those of a NIfTI-1 or NIfTI-2 header.
pub(super) fn is(head: &[u8]) -> bool {
    let magic = |at: usize| {
        head.get(at..at + 3).is_some_and(|found| matches!(found, b"n+1" | b"ni1" | b"n+2" | b"ni2"))
    };
    has_size(head, HEADER as u32) && magic(MAGIC) || has_size(head, NIFTI_2) && magic(4)
}

/// Whether a header says that it has this size, in either byte order.
fn has_size(head: &[u8], size: u32) -> bool {
    head.first_chunk::<4>()
        .is_some_and(|found| [u32::from_le_bytes(*found), u32::from_be_bytes(*found)].contains(&size))
}

/// The little-endian bytes of a number; zeros where the file ends before it.
pub(super) fn number<const N: usize>(bytes: &[u8], at: usize, is_big_endian: bool) -> [u8; N] {
    let mut found = bytes.get(at..).and_then(|rest| rest.first_chunk::<N>()).copied().unwrap_or([0; N]);
    if is_big_endian {
        found.reverse();
    }
    found
}

struct Reader<'a> {
    bytes: &'a [u8],
    is_big_endian: bool,
}

impl Reader<'_> {
    fn array<const N: usize>(&self, at: usize) -> [u8; N] {
        number(self.bytes, at, self.is_big_endian)
    }

    fn short(&self, at: usize) -> i16 {
        i16::from_le_bytes(self.array(at))
    }

    fn float(&self, at: usize) -> f64 {
        f64::from(f32::from_le_bytes(self.array(at)))
    }
}

/// Reads the header of a single file (`.nii`).
pub(super) fn read(bytes: &[u8]) -> Result<Header, Error> {
    if has_size(bytes, NIFTI_2) {
        return Err(Error::Unsupported(why::NIFTI_2.into()));
    }
    if bytes.len() < HEADER {
        return Err(Error::Damaged(why::HEADER_CUT.into()));
    }
    let reader =
        Reader { bytes, is_big_endian: u32::from_be_bytes(number(bytes, 0, false)) == HEADER as u32 };
    if bytes.get(MAGIC..MAGIC + 3) == Some(b"ni1") {
        return Err(Error::Unsupported(why::OTHER_FILE.into()));
    }
    let dimensions = reader.short(40);
    if !(1..=7).contains(&dimensions) {
        return Err(Error::Damaged(why::dimensions(dimensions)));
    }
    let mut size = [1usize; 4];
    for axis in 1..=dimensions {
        let voxels = reader.short(40 + 2 * axis as usize);
        let along = usize::try_from(voxels).ok().filter(|voxels| *voxels > 0);
        let along = along.ok_or_else(|| Error::Damaged(why::side(voxels)))?;
        // Volumes of every further dimension follow one another.
        if let Some(side) = size.get_mut((axis as usize - 1).min(3)) {
            *side = side.saturating_mul(along);
        }
    }
    let pixdim: [f64; 8] = std::array::from_fn(|at| reader.float(76 + 4 * at));
    let spacing = [positive(pixdim[1]), positive(pixdim[2]), positive(pixdim[3])];
    let slope = reader.float(112);
    let has_scale = slope.is_finite() && slope != 0.0;
    let intercept = reader.float(116);
    let display_range = [reader.float(128), reader.float(124)];
    let offset = reader.float(108);
    let header = Header {
        is_big_endian: reader.is_big_endian,
        number: DataType::read(reader.short(70))?,
        size,
        offset: if offset.is_finite() && offset >= HEADER as f64 { offset as usize } else { HEADER + 4 },
        slope: if has_scale { slope } else { 1.0 },
        intercept: if has_scale && intercept.is_finite() { intercept } else { 0.0 },
        affine: sform(&reader).or_else(|| qform(&reader, &pixdim)),
        spacing,
        display_range: Some(display_range)
            .filter(|[low, high]| low.is_finite() && high.is_finite() && low < high),
    };
    let unit = match reader.bytes.get(123).copied().unwrap_or_default() & 7 {
        1 => 1000.0,
        3 => 0.001,
        _ => 1.0,
    };
    Ok(header.in_units(unit))
}

impl Header {
    /// Lengths of `unit` millimetres become millimetres.
    fn in_units(mut self, unit: f64) -> Self {
        self.spacing = self.spacing.map(|side| side * unit);
        self.affine = self.affine.map(|rows| rows.map(|row| row.map(|value| value * unit)));
        self
    }
}

/// The affine matrix that stands in the header (method 3).
fn sform(reader: &Reader) -> Option<[[f64; 4]; 3]> {
    if reader.short(254) <= 0 {
        return None;
    }
    let rows = [280, 296, 312].map(|at| std::array::from_fn(|column| reader.float(at + 4 * column)));
    is_proper(&rows).then_some(rows)
}

/// The side of a voxel; 1 where none is given.
fn positive(side: f64) -> f64 {
    if side.is_finite() && side.abs() > 0.0 { side.abs() } else { 1.0 }
}

/// A rotation given as a quaternion, with the voxels' sizes (method 2).
fn qform(reader: &Reader, pixdim: &[f64; 8]) -> Option<[[f64; 4]; 3]> {
    if reader.short(252) <= 0 {
        return None;
    }
    let quaternion = [256, 260, 264].map(|at| reader.float(at));
    // Rounded, it may be a little longer than 1.
    let most = quaternion.iter().map(|part| part * part).sum::<f64>().sqrt().max(1.0);
    let [b, c, d] = quaternion.map(|part| part / most);
    let a = (1.0 - (b * b + c * c + d * d)).max(0.0).sqrt();
    let rotation = [
        [a * a + b * b - c * c - d * d, 2.0 * (b * c - a * d), 2.0 * (b * d + a * c)],
        [2.0 * (b * c + a * d), a * a + c * c - b * b - d * d, 2.0 * (c * d - a * b)],
        [2.0 * (b * d - a * c), 2.0 * (c * d + a * b), a * a + d * d - b * b - c * c],
    ];
    let handedness = if pixdim[0] < 0.0 { -1.0 } else { 1.0 };
    let [i, j, k] = [pixdim[1], pixdim[2], pixdim[3]].map(positive);
    let sides = [i, j, k * handedness];
    let moved = [268, 272, 276].map(|at| reader.float(at));
    let mut rows = [[0.0; 4]; 3];
    for ((row, turned), moved) in rows.iter_mut().zip(rotation).zip(moved) {
        let [i, j, k] = turned;
        *row = [i * sides[0], j * sides[1], k * sides[2], moved];
    }
    is_proper(&rows).then_some(rows)
}

/// Whether every axis has a length and none lies in the plane of the others.
fn is_proper(rows: &[[f64; 4]; 3]) -> bool {
    let [x, y, z] = rows;
    let determinant = x[0] * (y[1] * z[2] - y[2] * z[1]) - x[1] * (y[0] * z[2] - y[2] * z[0])
        + x[2] * (y[0] * z[1] - y[1] * z[0]);
    let side = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|part| part * part).sum::<f64>().sqrt()
    };
    let volume = side(0) * side(1) * side(2);
    rows.iter().flatten().all(|value| value.is_finite()) && determinant.abs() > 1e-6 * volume
}
