//! The shape arithmetic of a convolution, checked once.

use super::Error;

/// How the kernel walks over the image, the same on both axes. Zeros are assumed outside the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Geometry {
    /// Pixels between two neighbouring results.
    pub stride: usize,
    /// Rows of zeros above, and columns of zeros left of, the image.
    pub pad_begin: usize,
    /// Rows of zeros below, and columns of zeros right of, the image.
    pub pad_end: usize,
}

impl Geometry {
    /// The same padding on every side.
    pub const fn symmetric(stride: usize, padding: usize) -> Self {
        Self { stride, pad_begin: padding, pad_end: padding }
    }

    /// TensorFlow's "same" padding for sides that are multiples of the stride: the odd zero comes after the image.
    pub const fn same(kernel: usize, stride: usize) -> Self {
        let padding = kernel.saturating_sub(stride);
        Self { stride, pad_begin: padding / 2, pad_end: padding - padding / 2 }
    }
}

/// An image's shape.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// Values a pixel.
    pub channels: usize,
}

impl Shape {
    /// Values of one image.
    pub fn values(&self) -> usize {
        self.height * self.width * self.channels
    }
}

/// A convolution's sizes. Everything the loops index follows from these.
#[derive(Clone, Copy, Debug)]
pub struct ConvShape {
    /// Images.
    pub batch: usize,
    /// Of an image.
    pub from: Shape,
    /// Of a result.
    pub to: Shape,
    /// Side of the square kernel.
    pub kernel: usize,
    /// How it walks.
    pub geometry: Geometry,
}

impl ConvShape {
    /// `from` is the shape of each of `batch` images; `out_channels` what comes out.
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

    /// Values that one result of a dense convolution is summed over.
    pub fn taps(&self) -> usize {
        self.from.channels * self.kernel * self.kernel
    }

    /// Pixels of all results.
    pub fn rows(&self) -> usize {
        self.batch * self.to.height * self.to.width
    }

    /// Whether the image itself already is the matrix of taps.
    pub fn is_pointwise(&self) -> bool {
        self.kernel == 1 && self.geometry == Geometry::symmetric(1, 0)
    }

    /// The kernel columns (or rows) whose tap lies inside a side of `side` pixels, for result number `at`.
    pub(super) fn inside(&self, at: usize, side: usize) -> (usize, usize) {
        let first = at * self.geometry.stride;
        let from = self.geometry.pad_begin.saturating_sub(first).min(self.kernel);
        let to = (side + self.geometry.pad_begin).saturating_sub(first).min(self.kernel);
        (from, to.max(from))
    }

    /// The sizes of the convolution that takes the result's gradient to the image's, for stride 1: the kernel turned by
    /// half a circle.
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
