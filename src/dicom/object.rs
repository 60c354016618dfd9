//! An open DICOM file.

use super::layout::{self, Layout, Photometric};
use super::lut::{self, Modality};
use super::real::{self, Reals};
use super::samples;
use super::syntax::{Codec, Encoding, Syntax};
use super::tree::{self, Pixels, Tree};
use super::{Error, attributes, damaged, fragments, meta, overlay, tags, unknown, unsupported};
use crate::codec::{Colours, Values, jpeg, jpeg_ls, jpeg2000, rle};
use crate::examination::{Concern, ImageFacts};
use crate::fingerprint::sha256;
use crate::frame::{Frame, FrameFacts, ModalityLut, PADDING, Samples, WindowLevel};
use crate::imaging::{self, Image};
use crate::messages::why::dicom as why;
use crate::scope::HeaderFacts;
use crate::study::{DicomFacts, FileFacts, Tag};
use dicom_dictionary_std::tags as names;
use flate2::read::DeflateDecoder;
use std::borrow::Cow;
use std::io::Read;

/// The most that a deflated data set may inflate to: the largest image that is read, in 16-bit colour, fits.
const MAX_INFLATED: u64 = 1 << 30;

/// An open DICOM file with an image. Pixels are decoded when a frame is asked for, and nothing is kept of them.
#[derive(Debug)]
pub struct Object<'a> {
    file: Cow<'a, [u8]>,
    /// The data set, where it is not read as it lies in the file: it was deflated, or has elements whose length had to be found.
    rewritten: Option<Vec<u8>>,
    /// Where the data set begins in the file.
    at: usize,
    syntax: Syntax,
    /// Whether the pixels are compressed in another way than the transfer syntax says.
    is_misnamed: bool,
    tree: Tree,
    layout: Layout,
}

/// A frame's samples as they are stored, for comparison with other programs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredFrame {
    /// Bits of a sample's cell: 8, 16 or 32; of a real number 32 or 64.
    pub bits: u16,
    /// The samples as they are coded are of this photometric interpretation.
    pub photometric: String,
    /// Little-endian, row by row, samples interleaved.
    pub samples: Vec<u8>,
}

/// What the beginning of a file says of it, wherever it is cut off.
///
/// # Errors
///
/// What is no DICOM file, or surely has no image.
pub fn head(bytes: &[u8]) -> Result<DicomFacts, Error> {
    if !super::is(bytes) {
        return Err(Error::NotDicom);
    }
    let (syntax, _, rewritten, at) = begin(bytes);
    let data = rewritten.as_deref().or_else(|| bytes.get(at..)).unwrap_or_default();
    let (tree, _) = elements(data, syntax.encoding);
    if !layout::has_image(&tree.root) && (!tree.is_cut || attributes::is_known_kind(&tree.root)) {
        return Err(no_image(&tree));
    }
    let frames = layout::stated_frames(&tree.root).unwrap_or(1);
    Ok(attributes::facts(&tree, &syntax, frames))
}

/// The syntax, whether all could be inflated, what was inflated, and where the data set begins.
fn begin(bytes: &[u8]) -> (Syntax, bool, Option<Vec<u8>>, usize) {
    let meta::Beginning { syntax, at } = meta::read(bytes);
    if syntax.encoding != Encoding::Deflated {
        return (syntax, true, None, at);
    }
    let mut inflated = Vec::new();
    let deflated = bytes.get(at..).unwrap_or_default();
    let read = DeflateDecoder::new(deflated).take(MAX_INFLATED + 1).read_to_end(&mut inflated);
    let is_whole = read.is_ok() && inflated.len() as u64 <= MAX_INFLATED;
    (syntax, is_whole, Some(inflated), at)
}

/// The elements of a data set. Where they break off, an element without its length may be why: then they are read again from a copy
/// that has it, which comes back too.
fn elements(data: &[u8], encoding: Encoding) -> (Tree, Option<Vec<u8>>) {
    let tree = tree::read(data, encoding);
    let is_explicit = matches!(encoding, Encoding::Explicit | Encoding::Deflated);
    match tree.is_cut.then(|| unknown::with_lengths(data)).flatten().filter(|_| is_explicit) {
        Some(copy) => (tree::read(&copy, encoding), Some(copy)),
        None => (tree, None),
    }
}

/// How the pixels are compressed: as the first fragment begins, where it begins like something else than the syntax says.
fn codec(named: &Syntax, tree: &Tree, data: &[u8]) -> Codec {
    let fragment = match &tree.pixels {
        Some(Pixels::Fragments(pieces)) => pieces.iter().skip(1).find(|piece| !piece.is_empty()),
        _ => None,
    };
    let Some(fragment) = fragment.and_then(|piece| data.get(piece.clone())) else { return named.codec };
    let found = if jpeg_ls::is(fragment) {
        Codec::JpegLs
    } else if jpeg::begins(fragment) {
        Codec::Jpeg
    } else if jpeg2000::begins(fragment) {
        Codec::Jpeg2000
    } else {
        return named.codec;
    };
    // What is refused by its name stays refused by it, and so does what is not compressed.
    if matches!(named.codec, Codec::Jpeg | Codec::JpegLs | Codec::Jpeg2000 | Codec::Rle) {
        found
    } else {
        named.codec
    }
}

/// How many frames the pixel data hold, where the header does not say.
fn counted(layout: &Layout, syntax: &Syntax, tree: &Tree, data: &[u8]) -> u32 {
    let count = match &tree.pixels {
        Some(Pixels::Plain { at, .. }) => at.len() as u64 * 8 / samples::plain_bits(layout).max(1),
        Some(Pixels::Fragments(pieces)) => {
            fragments::count(data, &tree.root, pieces, begins(syntax.codec)) as u64
        }
        None => 1,
    };
    u32::try_from(count).unwrap_or(u32::MAX).max(1)
}

/// Tells whether a fragment begins a frame.
fn begins(codec: Codec) -> fn(&[u8]) -> bool {
    match codec {
        Codec::Jpeg => jpeg::begins,
        Codec::JpegLs => jpeg_ls::begins,
        Codec::Jpeg2000 => jpeg2000::begins,
        // Each frame is one fragment (PS3.5, annex A.4.2).
        Codec::Rle | Codec::Plain => |_| true,
        Codec::Unknown => |_| false,
    }
}

fn no_image(tree: &Tree) -> Error {
    // A data set that breaks off at once is damage, not another kind of object.
    if tree.is_cut && !attributes::is_known_kind(&tree.root) {
        return damaged(why::ENDS_BEFORE_IMAGE);
    }
    Error::NoImage { what: attributes::kind(&tree.root) }
}

impl<'a> Object<'a> {
    /// Opens a file.
    ///
    /// # Errors
    ///
    /// What is no DICOM file, has no image, or is of a kind that cannot be read.
    pub fn open(file: impl Into<Cow<'a, [u8]>>) -> Result<Self, Error> {
        let file = file.into();
        if !super::is(&file) {
            return Err(Error::NotDicom);
        }
        let (named, is_whole, rewritten, at) = begin(&file);
        if !is_whole {
            return Err(damaged(why::NOT_INFLATED));
        }
        let data = rewritten.as_deref().or_else(|| file.get(at..)).unwrap_or_default();
        let (tree, copy) = elements(data, named.encoding);
        let rewritten = copy.or(rewritten);
        let data = rewritten.as_deref().or_else(|| file.get(at..)).unwrap_or_default();
        if !layout::has_image(&tree.root) {
            return Err(no_image(&tree));
        }
        let syntax = Syntax { codec: codec(&named, &tree, data), ..named };
        if syntax.codec == Codec::Unknown {
            return Err(unsupported(why::compressed_as(syntax.name)));
        }
        let mut layout = layout::read(&tree.root, real::bits(tree.pixels.as_ref()))?;
        if layout::stated_frames(&tree.root).is_none() {
            layout.frames = counted(&layout, &syntax, &tree, data);
        }
        let is_misnamed = syntax.codec != named.codec;
        Ok(Self { file, rewritten, at, syntax, is_misnamed, tree, layout })
    }

    /// How many frames it says that it holds, or holds where it does not say; at least 1.
    pub fn frames(&self) -> u32 {
        self.layout.frames
    }

    /// About how much memory it takes.
    pub fn bytes(&self) -> usize {
        self.file.len() + self.rewritten.as_ref().map_or(0, Vec::len)
    }

    /// What the file says of itself.
    pub fn facts(&self) -> FileFacts {
        FileFacts {
            sha256: sha256(&self.file),
            image: self.image_facts(),
            frames: self.layout.frames,
            frame_ms: attributes::frame_ms(&self.tree.root),
            dicom: Some(attributes::facts(&self.tree, &self.syntax, self.layout.frames)),
        }
    }

    /// What of its header decides which model may answer. Cheaper than [`Object::facts`], which hashes the whole file.
    pub fn header(&self) -> HeaderFacts {
        attributes::facts(&self.tree, &self.syntax, self.layout.frames).header()
    }

    /// Format, size and bits, without reading the pixels.
    pub fn image_facts(&self) -> ImageFacts {
        ImageFacts {
            format: self.syntax.format.into(),
            width: self.layout.columns,
            height: self.layout.rows,
            bits: self.layout.stored as u8,
        }
    }

    /// The header, line by line. `is_masked`: whether what names the patient is left out.
    pub fn tags(&self, is_masked: bool) -> Vec<Tag> {
        tags::list(&self.tree, is_masked)
    }

    /// A frame's samples as they are stored: `docs/dicom-conformance.md` says exactly what that is.
    ///
    /// # Errors
    ///
    /// A frame that is not there, or cannot be decoded.
    pub fn stored(&self, frame: u32) -> Result<StoredFrame, Error> {
        if let Some(reals) = self.reals(frame)? {
            let photometric = attributes::photometric(&self.tree.root, &self.layout);
            return Ok(StoredFrame {
                bits: self.layout.allocated as u16,
                photometric,
                samples: reals.to_bytes(),
            });
        }
        let (cells, layout) = self.cells(frame)?;
        let is_rgb = layout.photometric == Photometric::Rgb;
        let photometric =
            if is_rgb { "RGB".into() } else { attributes::photometric(&self.tree.root, &self.layout) };
        Ok(StoredFrame { bits: cells.bits(), photometric, samples: cells.to_bytes() })
    }

    /// A frame to look at: grey values with their meaning, or RGB.
    ///
    /// # Errors
    ///
    /// A frame that is not there, or cannot be decoded.
    pub fn frame(&self, frame: u32) -> Result<Frame, Error> {
        let (root, layout) = (&self.tree.root, self.layout);
        let (grey, samples, overlay) = self.shown(frame)?;
        let mut windows = if grey.is_some() { self.stated_windows(frame) } else { Vec::new() };
        let facts = FrameFacts {
            width: layout.columns,
            height: layout.rows,
            modality_lut: grey,
            spacing: attributes::spacing(root, frame),
            pixel_height: attributes::pixel_height(root),
            windows: Vec::new(),
            plane: attributes::plane(root, frame),
        };
        let mut frame = Frame { facts, samples, overlay };
        // A first window in which every pixel looks alike shows nothing: it is gone around, and `render` says so.
        while windows.first().is_some_and(|window| frame.is_missed_by(&window.shape)) {
            windows.remove(0);
        }
        frame.facts.windows = windows;
        Ok(frame)
    }

    /// A frame's samples, the meaning of grey ones, and what its overlays draw.
    fn shown(&self, frame: u32) -> Result<(Option<ModalityLut>, Samples, Vec<u8>), Error> {
        let root = &self.tree.root;
        if let Some(reals) = self.reals(frame)? {
            let (grey, samples) = reals.grey(root, self.meaning(frame));
            return Ok((Some(grey), Samples::Grey(samples), overlay::of(root, &self.layout, frame, None)));
        }
        let (cells, layout) = self.cells(frame)?;
        // Other decoders give nothing but the sample.
        let has_all_bits = matches!(self.syntax.codec, Codec::Plain | Codec::Rle);
        let overlay = overlay::of(root, &layout, frame, has_all_bits.then_some(&cells));
        let (grey, samples) = match layout.photometric {
            Photometric::Monochrome1 | Photometric::Monochrome2 => {
                let (grey, samples) = self.grey(&cells, &layout, frame);
                (Some(grey), Samples::Grey(samples))
            }
            Photometric::Palette => {
                let palette = lut::palette(root)?;
                let indices = cells.map(&layout, |value| value);
                let colours = indices.iter().flat_map(|index| palette.each_ref().map(|t| t.at(*index) as u8));
                (None, Samples::Rgb(colours.collect()))
            }
            colours => (None, Samples::Rgb(rgb(&cells, &layout, colours != Photometric::Rgb))),
        };
        Ok((grey, samples, overlay))
    }

    /// The numbers of a frame, where its pixels are real ones.
    fn reals(&self, frame: u32) -> Result<Option<Reals<'_>>, Error> {
        let Self { layout, syntax, tree, .. } = self;
        let (Some(Pixels::Plain { at, .. }), Some(_)) = (&tree.pixels, real::bits(tree.pixels.as_ref()))
        else {
            return Ok(None);
        };
        self.check(frame)?;
        let data = self.rewritten.as_deref().or_else(|| self.file.get(self.at..)).unwrap_or_default();
        let pixels = data.get(at.clone()).unwrap_or_default();
        Reals::of(pixels, layout, frame, syntax.encoding == Encoding::BigEndian).map(Some)
    }

    /// What real numbers mean: a table has no entries between whole ones.
    fn meaning(&self, frame: u32) -> ModalityLut {
        let own = attributes::group(&self.tree.root, frame, names::PIXEL_VALUE_TRANSFORMATION_SEQUENCE);
        let (slope, intercept, unit) = match lut::modality(&self.tree.root, own, false) {
            Modality::Rescale { slope, intercept, unit } => (slope, intercept, unit),
            Modality::Table(..) => (1.0, 0.0, String::new()),
        };
        let is_inverted = self.layout.photometric == Photometric::Monochrome1;
        ModalityLut { slope, intercept, unit, is_inverted, padding: None }
    }

    /// The windows that the file proposes for a frame.
    fn stated_windows(&self, frame: u32) -> Vec<WindowLevel> {
        let own = attributes::group(&self.tree.root, frame, names::FRAME_VOILUT_SEQUENCE);
        lut::windows(&self.tree.root, own, self.layout.is_signed)
    }

    /// Grey samples of 16 bits, and what they mean.
    fn grey(&self, cells: &Values, layout: &Layout, frame: u32) -> (ModalityLut, Vec<u16>) {
        let own = attributes::group(&self.tree.root, frame, names::PIXEL_VALUE_TRANSFORMATION_SEQUENCE);
        let is_inverted = layout.photometric == Photometric::Monochrome1;
        let padding = attributes::padding(&self.tree.root, layout);
        let is_padding = |value: i64| padding.is_some_and(|[first, last]| (first..=last).contains(&value));
        let (slope, intercept, unit) = match lut::modality(&self.tree.root, own, layout.is_signed) {
            Modality::Table(table, unit) => {
                // Only a file with padding needs a value for it.
                let most = if padding.is_some() { PADDING - 1 } else { PADDING };
                let sample = |value: i64| if is_padding(value) { PADDING } else { table.at(value).min(most) };
                let padding = padding.map(|_| [PADDING; 2]);
                let lut = ModalityLut { slope: 1.0, intercept: 0.0, unit, is_inverted, padding };
                return (lut, cells.map(layout, sample));
            }
            Modality::Rescale { slope, intercept, unit } => (slope, intercept, unit),
        };
        if layout.stored <= 16 {
            let zero = if layout.is_signed { -32_768.0 } else { 0.0 };
            let sample = |value: i64| (value as f64 - zero) as u16;
            let intercept = intercept + slope * zero;
            let padding = padding.map(|ends| ends.map(sample));
            return (ModalityLut { slope, intercept, unit, is_inverted, padding }, cells.map(layout, sample));
        }
        // More values than 16 bits can tell apart: each step stands for several, between the lowest and the highest that are image.
        let values = cells.map(layout, |value| value);
        let values = values.iter().map(|value| (!is_padding(*value)).then_some(*value as f64));
        ModalityLut { slope, intercept, unit, is_inverted, padding: None }.spread(values, 1.0)
    }

    /// A frame as the model is to see it: after the window that is shown first and after inversion, 16-bit grey or 8-bit RGB. With it,
    /// what the user must know: which of several it is.
    ///
    /// # Errors
    ///
    /// A frame that is not there, or cannot be decoded.
    pub fn image(&self, frame: u32) -> Result<(Image, Vec<Concern>), Error> {
        self.render(frame, &self.frame(frame)?)
    }

    /// The same of a frame that was decoded already: `decoded` is what [`Object::frame`] gave for it.
    ///
    /// # Errors
    ///
    /// A frame whose samples do not fill it.
    pub fn render(&self, frame: u32, decoded: &Frame) -> Result<(Image, Vec<Concern>), Error> {
        let facts = self.image_facts();
        let image = imaging::render(decoded, self.syntax.format, facts.bits);
        let mut concerns = Vec::new();
        if self.frames() > 1 {
            concerns.push(Concern::OneFrameOf { frame: frame + 1, frames: self.frames() });
        }
        if self.is_misnamed {
            concerns.push(Concern::Misnamed { named: self.syntax.name.into() });
        }
        let is_grey = decoded.facts.modality_lut.is_some();
        if is_grey && decoded.facts.windows.len() < self.stated_windows(frame).len() {
            concerns.push(Concern::EmptyWindow);
        }
        image.map(|image| (image, concerns)).ok_or_else(|| damaged(why::UNFILLED))
    }

    fn check(&self, frame: u32) -> Result<(), Error> {
        let frames = self.layout.frames;
        if frame < frames {
            Ok(())
        } else {
            Err(Error::NoSuchFrame { frame: frame.saturating_add(1), frames })
        }
    }

    /// A frame's samples, and how they lie once they are decoded.
    fn cells(&self, frame: u32) -> Result<(Values, Layout), Error> {
        let Self { layout, syntax, tree, .. } = self;
        self.check(frame)?;
        let data = self.rewritten.as_deref().or_else(|| self.file.get(self.at..)).unwrap_or_default();
        let pieces = match &tree.pixels {
            Some(Pixels::Plain { at, vr }) if syntax.codec == Codec::Plain => {
                let pixels = data.get(at.clone()).unwrap_or_default();
                let is_swapped = syntax.encoding == Encoding::BigEndian;
                let cells = samples::plain(pixels, layout, frame, is_swapped, *vr == dicom_core::VR::OW)?;
                return Ok((cells, plain_layout(layout)));
            }
            Some(Pixels::Plain { .. }) => return Err(damaged(why::NO_FRAGMENTS)),
            Some(Pixels::Fragments(pieces)) => pieces,
            None if tree.is_cut => return Err(damaged(why::ENDS_BEFORE_PIXELS)),
            None => return Err(unsupported(why::NO_PIXELS)),
        };
        let own = fragments::frame(data, &tree.root, pieces, frame, layout.frames, begins(syntax.codec))?;
        let mut decoded = plain_layout(layout);
        let expected = layout.expected();
        let samples = match syntax.codec {
            Codec::Plain => return Ok((samples::plain(&own, layout, 0, false, false)?, decoded)),
            // Its cells are the file's own, bits above the sample included.
            Codec::Rle => return Ok((rle::decode(&own, &expected)?.values, decoded)),
            Codec::Jpeg => jpeg::decode(&own, &expected)?,
            Codec::JpegLs => jpeg_ls::decode(&own, &expected)?,
            Codec::Jpeg2000 => jpeg2000::decode(&own, &expected)?,
            Codec::Unknown => {
                return Err(unsupported(why::compressed_as(syntax.name)));
            }
        };
        decoded.photometric = match samples.colours {
            Some(Colours::Rgb) => Photometric::Rgb,
            Some(_) => Photometric::Ybr,
            None => decoded.photometric,
        };
        // A decoder gives samples from the lowest bit on.
        decoded.high = layout.stored - 1;
        let cells = samples.values;
        let cells = if layout.is_signed { cells.extended(layout.stored) } else { cells };
        if cells.len() == layout.cells() { Ok((cells, decoded)) } else { Err(damaged(why::FRAME_INCOMPLETE)) }
    }
}

/// How samples lie when every pixel has its own, in turn.
fn plain_layout(layout: &Layout) -> Layout {
    let photometric = match layout.photometric {
        Photometric::Ybr422 => Photometric::Ybr,
        Photometric::Transformed => Photometric::Rgb,
        other => other,
    };
    Layout { photometric, is_planar: false, ..*layout }
}

/// Colours of 8 bits. `is_ybr`: whether they are luminance and differences (PS3.3, C.7.6.3.1.2).
fn rgb(cells: &Values, layout: &Layout, is_ybr: bool) -> Vec<u8> {
    let most = ((1u64 << layout.stored) - 1) as f64;
    if !is_ybr && layout.stored == 8 {
        return cells.map(layout, |value| value as u8);
    }
    let values = cells.map(layout, |value| (value as f64 / most * 255.0) as f32);
    let whole = |value: f32| value.round().clamp(0.0, 255.0) as u8;
    if !is_ybr {
        return values.into_iter().map(whole).collect();
    }
    let pixels = values.as_chunks().0.iter().flat_map(|pixel| jpeg::to_rgb(*pixel));
    pixels.collect()
}
