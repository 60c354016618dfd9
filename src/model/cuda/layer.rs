//! One convolutional layer in training on a GPU: its branches, forward and backward pass.

use super::layout::{Layout, branch_name};
use super::spare::Spare;
use crate::kernels::cuda::{
    self, Buffer, DepthwiseShape, Error, Gpu, Im2colShape, Norm, NormParameters, Span,
};
use crate::kernels::{Activation, ConvShape, Geometry, Shape};
use crate::model;
use crate::model::Conv;
use crate::model::train_network::{MOMENTUM, branches};

/// Largest number of im2col values held at once; larger convolutions process a few images at a time. In 16
/// bits this fits into the L2 cache of a large GPU (50 MB) between im2col and GEMM. Chosen by that size, not
/// measured.
const TAPS: usize = 16 << 20;

/// A convolution with its batch normalisation, shortcut and activation.
#[derive(Debug)]
pub(super) struct Layer {
    pub conv: Conv,
    branches: Vec<Branch>,
    /// Values of the output of the whole batch.
    values: usize,
}

#[derive(Debug)]
struct Branch {
    kernel: Option<Kernel>,
    /// Index of gamma in `Layout::learned`; beta follows.
    gamma: usize,
    /// Index of the running mean in `Layout::followed`; the variance follows.
    mean: usize,
    norm: Norm,
    /// Output of the convolution; `None` for the identity.
    z: Option<Buffer>,
    line: Buffer,
}

#[derive(Debug)]
struct Kernel {
    /// Index in `Layout::learned`.
    weights: usize,
    sizes: ConvShape,
    algorithm: Algorithm,
}

#[derive(Debug)]
enum Algorithm {
    /// 1x1 convolution: the image already is the im2col matrix, and the weights need no reordering.
    Pointwise,
    /// im2col and GEMM, for `images` images at a time.
    Taps { window: Im2colShape, stored: Buffer, images: usize },
    /// `turned`: the kernels rotated by 180 degrees, for the backward pass with stride 1.
    Depthwise { shape: DepthwiseShape, spread: Buffer, turned: Buffer },
}

/// Buffers that all layers share, one after the other.
#[derive(Debug)]
pub(super) struct Shared {
    /// Partial sums, f32.
    partial: Buffer,
    /// Three values for each channel of the largest normalisation, f32.
    descent: Buffer,
    /// The im2col matrix, and its gradient.
    taps: Buffer,
    slopes: Buffer,
    /// Gradient of a dense kernel in im2col order, f32.
    weights: Buffer,
}

/// Required lengths of the shared buffers.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Needs {
    partial: usize,
    channels: usize,
    taps: usize,
    weights: usize,
}

impl Shared {
    pub fn new(gpu: &Gpu, needs: Needs) -> Result<Self, Error> {
        Ok(Self {
            partial: gpu.floats(needs.partial)?,
            descent: gpu.floats(3 * needs.channels)?,
            taps: gpu.reals(needs.taps)?,
            slopes: gpu.reals(needs.taps)?,
            weights: gpu.floats(needs.weights)?,
        })
    }
}

/// The weights that a forward or backward pass uses: the current ones or the averaged ones.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rows<'a> {
    pub layout: &'a Layout,
    pub learned: &'a Buffer,
    /// The same weights in the precision of the activations.
    pub stored: &'a Buffer,
    pub followed: &'a Buffer,
}

impl<'a> Rows<'a> {
    pub fn weight(&self, index: usize) -> Result<Span<'a>, Error> {
        place(self.learned, &self.layout.learned, index)
    }

    fn line(&self, branch: &'a Branch) -> Result<NormParameters<'a>, Error> {
        Ok(NormParameters {
            gamma: self.weight(branch.gamma)?,
            beta: self.weight(branch.gamma + 1)?,
            mean: place(self.followed, &self.layout.followed, branch.mean)?,
            variance: place(self.followed, &self.layout.followed, branch.mean + 1)?,
            line: branch.line.all(),
        })
    }
}

/// The values of one weight in the buffer `row`.
pub(super) fn place<'a>(row: &'a Buffer, places: &[super::Place], index: usize) -> Result<Span<'a>, Error> {
    let place =
        places.get(index).ok_or_else(|| Error::Shape(format!("there is no weight number {index}")))?;
    row.span(place.from, place.len())
}

/// What the backward pass needs besides a layer's own activations.
pub(super) struct Back<'a> {
    pub gpu: &'a Gpu,
    pub rows: Rows<'a>,
    pub gradient: &'a Buffer,
    pub shared: &'a Shared,
    pub spare: &'a mut Spare,
}

impl Layer {
    /// Allocates the layer's memory and finds its weights.
    pub fn new(
        gpu: &Gpu,
        conv: &Conv,
        batch: usize,
        (from, to): (Shape, Shape),
        epsilon: f32,
        layout: &Layout,
        needs: &mut Needs,
    ) -> Result<Self, model::Error> {
        let kinds = branches(conv);
        let last = kinds.len() - 1;
        let mut built = Vec::new();
        for (index, (branch, shape)) in kinds.into_iter().enumerate() {
            let name = branch_name(conv, branch);
            let kernel = match shape {
                Some(shape) => {
                    let side = shape[3];
                    let geometry = if side == conv.kernel {
                        conv.geometry()
                    } else {
                        Geometry::symmetric(conv.stride, 0)
                    };
                    let sizes = ConvShape::new(batch, from, conv.to, side, geometry)?;
                    let weights = layout.learned(&format!("{name}.conv.weight"))?;
                    Some(Kernel::new(gpu, weights, sizes, conv.is_depthwise(), needs)?)
                }
                None => None,
            };
            let rows = batch * to.height * to.width;
            // Only the last branch's result goes through the activation.
            let activation = if index == last { conv.activation } else { Activation::Identity };
            let norm = Norm { rows, channels: conv.to, epsilon, activation };
            needs.partial = needs.partial.max(norm.partial(gpu));
            needs.channels = needs.channels.max(conv.to);
            let z = kernel.is_some().then(|| gpu.reals(rows * conv.to)).transpose()?;
            built.push(Branch {
                kernel,
                gamma: layout.learned(&format!("{name}.norm.weight"))?,
                mean: layout.followed(&format!("{name}.norm.running_mean"))?,
                norm,
                z,
                line: gpu.floats(4 * conv.to)?,
            });
        }
        Ok(Self { conv: conv.clone(), branches: built, values: batch * to.values() })
    }

    /// Reorders the weights as the kernels read them.
    pub fn prepare(&self, gpu: &Gpu, rows: &Rows) -> Result<(), Error> {
        for kernel in self.branches.iter().filter_map(|branch| branch.kernel.as_ref()) {
            let w = rows.weight(kernel.weights)?;
            match &kernel.algorithm {
                Algorithm::Pointwise => {}
                Algorithm::Taps { window, stored, .. } => cuda::arrange(gpu, window, w, stored.all())?,
                Algorithm::Depthwise { spread, turned, .. } => {
                    cuda::spread(gpu, w, kernel.sizes.to.channels, spread.all(), turned.all())?;
                }
            }
        }
        Ok(())
    }

    /// The forward pass: `y` from `x` and the shortcut `add`. In training (`learning`), normalisation uses
    /// the batch's statistics; otherwise the running statistics.
    pub fn forward(
        &self,
        gpu: &Gpu,
        rows: &Rows,
        shared: &Shared,
        (x, add): (Span, Option<Span>),
        learning: bool,
        y: Span,
    ) -> Result<(), Error> {
        for (index, branch) in self.branches.iter().enumerate() {
            let z = match (&branch.kernel, &branch.z) {
                (Some(kernel), Some(z)) => {
                    kernel.forward(gpu, rows, shared, x, z.all())?;
                    z.all()
                }
                _ => x,
            };
            let known = rows.line(branch)?;
            if learning {
                branch.norm.statistics(gpu, z, &known, MOMENTUM as f32, shared.partial.all())?;
            } else {
                cuda::known_line(gpu, &known, branch.norm.epsilon)?;
            }
            // Several branches are summed in place. A layer never has both branches and a shortcut.
            let added = if index > 0 { Some(y) } else { add };
            branch.norm.normalise(gpu, z, branch.line.all(), added, y)?;
        }
        Ok(())
    }

    /// The backward pass. Adds to the weights' gradients and turns `dy` into the gradient before the
    /// activation. Adds the gradient of the input to `dx`, or sets it; not for the first layer, whose input
    /// is the image.
    pub fn backward(
        &self,
        back: &mut Back,
        x: Span,
        y: Span,
        dy: &Buffer,
        dx: &mut Option<Buffer>,
    ) -> Result<(), Error> {
        let gpu = back.gpu;
        let values = self.values;
        let dy = dy.span(0, values)?;
        let is_alone = self.branches.len() == 1 && self.conv.add.is_none();
        for (index, branch) in self.branches.iter().enumerate() {
            let z = branch.z.as_ref().map_or(x, Buffer::all);
            let known = back.rows.line(branch)?;
            let slopes = (
                place(back.gradient, &back.rows.layout.learned, branch.gamma)?,
                place(back.gradient, &back.rows.layout.learned, branch.gamma + 1)?,
            );
            // Only the first branch applies the activation's gradient; `dy` then serves all of them.
            let activation = if index == 0 { self.conv.activation } else { Activation::Identity };
            let norm = Norm { activation, ..branch.norm };
            // A single branch without shortcut can compute from `z` alone where the activation clipped.
            let seen = (!is_alone).then_some(y);
            let keep = !is_alone && activation != Activation::Identity;
            let sums = (back.shared.partial.all(), back.shared.descent.all());
            let lent = if is_alone { None } else { Some(back.spare.take(gpu, values)?) };
            let dz = match &lent {
                Some(buffer) => buffer.span(0, values)?,
                None => dy,
            };
            norm.gradient(gpu, dy, seen, z, &known, slopes, keep, sums, dz)?;
            match &branch.kernel {
                Some(kernel) => kernel.backward(back, x, dz, self.conv.input > 0, dx)?,
                None => begin_or_add(back, dz, dx)?,
            }
            if let Some(buffer) = lent {
                back.spare.give(buffer);
            }
        }
        Ok(())
    }
}

/// Adds to a gradient, or copies it if there is none yet.
pub(super) fn begin_or_add(back: &mut Back, from: Span, to: &mut Option<Buffer>) -> Result<(), Error> {
    match to {
        Some(to) => cuda::sum(back.gpu, from, to.span(0, from.len())?),
        None => {
            let begun = back.spare.take(back.gpu, from.len())?;
            back.gpu.copy(from, begun.span(0, from.len())?)?;
            *to = Some(begun);
            Ok(())
        }
    }
}

impl Kernel {
    fn new(
        gpu: &Gpu,
        weights: usize,
        sizes: ConvShape,
        depthwise: bool,
        needs: &mut Needs,
    ) -> Result<Self, Error> {
        let algorithm = if depthwise {
            let shape = DepthwiseShape::new(sizes)?;
            needs.partial = needs.partial.max(cuda::parts_of_weights(gpu, &shape));
            let count = sizes.to.channels * sizes.kernel * sizes.kernel;
            Algorithm::Depthwise { shape, spread: gpu.floats(count)?, turned: gpu.floats(count)? }
        } else {
            let window = Im2colShape { sizes };
            if sizes.is_pointwise() {
                Algorithm::Pointwise
            } else {
                let one = Im2colShape { sizes: ConvShape { batch: 1, ..sizes } }.taps();
                let images = (TAPS / one.max(1)).clamp(1, sizes.batch);
                let [_, matrix] = window.matrix();
                needs.taps = needs.taps.max(images * one);
                needs.weights = needs.weights.max(matrix);
                Algorithm::Taps { window, stored: gpu.reals(matrix)?, images }
            }
        };
        Ok(Self { weights, sizes, algorithm })
    }

    /// Splits a batch into parts of `images` images: the part's shapes, the offset of its images in `x`, and
    /// the offset of its rows in `z`.
    fn windows(&self, images: usize) -> impl Iterator<Item = (Im2colShape, usize, usize)> + '_ {
        let sizes = self.sizes;
        (0..sizes.batch).step_by(images.max(1)).map(move |first| {
            let batch = images.min(sizes.batch - first);
            (
                Im2colShape { sizes: ConvShape { batch, ..sizes } },
                first * sizes.from.values(),
                first * sizes.to.values(),
            )
        })
    }

    fn forward(&self, gpu: &Gpu, rows: &Rows, shared: &Shared, x: Span, z: Span) -> Result<(), Error> {
        let (taken, to) = (self.sizes.taps(), self.sizes.to.channels);
        match &self.algorithm {
            Algorithm::Pointwise => {
                let stored = place(rows.stored, &rows.layout.learned, self.weights)?;
                cuda::product(gpu, (self.sizes.rows(), taken, to), x, stored, z)
            }
            Algorithm::Depthwise { shape, spread, .. } => {
                cuda::depthwise(gpu, shape, x, spread.all(), false, z)
            }
            Algorithm::Taps { stored, images, .. } => {
                let taps = shared.taps.all();
                for (window, from, at) in self.windows(*images) {
                    let sizes = (window.sizes.rows(), window.row(), to);
                    cuda::taps(
                        gpu,
                        &window,
                        x.part(from, window.sizes.batch * window.sizes.from.values())?,
                        taps,
                    )?;
                    cuda::product(gpu, sizes, taps, stored.all(), z.part(at, sizes.0 * to)?)?;
                }
                Ok(())
            }
        }
    }

    fn backward(
        &self,
        back: &mut Back,
        x: Span,
        dz: Span,
        goes_on: bool,
        dx: &mut Option<Buffer>,
    ) -> Result<(), Error> {
        let (gpu, values) = (back.gpu, self.sizes.batch * self.sizes.from.values());
        let add = dx.is_some();
        if goes_on && !add {
            *dx = Some(back.spare.take(gpu, values)?);
        }
        let dx = dx.as_ref().filter(|_| goes_on).map(|dx| dx.span(0, values)).transpose()?;
        let gradient = place(back.gradient, &back.rows.layout.learned, self.weights)?;
        let to = self.sizes.to.channels;
        match &self.algorithm {
            Algorithm::Pointwise => {
                let sizes = (self.sizes.rows(), self.sizes.taps(), to);
                let stored = place(back.rows.stored, &back.rows.layout.learned, self.weights)?;
                cuda::product_of_weights(gpu, sizes, x, dz, true, gradient)?;
                dx.map_or(Ok(()), |dx| cuda::product_of_image(gpu, sizes, dz, stored, add, dx))
            }
            Algorithm::Depthwise { shape, spread, turned } => {
                cuda::depthwise_weights(gpu, shape, x, dz, back.shared.partial.all(), gradient)?;
                let w = if self.sizes.geometry.stride == 1 { turned } else { spread };
                dx.map_or(Ok(()), |dx| cuda::depthwise_image(gpu, shape, dz, w.all(), add, dx))
            }
            Algorithm::Taps { window, stored, images } => {
                let (taps, slopes) = (back.shared.taps.all(), back.shared.slopes.all());
                let weights = back.shared.weights.all();
                for (index, (window, from, at)) in self.windows(*images).enumerate() {
                    let (rows, seen) = (window.sizes.rows(), window.sizes.batch * window.sizes.from.values());
                    let (sizes, dz) = ((rows, window.row(), to), dz.part(at, rows * to)?);
                    cuda::taps(gpu, &window, x.part(from, seen)?, taps)?;
                    cuda::product_of_weights(gpu, sizes, taps, dz, index > 0, weights)?;
                    if let Some(dx) = dx {
                        cuda::product_of_image(gpu, sizes, dz, stored.all(), false, slopes)?;
                        cuda::col2im(gpu, &window, slopes, add, dx.part(from, seen)?)?;
                    }
                }
                cuda::arrange_back(gpu, window, weights, gradient)
            }
        }
    }
}
