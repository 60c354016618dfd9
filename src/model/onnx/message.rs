//! Protobuf messages in wire format, and those of ONNX that are the same for every network. Numbers of fields: see
//! the parent module.

/// `TensorProto.DataType.FLOAT` and `INT64`.
pub(super) const FLOAT: usize = 1;
pub(super) const INT64: usize = 7;

/// Attributes of a square window with stride and padding. ONNX orders padding as top, left, bottom, right.
pub(super) fn window(kernel: usize, stride: usize, pad_begin: usize, pad_end: usize) -> Vec<Message> {
    let pads = attribute("pads", &[pad_begin, pad_begin, pad_end, pad_end]);
    vec![attribute("kernel_shape", &[kernel, kernel]), attribute("strides", &[stride, stride]), pads]
}

/// An `AttributeProto`: field `i` of type `INT` for one number, field `ints` of type `INTS` for several.
pub(super) fn attribute(name: &str, numbers: &[usize]) -> Message {
    let (field, kind) = if numbers.len() == 1 { (3, 2) } else { (8, 7) };
    Message::default().bytes(1, name).ints(field, numbers).int(20, kind)
}

/// An `AttributeProto` of type `FLOAT`: field `f`.
pub(super) fn float_attribute(name: &str, number: f32) -> Message {
    Message::default().bytes(1, name).float(2, number).int(20, 1)
}

/// A `ValueInfoProto`: f32, any batch size, the given shape for each item.
pub(super) fn described(name: &str, shape: &[usize]) -> Message {
    let batch = Message::default().message(1, Message::default().bytes(2, "batch"));
    let sides = shape.iter().fold(batch, |sides, &side| sides.message(1, Message::default().int(1, side)));
    let tensor = Message::default().int(1, FLOAT).message(2, sides);
    Message::default().bytes(1, name).message(2, Message::default().message(1, tensor))
}

/// A protobuf message in wire format. `field` is the number in `onnx.proto`.
#[derive(Default)]
pub(super) struct Message(pub Vec<u8>);

impl Message {
    /// Seven bits in each byte, the lowest first. The eighth bit says whether more bytes follow.
    fn varint(mut self, mut number: usize) -> Self {
        while number >= 0x80 {
            self.0.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
        self
    }

    /// Wire type 0: a varint.
    pub fn int(self, field: usize, number: usize) -> Self {
        self.varint(field << 3).varint(number)
    }

    pub fn ints(self, field: usize, numbers: &[usize]) -> Self {
        numbers.iter().fold(self, |message, &number| message.int(field, number))
    }

    /// Wire type 2: the length, then the bytes.
    pub fn bytes(self, field: usize, bytes: impl AsRef<[u8]>) -> Self {
        let mut message = self.varint(field << 3 | 2).varint(bytes.as_ref().len());
        message.0.extend_from_slice(bytes.as_ref());
        message
    }

    /// Wire type 5: an f32.
    pub fn float(self, field: usize, number: f32) -> Self {
        let mut message = self.varint(field << 3 | 5);
        message.0.extend_from_slice(&number.to_le_bytes());
        message
    }

    pub fn message(self, field: usize, inner: Message) -> Self {
        self.bytes(field, inner.0)
    }

    pub fn messages<'a>(self, field: usize, inner: impl IntoIterator<Item = &'a Message>) -> Self {
        inner.into_iter().fold(self, |message, inner| message.bytes(field, &inner.0))
    }
}
