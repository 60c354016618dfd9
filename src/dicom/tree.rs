//! Bytes -> elements, through the library's tokens. Nested objects are kept on a stack of our own: the library would recurse as deep as
//! a hostile file says, and would give nothing for a file that is cut off. Pixels are not copied; only where they lie is noted.

use super::syntax::Encoding;
use dicom_core::value::DataSetSequence;
use dicom_core::{DataElement, DataElementHeader, Length, Tag, VR};
use dicom_dictionary_std::tags;
use dicom_object::InMemDicomObject;
use dicom_parser::StatefulDecode;
use dicom_parser::dataset::LazyDataToken;
use dicom_parser::dataset::lazy_read::LazyDataSetReader;
use std::io::{Cursor, Seek};
use std::ops::Range;

/// Elements by their tags.
pub(super) type Data = InMemDicomObject;

/// No sane object nests deeper.
const MAX_DEPTH: usize = 64;

/// What was read.
#[derive(Debug)]
pub(super) struct Tree {
    pub root: Data,
    pub pixels: Option<Pixels>,
    /// Whether the bytes end within an element, or go on with something that is none.
    pub is_cut: bool,
}

/// Where the pixel data lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Pixels {
    /// As they are: real numbers of 32 bits (OF) or 64 (OD), or whole ones.
    Plain { at: Range<usize>, vr: VR },
    /// Compressed, in pieces; the first is the basic offset table.
    Fragments(Vec<Range<usize>>),
}

/// An object or a sequence that is not at its end yet.
enum Open {
    Sequence(Tag, Vec<Data>),
    Item(Data),
}

struct Building {
    tree: Tree,
    open: Vec<Open>,
    /// The pieces of the pixel data that are being read now.
    pieces: Option<Vec<Range<usize>>>,
}

/// Reads elements as far as they go.
pub(super) fn read(bytes: &[u8], encoding: Encoding) -> Tree {
    let tree = Tree { root: Data::new_empty(), pixels: None, is_cut: false };
    let mut building = Building { tree, open: Vec::new(), pieces: None };
    let Ok(mut reader) = LazyDataSetReader::new_with_ts(Cursor::new(bytes), &encoding.reader()) else {
        return building.tree;
    };
    // An element takes eight bytes or more and gives up to four tokens; what gives more goes around in circles.
    for _ in 0..=bytes.len() {
        let Some(token) = reader.advance() else { break };
        if token.ok().and_then(|token| building.take(token, bytes.len())).is_none() {
            building.tree.is_cut = true;
            break;
        }
    }
    building.finish()
}

impl Building {
    /// Nothing where the token does not fit, or points beyond the end: then nothing more is read.
    fn take<D>(&mut self, token: LazyDataToken<&mut D>, total: usize) -> Option<()>
    where
        D: StatefulDecode,
        D::Reader: Seek,
    {
        let is_pixels = self.pieces.is_some();
        match token {
            LazyDataToken::ElementHeader(_) => {}
            LazyDataToken::LazyValue { header, decoder } => {
                let at = extent(decoder.position(), header.len.0);
                let pixels = pixels_vr(&header);
                if let Some(vr) = pixels.filter(|_| self.open.is_empty()) {
                    let at = at.start..at.end.min(total);
                    self.tree.pixels = Some(Pixels::Plain { at, vr });
                }
                // A length beyond the end would be memory for nothing.
                if at.end > total {
                    return None;
                }
                if pixels.is_some() {
                    return decoder.skip_bytes(header.len.0).ok();
                }
                match decoder.read_value_preserved(&header) {
                    Ok(value) => self.object()?.put(DataElement::new(header.tag, header.vr, value)),
                    // A text of no known characters, say: the element is left out.
                    Err(_) if decoder.position() == at.start as u64 => {
                        decoder.seek(at.start as u64).ok()?;
                        decoder.skip_bytes(header.len.0).ok()?;
                        None
                    }
                    Err(_) => None,
                };
            }
            LazyDataToken::PixelSequenceStart => self.pieces = Some(Vec::new()),
            LazyDataToken::ItemStart { .. } if is_pixels => self.pieces.as_mut()?.push(0..0),
            LazyDataToken::LazyItemValue { len, decoder } => {
                let at = extent(decoder.position(), len);
                *self.pieces.as_mut()?.last_mut()? = at.start..at.end.min(total);
                if at.end > total {
                    return None;
                }
                decoder.skip_bytes(len).ok()?;
            }
            LazyDataToken::ItemEnd if is_pixels => {}
            LazyDataToken::SequenceEnd if is_pixels => self.end_pieces(),
            LazyDataToken::SequenceStart { tag, .. } if self.open.len() < MAX_DEPTH => {
                self.object()?;
                self.open.push(Open::Sequence(tag, Vec::new()));
            }
            LazyDataToken::ItemStart { .. } => match self.open.last()? {
                Open::Sequence(..) => self.open.push(Open::Item(Data::new_empty())),
                Open::Item(_) => return None,
            },
            LazyDataToken::ItemEnd if matches!(self.open.last()?, Open::Item(_)) => self.close(),
            LazyDataToken::SequenceEnd if matches!(self.open.last()?, Open::Sequence(..)) => self.close(),
            _ => return None,
        }
        Some(())
    }

    /// The object that elements belong to now.
    fn object(&mut self) -> Option<&mut Data> {
        match self.open.last_mut() {
            None => Some(&mut self.tree.root),
            Some(Open::Item(object)) => Some(object),
            Some(Open::Sequence(..)) => None,
        }
    }

    /// Puts the innermost open thing where it belongs.
    fn close(&mut self) {
        match (self.open.pop(), self.open.last_mut()) {
            (Some(Open::Item(item)), Some(Open::Sequence(_, items))) => items.push(item),
            (Some(Open::Sequence(tag, items)), _) => {
                let sequence = DataSetSequence::new(items, Length::UNDEFINED);
                if let Some(object) = self.object() {
                    object.put(DataElement::new(tag, VR::SQ, sequence));
                }
            }
            _ => {}
        }
    }

    fn end_pieces(&mut self) {
        // Those within a sequence are an icon's.
        let pieces = self.pieces.take();
        if self.open.is_empty() {
            self.tree.pixels = pieces.map(Pixels::Fragments);
        }
    }

    fn finish(mut self) -> Tree {
        if self.pieces.is_some() {
            self.end_pieces();
        }
        // Something was never closed: what comes behind it may lie in it by mistake.
        self.tree.is_cut |= !self.open.is_empty();
        while !self.open.is_empty() {
            self.close();
        }
        self.tree
    }
}

/// The representation of pixel data, whole numbers or real ones; nothing for any other element.
fn pixels_vr(header: &DataElementHeader) -> Option<VR> {
    match header.tag {
        // Whole numbers, whatever representation is written.
        tags::PIXEL_DATA if matches!(header.vr, VR::OF | VR::OD) => Some(VR::OW),
        tags::PIXEL_DATA => Some(header.vr),
        tags::FLOAT_PIXEL_DATA => Some(VR::OF),
        tags::DOUBLE_FLOAT_PIXEL_DATA => Some(VR::OD),
        _ => None,
    }
}

fn extent(position: u64, length: u32) -> Range<usize> {
    let from = position as usize;
    from..from.saturating_add(length as usize)
}
