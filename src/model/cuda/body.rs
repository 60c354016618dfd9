//! All layers between the image and the feature map or the outline: forward and backward pass.

use super::layer::{Back, Layer, Needs, Rows, Shared, begin_or_add};
use super::layout::Layout;
use super::spare::Spare;
use crate::kernels::cuda::{self, Buffer, Error as GpuError, Gpu, Span};
use crate::kernels::{self, Shape};
use crate::model::Error;
use crate::model::{Graph, Node};

/// All layers, with the activations of one batch.
#[derive(Debug)]
pub(super) struct Body {
    layers: Vec<Step>,
    /// Activations: the image first, then one for each layer.
    pub values: Vec<Buffer>,
    pub features: usize,
    pub outline: Option<usize>,
    shared: Shared,
    pub spare: Spare,
}

#[derive(Debug)]
enum Step {
    Conv(Box<Layer>),
    /// Index of the input, and the shapes.
    Upsample(usize, kernels::ConvShape),
}

/// Sets the gradient of a value that has none yet.
pub(super) fn set(gradients: &mut [Option<Buffer>], value: usize, gradient: Buffer) {
    if let Some(place) = gradients.get_mut(value) {
        *place = Some(gradient);
    }
}

impl Body {
    /// Allocates all memory of a forward pass.
    pub fn new(
        gpu: &Gpu,
        graph: &Graph,
        layout: &Layout,
        shapes: &[Shape],
        batch: usize,
    ) -> Result<Self, Error> {
        let (mut needs, mut layers) = (Needs::default(), Vec::new());
        for (node, to) in graph.nodes.iter().zip(shapes.iter().skip(1)) {
            let from = shapes.get(node.input()).copied().unwrap_or(*to);
            layers.push(match node {
                Node::Conv(conv) if conv.learns_on_gpu() => {
                    let layer = Layer::new(gpu, conv, batch, (from, *to), graph.epsilon, layout, &mut needs)?;
                    Step::Conv(Box::new(layer))
                }
                Node::Upsample { input } => {
                    Step::Upsample(*input, kernels::ConvShape { batch, ..kernels::upsampled(from) })
                }
                node => return Err(Error::cannot_learn(node)),
            });
        }
        let values =
            shapes.iter().map(|shape| gpu.reals(batch * shape.values())).collect::<Result<_, _>>()?;
        let shared = Shared::new(gpu, needs)?;
        let (features, outline) = (graph.features, graph.outline);
        Ok(Self { layers, values, features, outline, shared, spare: Spare::default() })
    }

    fn value(&self, index: usize) -> Result<Span<'_>, GpuError> {
        let missing = || GpuError::Shape(format!("there is no value {index}"));
        self.values.get(index).map(Buffer::all).ok_or_else(missing)
    }

    /// The forward pass. In training (`learning`), normalisation uses the batch's statistics; otherwise the
    /// running statistics.
    pub fn forward(&self, gpu: &Gpu, rows: &Rows, learning: bool) -> Result<(), GpuError> {
        cuda::narrow(gpu, rows.learned.all(), rows.stored.all())?;
        for (index, layer) in self.layers.iter().enumerate() {
            let y = self.value(index + 1)?;
            match layer {
                Step::Upsample(input, sizes) => cuda::upsample(gpu, sizes, self.value(*input)?, y)?,
                Step::Conv(layer) => {
                    layer.prepare(gpu, rows)?;
                    let add = layer.conv.add.map(|value| self.value(value)).transpose()?;
                    let seen = (self.value(layer.conv.input)?, add);
                    layer.forward(gpu, rows, &self.shared, seen, learning, y)?;
                }
            }
        }
        Ok(())
    }

    /// The backward pass. Adds the weights' gradients to `gradient`, given the `gradients` of the returned
    /// values.
    pub fn backward(
        &mut self,
        gpu: &Gpu,
        rows: &Rows,
        gradient: &Buffer,
        mut gradients: Vec<Option<Buffer>>,
    ) -> Result<(), GpuError> {
        let mut spare = std::mem::take(&mut self.spare);
        let mut back = Back { gpu, rows: *rows, gradient, shared: &self.shared, spare: &mut spare };
        for (index, layer) in self.layers.iter().enumerate().rev() {
            let Some(dy) = gradients.get_mut(index + 1).and_then(Option::take) else { continue };
            let input = match layer {
                Step::Upsample(input, _) => *input,
                Step::Conv(layer) => layer.conv.input,
            };
            let mut dx = gradients.get_mut(input).and_then(Option::take);
            match layer {
                Step::Upsample(_, sizes) => {
                    let (values, add) = (sizes.batch * sizes.from.values(), dx.is_some());
                    let to = match dx {
                        Some(to) => to,
                        None => back.spare.take(gpu, values)?,
                    };
                    cuda::upsample_gradient(gpu, sizes, dy.span(0, 4 * values)?, add, to.span(0, values)?)?;
                    set(&mut gradients, input, to);
                    back.spare.give(dy);
                }
                Step::Conv(layer) => {
                    let (x, y) = (self.value(input)?, self.value(index + 1)?);
                    layer.backward(&mut back, x, y, &dy, &mut dx)?;
                    if let Some(dx) = dx {
                        set(&mut gradients, input, dx);
                    }
                    match layer.conv.add.and_then(|add| gradients.get_mut(add)) {
                        Some(place @ None) => *place = Some(dy),
                        Some(sum) => {
                            begin_or_add(&mut back, dy.span(0, y.len())?, sum)?;
                            back.spare.give(dy);
                        }
                        None => back.spare.give(dy),
                    }
                }
            }
        }
        gradients.into_iter().flatten().for_each(|buffer| spare.give(buffer));
        self.spare = spare;
        Ok(())
    }
}
