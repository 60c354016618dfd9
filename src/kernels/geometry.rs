//! Shape arithmetic of convolutions, checked once.

use super::Error;

/// Stride and zero padding of a convolution, the same on both axes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Geometry {
    /// Stride, in pixels.
    pub stride: usize,
    /// Zero padding above and to the left, in pixels.
    pub pad_begin: usize,
    /// Zero padding below and to the right, in pixels.
    pub pad_end: usize,
}

impl Geometry {
    /// The same padding on all sides.
    pub const fn symmetric(stride: usize, padding: usize) -> Self {
        Self { stride, pad_begin: padding, pad_end: padding }
    }

    /// TensorFlow's "same" padding, for sides that are multiples of the stride. If the padding is odd, the
    /// extra pixel is at the end.
    pub const fn same(kernel: usize, stride: usize) -> Self {
        let padding = kernel.saturating_sub(stride);
        Self { stride, pad_begin: padding / 2, pad_end: padding - padding / 2 }
    }
}

/// Shape of an image or of a feature map.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// Values for each pixel.
    pub channels: usize,
}

impl Shape {
    /// Number of values of one image.
    pub fn values(&self) -> usize {
        self.height * self.width * self.channels
    }

    /// Where a value of one image lies, channels innermost; `None` outside the image.
    pub fn at(&self, row: usize, column: usize, channel: usize) -> Option<usize> {
        let is_inside = row < self.height && column < self.width && channel < self.channels;
        is_inside.then_some((row * self.width + column) * self.channels + channel)
    }
}

/// Shapes of a convolution. All loop bounds follow from these.
#[derive(Clone, Copy, Debug)]
pub struct ConvShape {
    /// Images in the batch.
    pub batch: usize,
    /// Shape of one input image.
    pub from: Shape,
    /// Shape of one output image.
    pub to: Shape,
    /// Side of the square kernel, in pixels.
    pub kernel: usize,
    /// Stride and padding.
    pub geometry: Geometry,
}

impl ConvShape {
    /// `from` is the shape of each of `batch` images; `out_channels` the number of output channels.
    ///
    /// # Errors
    /// Fails if a number is zero, or if the kernel is larger than the padded image.
    pub fn new(
        batch: usize,
        from: Shape,
        out_channels: usize,
        kernel: usize,
        geometry: Geometry,
    ) -> Result<Self, Error> {
        let Geometry { stride, pad_begin, pad_end } = geometry;
        if [batch, from.channels, out_channels, kernel, stride].contains(&0) {
            return Err(Error::new(format!(
                "a convolution over nothing: {batch} images of {} channels, {out_channels} results, kernel {kernel}, stride {stride}",
                from.channels
            )));
        }
        let padding = pad_begin + pad_end;
        let (height, width) = (from.height, from.width);
        if height + padding < kernel || width + padding < kernel {
            return Err(Error::new(format!(
                "a {kernel}x{kernel} kernel does not fit into {height}x{width} with padding {padding}"
            )));
        }
        let out = |side: usize| (side + padding - kernel) / stride + 1;
        let to = Shape { height: out(height), width: out(width), channels: out_channels };
        Ok(Self { batch, from, to, kernel, geometry })
    }

    /// Number of products in one output value of a dense convolution: the depth of the GEMM.
    pub fn taps(&self) -> usize {
        self.from.channels * self.kernel * self.kernel
    }

    /// Output pixels of the whole batch: the rows of the GEMM.
    pub fn rows(&self) -> usize {
        self.batch * self.to.height * self.to.width
    }

    /// Whether the convolution is 1x1 with stride 1, so that the image already is the im2col matrix.
    pub fn is_pointwise(&self) -> bool {
        self.kernel == 1 && self.geometry == Geometry::symmetric(1, 0)
    }

    /// The range of kernel columns (or rows) that lie inside the image for output `at`; `side` is the image's
    /// width (or height).
    pub(super) fn inside(&self, at: usize, side: usize) -> (usize, usize) {
        let first = at * self.geometry.stride;
        let from = self.geometry.pad_begin.saturating_sub(first).min(self.kernel);
        let to = (side + self.geometry.pad_begin).saturating_sub(first).min(self.kernel);
        (from, to.max(from))
    }

    /// Shapes of the convolution that computes the input's gradient from the output's, with the kernel
    /// rotated by 180 degrees. `None` unless the stride is 1 and the padding smaller than the kernel.
    pub(super) fn turned(&self) -> Option<Self> {
        let Geometry { stride, pad_begin, pad_end } = self.geometry;
        if stride != 1 || pad_begin >= self.kernel || pad_end >= self.kernel {
            return None;
        }
        let geometry =
            Geometry { stride, pad_begin: self.kernel - 1 - pad_begin, pad_end: self.kernel - 1 - pad_end };
        Some(Self { from: self.to, to: self.from, geometry, ..*self })
    }

    pub(super) fn check(&self, x: &[f32], y: &[f32]) -> Result<(), Error> {
        if x.len() != self.batch * self.from.values() || y.len() != self.batch * self.to.values() {
            return Err(Error::new(format!("{} values in and {} out do not fit {self:?}", x.len(), y.len())));
        }
        Ok(())
    }
}
