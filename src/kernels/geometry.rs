//! The shape arithmetic of a convolution, checked once.

use candle_core::{Result, Shape};

/// How the kernel walks over the image, the same on both axes. Zeros are assumed outside the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Geometry {
    /// Pixels between two neighbouring results.
    pub stride: usize,
    /// Rows of zeros above, and columns of zeros left of, the image.
    pub before: usize,
    /// Rows of zeros below, and columns of zeros right of, the image.
    pub after: usize,
}

impl Geometry {
    /// The same padding on every side.
    pub const fn symmetric(stride: usize, padding: usize) -> Self {
        Self { stride, before: padding, after: padding }
    }
}

/// A dense convolution's sizes. Everything the loops index follows from these.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sizes {
    pub batch: usize,
    pub channels: usize,
    pub height: usize,
    pub width: usize,
    pub out_channels: usize,
    pub kernel_h: usize,
    pub kernel_w: usize,
    pub out_h: usize,
    pub out_w: usize,
    pub geometry: Geometry,
}

impl Sizes {
    /// `x`: `(batch, channels, height, width)`; `w`: `(out_channels, channels, kernel_h, kernel_w)`.
    pub fn new(x: &Shape, w: &Shape, geometry: Geometry) -> Result<Self> {
        let (batch, channels, height, width) = x.dims4()?;
        let (out_channels, weight_channels, kernel_h, kernel_w) = w.dims4()?;
        if channels != weight_channels {
            candle_core::bail!("the image has {channels} channels, the kernel expects {weight_channels}");
        }
        if geometry.stride == 0 || [batch, channels, out_channels, kernel_h, kernel_w].contains(&0) {
            candle_core::bail!(
                "a convolution over nothing: image {x:?}, kernel {w:?}, stride {}",
                geometry.stride
            );
        }
        let padding = geometry.before + geometry.after;
        if height + padding < kernel_h || width + padding < kernel_w {
            candle_core::bail!(
                "a {kernel_h}x{kernel_w} kernel does not fit into {height}x{width} with padding {padding}"
            );
        }
        let out_h = (height + padding - kernel_h) / geometry.stride + 1;
        let out_w = (width + padding - kernel_w) / geometry.stride + 1;
        Ok(Self { batch, channels, height, width, out_channels, kernel_h, kernel_w, out_h, out_w, geometry })
    }

    /// Values that one result is summed over: `channels * kernel_h * kernel_w`.
    pub fn taps(&self) -> usize {
        self.channels * self.kernel_h * self.kernel_w
    }

    /// Values of one input image.
    pub fn image(&self) -> usize {
        self.channels * self.height * self.width
    }

    /// Values of one result plane.
    pub fn plane(&self) -> usize {
        self.out_h * self.out_w
    }

    /// Values of one result image.
    pub fn out_image(&self) -> usize {
        self.out_channels * self.plane()
    }

    /// The result's shape.
    pub fn out_shape(&self) -> Shape {
        Shape::from((self.batch, self.out_channels, self.out_h, self.out_w))
    }

    /// Whether the image itself already is the matrix of taps.
    pub fn is_pointwise(&self) -> bool {
        self.kernel_h == 1 && self.kernel_w == 1 && self.geometry == Geometry::symmetric(1, 0)
    }
}
