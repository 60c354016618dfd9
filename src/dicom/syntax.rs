//! Transfer syntaxes: how a file's elements are written, and how its pixels are compressed.

use crate::messages::why::dicom as why;
use dicom_transfer_syntax_registry::{TransferSyntax, entries};

/// How elements are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Implicit,
    Explicit,
    BigEndian,
    Deflated,
}

/// How pixels are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Codec {
    Plain,
    Rle,
    /// Baseline, extended or lossless: the stream itself says which.
    Jpeg,
    JpegLs,
    Jpeg2000,
    Unknown,
}

/// A transfer syntax that is known here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Syntax {
    pub uid: &'static str,
    /// In words.
    pub name: &'static str,
    /// What an image's facts call it.
    pub format: &'static str,
    pub encoding: Encoding,
    pub codec: Codec,
}

const fn of(
    uid: &'static str,
    name: &'static str,
    format: &'static str,
    encoding: Encoding,
    codec: Codec,
) -> Syntax {
    Syntax { uid, name, format, encoding, codec }
}

/// For files that do not say.
pub(super) const IMPLICIT: Syntax =
    of("1.2.840.10008.1.2", "Implicit VR Little Endian", "DICOM", Encoding::Implicit, Codec::Plain);
/// The usual one.
pub(super) const EXPLICIT: Syntax =
    of("1.2.840.10008.1.2.1", "Explicit VR Little Endian", "DICOM", Encoding::Explicit, Codec::Plain);
/// Retired, and still met.
pub(super) const BIG_ENDIAN: Syntax =
    of("1.2.840.10008.1.2.2", "Explicit VR Big Endian", "DICOM", Encoding::BigEndian, Codec::Plain);

/// PS3.5, section 10 and annex A. Those with an unknown codec are named so that a refusal can say what they are.
#[rustfmt::skip]
pub(super) const KNOWN: [Syntax; 22] = {
    use Codec::{Jpeg, Jpeg2000, JpegLs, Plain, Rle, Unknown};
    use Encoding::{Deflated, Explicit};
    [
        IMPLICIT, EXPLICIT, BIG_ENDIAN,
        of("1.2.840.10008.1.2.1.98", "Encapsulated Uncompressed Explicit VR Little Endian", "DICOM", Explicit, Plain),
        of("1.2.840.10008.1.2.1.99", "Deflated Explicit VR Little Endian", "DICOM (deflated)", Deflated, Plain),
        of("1.2.840.10008.1.2.5", "RLE Lossless", "DICOM (RLE)", Explicit, Rle),
        of("1.2.840.10008.1.2.4.50", "JPEG Baseline", "DICOM (JPEG)", Explicit, Jpeg),
        of("1.2.840.10008.1.2.4.51", "JPEG Extended", "DICOM (JPEG)", Explicit, Jpeg),
        of("1.2.840.10008.1.2.4.57", "JPEG Lossless", "DICOM (JPEG lossless)", Explicit, Jpeg),
        of("1.2.840.10008.1.2.4.70", "JPEG Lossless, First-Order Prediction", "DICOM (JPEG lossless)", Explicit, Jpeg),
        of("1.2.840.10008.1.2.4.80", "JPEG-LS Lossless", "DICOM (JPEG-LS)", Explicit, JpegLs),
        of("1.2.840.10008.1.2.4.81", "JPEG-LS Near-Lossless", "DICOM (JPEG-LS)", Explicit, JpegLs),
        of("1.2.840.10008.1.2.4.90", "JPEG 2000 Lossless", "DICOM (JPEG 2000)", Explicit, Jpeg2000),
        of("1.2.840.10008.1.2.4.91", "JPEG 2000", "DICOM (JPEG 2000)", Explicit, Jpeg2000),
        of("1.2.840.10008.1.2.4.92", "JPEG 2000 Multi-component Lossless", "DICOM (JPEG 2000)", Explicit, Unknown),
        of("1.2.840.10008.1.2.4.93", "JPEG 2000 Multi-component", "DICOM (JPEG 2000)", Explicit, Unknown),
        of("1.2.840.10008.1.2.4.100", "MPEG-2 video", "DICOM (video)", Explicit, Unknown),
        of("1.2.840.10008.1.2.4.102", "MPEG-4 video", "DICOM (video)", Explicit, Unknown),
        of("1.2.840.10008.1.2.4.201", "High-Throughput JPEG 2000 Lossless", "DICOM (HTJ2K)", Explicit, Jpeg2000),
        of("1.2.840.10008.1.2.4.202", "High-Throughput JPEG 2000 Lossless (RPCL)", "DICOM (HTJ2K)", Explicit, Jpeg2000),
        of("1.2.840.10008.1.2.4.203", "High-Throughput JPEG 2000", "DICOM (HTJ2K)", Explicit, Jpeg2000),
        of("1.2.840.10008.1.2.4.110", "JPEG XL Lossless", "DICOM (JPEG XL)", Explicit, Unknown),
    ]
};

/// The syntax of a UID; one that is not known here is taken for an unknown compression.
pub(super) fn find(uid: &str) -> Syntax {
    let known = KNOWN.into_iter().find(|known| known.uid == uid);
    known.unwrap_or(of("", why::UNKNOWN_SYNTAX, "DICOM", Encoding::Explicit, Codec::Unknown))
}

impl Encoding {
    /// The same in the library's terms; what was deflated is inflated by now.
    pub fn reader(self) -> TransferSyntax {
        match self {
            Self::Implicit => entries::IMPLICIT_VR_LITTLE_ENDIAN.erased(),
            Self::Explicit | Self::Deflated => entries::EXPLICIT_VR_LITTLE_ENDIAN.erased(),
            Self::BigEndian => entries::EXPLICIT_VR_BIG_ENDIAN.erased(),
        }
    }
}
