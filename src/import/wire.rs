//! Looks over an ONNX file's bytes before they are read: that each part lies inside of the part around it, and that nothing is nested without
//! end. The crate that reads the file then cannot be made to ask for more memory than the file is large.

use super::Error;
use crate::messages::why::import as why;

/// A message of `onnx.proto`, as far as messages lie inside of it.
#[derive(Clone, Copy)]
enum Message {
    Model,
    Graph,
    Node,
    Attribute,
    Tensor,
    ValueInfo,
    Type,
    TensorType,
    Shape,
    /// A message without others inside.
    Flat,
}

/// What a field of a message holds, by the numbers of `onnx.proto`.
enum Field {
    Inner(Message),
    /// Varints, one behind the other.
    Numbers,
    /// Numbers of so many bytes, one behind the other.
    Fixed(usize),
    Plain,
    /// A part that networks here never need, and that may hold itself.
    Refused,
}

impl Message {
    fn field(self, number: u64) -> Field {
        match (self, number) {
            (Self::Model, 7) => Field::Inner(Self::Graph),
            (Self::Model, 8 | 14) | (Self::Shape, 1) | (Self::Tensor, 13) => Field::Inner(Self::Flat),
            (Self::Tensor, 5 | 7) => Field::Numbers,
            (Self::Tensor, 4) => Field::Fixed(4),
            (Self::Tensor, 10) => Field::Fixed(8),
            (Self::Graph, 1) => Field::Inner(Self::Node),
            (Self::Graph, 5) | (Self::Attribute, 5) => Field::Inner(Self::Tensor),
            (Self::Graph, 11..=13) => Field::Inner(Self::ValueInfo),
            (Self::Node, 5) => Field::Inner(Self::Attribute),
            (Self::ValueInfo, 2) => Field::Inner(Self::Type),
            (Self::Type, 1) => Field::Inner(Self::TensorType),
            (Self::TensorType, 2) => Field::Inner(Self::Shape),
            // A graph inside of an operator (If, Loop, Scan), and types of lists.
            (Self::Attribute, 6 | 11) | (Self::Type, 4 | 5 | 8 | 9) => Field::Refused,
            _ => Field::Plain,
        }
    }
}

/// Checks the file's form.
///
/// # Errors
/// Fails if the file is cut, if a part is longer than what it lies in, or if an operator holds a graph.
pub(super) fn check(bytes: &[u8]) -> Result<(), Error> {
    if message(bytes, Message::Model)? { Ok(()) } else { Err(Error::Unreadable(why::CUT.into())) }
}

/// Whether a message is whole. Messages lie at most eight deep, because none of [`Field::Inner`] leads back to itself.
fn message(mut bytes: &[u8], kind: Message) -> Result<bool, Error> {
    while !bytes.is_empty() {
        let Some((tag, rest)) = varint(bytes) else { return Ok(false) };
        bytes = rest;
        let length = match tag & 7 {
            0 => {
                let Some((_, rest)) = varint(bytes) else { return Ok(false) };
                bytes = rest;
                continue;
            }
            1 => 8,
            5 => 4,
            2 => {
                let Some((length, rest)) = varint(bytes) else { return Ok(false) };
                bytes = rest;
                length
            }
            _ => return Ok(false),
        };
        let split = usize::try_from(length).ok().and_then(|length| bytes.split_at_checked(length));
        let Some((inside, rest)) = split else { return Ok(false) };
        bytes = rest;
        match kind.field(tag >> 3) {
            Field::Inner(inner) if tag & 7 == 2 && !message(inside, inner)? => return Ok(false),
            // Of a number that is cut, the crate would read the rest as something else.
            Field::Fixed(width) if tag & 7 == 2 && !inside.len().is_multiple_of(width) => return Ok(false),
            Field::Numbers if tag & 7 == 2 && !numbers(inside) => return Ok(false),
            Field::Refused => return Err(Error::Unreadable(why::GRAPH_INSIDE.into())),
            _ => {}
        }
    }
    Ok(true)
}

/// Whether all varints are whole. Of one that goes on after ten bytes the crate would never come back.
fn numbers(mut bytes: &[u8]) -> bool {
    while !bytes.is_empty() {
        let Some((_, rest)) = varint(bytes) else { return false };
        bytes = rest;
    }
    true
}

/// A number of at most ten bytes, seven bits in each, the lowest first; and what follows it.
fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut number = 0;
    for (index, byte) in bytes.iter().enumerate().take(10) {
        number |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Some((number, bytes.get(index + 1..)?));
        }
    }
    None
}
