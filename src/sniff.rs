//! File type detection by the first bytes, never by the name. Page, workers and command line all ask here; only volumes,
//! which may have to be inflated, are told by `nifti::is`.

use crate::messages::fault::kind;

/// So many first bytes are enough for [`sniff`].
pub const SNIFF_BYTES: u32 = 512;

/// The type of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Nothing in it.
    Empty,
    /// A picture of a format that is read here.
    Picture(PictureFormat),
    /// A DICOM file.
    Dicom,
    /// A zip archive, also an empty one.
    Archive,
    /// Something else; in words, what it looks like.
    Other(&'static str),
}

/// The formats of pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PictureFormat {
    /// Portable Network Graphics.
    Png,
    /// JPEG, with or without JFIF.
    Jpeg,
    /// WebP.
    WebP,
    /// Windows bitmap.
    Bmp,
    /// TIFF 6.0.
    Tiff,
    /// GIF.
    Gif,
}

impl PictureFormat {
    /// For instance `PNG`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Png => "PNG",
            Self::Jpeg => "JPEG",
            Self::WebP => "WebP",
            Self::Bmp => "BMP",
            Self::Tiff => "TIFF",
            Self::Gif => "GIF",
        }
    }
}

/// Detects the type of a file; `head` may be cut off anywhere from [`SNIFF_BYTES`] bytes on.
pub fn sniff(head: &[u8]) -> Kind {
    // A DICOM preamble may itself look like another format's beginning.
    if head.is_empty() {
        Kind::Empty
    } else if is_marked_dicom(head) {
        Kind::Dicom
    } else if let Some(format) = picture(head) {
        Kind::Picture(format)
    } else if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        Kind::Archive
    } else if begins_with_data_set(head) {
        Kind::Dicom
    } else {
        Kind::Other(describe(head))
    }
}

fn picture(head: &[u8]) -> Option<PictureFormat> {
    Some(match head {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => PictureFormat::Png,
        [0xff, 0xd8, 0xff, ..] => PictureFormat::Jpeg,
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => PictureFormat::WebP,
        [b'B', b'M', ..] => PictureFormat::Bmp,
        [b'I', b'I', 42 | 43, 0, ..] | [b'M', b'M', 0, 42 | 43, ..] => PictureFormat::Tiff,
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => PictureFormat::Gif,
        _ => return None,
    })
}

/// Whether the DICOM mark stands after the preamble (PS3.10, section 7.1).
pub fn is_marked_dicom(bytes: &[u8]) -> bool {
    bytes.get(128..132) == Some(b"DICM")
}

/// Value representations of PS3.5, section 6.2.
const REPRESENTATIONS: [&[u8; 2]; 34] = [
    b"AE", b"AS", b"AT", b"CS", b"DA", b"DS", b"DT", b"FD", b"FL", b"IS", b"LO", b"LT", b"OB", b"OD", b"OF",
    b"OL", b"OV", b"OW", b"PN", b"SH", b"SL", b"SQ", b"SS", b"ST", b"SV", b"TM", b"UC", b"UI", b"UL", b"UN",
    b"UR", b"US", b"UT", b"UV",
];

/// Whether two bytes are a DICOM value representation.
pub fn is_value_representation(bytes: &[u8]) -> bool {
    REPRESENTATIONS.iter().any(|known| known.as_slice() == bytes)
}

/// Whether a DICOM data set, or the group before it, begins with the first byte: some programs omit the preamble.
fn begins_with_data_set(bytes: &[u8]) -> bool {
    let Some(&[g0, g1, e0, e1, v0, v1, l0, l1]) = bytes.first_chunk() else { return false };
    let is_explicit = is_value_representation(&[v0, v1]);
    match (g0, g1) {
        (2 | 8, 0) if is_explicit => true,
        (0, 8) => is_explicit,
        // Implicit: the first element of the group that every object begins with, and not a long one.
        (8, 0) => e1 == 0 && e0 <= 0x70 && v1 == 0 && l0 == 0 && l1 == 0 && v0 % 2 == 0,
        _ => false,
    }
}

/// Whether the first thing after white space and a byte-order mark is a tag.
fn is_marked_up(bytes: &[u8]) -> bool {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    matches!(text, [b'<', b'!' | b'?' | b'a'..=b'z' | b'A'..=b'Z', ..])
}

fn describe(bytes: &[u8]) -> &'static str {
    if bytes.starts_with(b"%PDF") {
        kind::PDF
    } else if bytes.get(4..8) == Some(b"ftyp") {
        let brand = bytes.get(8..12).unwrap_or_default();
        match brand {
            b"heic" | b"heix" | b"heim" | b"heis" | b"mif1" | b"msf1" => kind::HEIC,
            b"avif" | b"avis" => kind::AVIF,
            _ => kind::VIDEO,
        }
    } else if bytes.get(4..8) == Some(b"jP  ") || bytes.starts_with(b"\xff\x4f\xff\x51") {
        kind::JPEG_2000
    } else if bytes.get(4..8) == Some(b"JXL ") || bytes.starts_with(b"\xff\x0a") {
        kind::JPEG_XL
    } else if bytes.starts_with(b"NRRD") {
        kind::NRRD
    } else if bytes.starts_with(b"\x1f\x8b") {
        kind::GZIP
    } else if is_marked_up(bytes) {
        kind::MARKED_UP
    } else if bytes
        .iter()
        .take(SNIFF_BYTES as usize)
        .all(|b| !b.is_ascii_control() || b.is_ascii_whitespace())
    {
        kind::TEXT
    } else {
        kind::UNKNOWN
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_data_set_without_a_preamble_is_recognised() {
        assert_eq!(sniff(b"\x08\0\x05\0CS\x0a\0ISO_IR 100"), Kind::Dicom);
        assert_eq!(sniff(b"\x08\0\x16\0\x1a\0\0\x001.2.840.10008"), Kind::Dicom);
        assert_eq!(sniff(b"\0\x08\0\x05CS\0\x0aISO_IR 100"), Kind::Dicom);
        for other in [&b"\x08\0abcdef"[..], b"a text of words", b"\x08\0\x05"] {
            assert!(matches!(sniff(other), Kind::Other(_)), "{other:?}");
        }
    }

    #[test]
    fn a_dicom_preamble_may_look_like_a_picture() {
        let mut file = [&b"II*\0"[..], &[0; 124], b"DICM"].concat();
        assert_eq!(sniff(&file), Kind::Dicom);
        file.truncate(131);
        assert_eq!(sniff(&file), Kind::Picture(PictureFormat::Tiff));
    }

    #[test]
    fn beginnings_that_only_resemble_a_picture_are_none() {
        for other in [&b"\x89PNX\r\n\x1a\n"[..], b"\xff\xd8\0", b"RIFF____WAVE", b"GIF88a", b"II\0*", b"B"] {
            assert!(matches!(sniff(other), Kind::Other(_)), "{other:?}");
        }
    }
}
