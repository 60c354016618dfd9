//! A network for inference: candle, with own operations on memory that is planned once and used for every
//! image.

use super::Error;
use super::graph::Graph;
use super::layer::Layer;
use super::tensor::{mean, product, values, values_mut};
use crate::kernels::{Scratch, Shape};
use candle_core::{CpuStorage, DType, Device, InplaceOp2, InplaceOp3, Layout, Result, Tensor, bail};
use candle_nn::{Linear, Module, VarBuilder};
use std::cell::{Cell, RefCell};
use std::sync::{Mutex, PoisonError};

/// A network ready for inference, as a candle module from an image to its logits.
///
/// # Shapes
/// Image: `(height, width, channels)`, normalised as the card says. Logits: `(classes,)`.
#[derive(Debug)]
pub struct Network {
    pub(super) graph: Graph,
    /// Of every value, the image's first.
    shapes: Vec<Shape>,
    pub(super) layers: Vec<Layer>,
    head: Linear,
    /// Memory of finished forward passes, for the next ones: as much as ever was needed at once.
    idle: Mutex<Vec<Memory>>,
}

/// What a forward pass writes. From the second image on, no feature map is allocated but those that are returned.
#[derive(Debug)]
struct Memory {
    /// Every value but the image. Those that are not needed at the same time share a buffer.
    values: Vec<Tensor>,
    scratch: Scratch,
}

/// All results of a forward pass.
#[derive(Clone, Debug)]
pub struct Output {
    /// The last feature map, `(height, width, channels)`.
    pub features: Tensor,
    /// Logits, `(classes,)`.
    pub logits: Tensor,
    /// Logits of each pixel, `(height, width, 1)`, if the network segments an outline.
    pub outline: Option<Tensor>,
    /// Values named in the graph's `intermediates`, `(height, width, channels)` each.
    pub intermediates: Vec<Tensor>,
}

impl Network {
    /// Packs the folded weights.
    ///
    /// # Errors
    /// Fails if the graph is inconsistent, or if a weight is missing or has another shape.
    pub fn new(graph: &Graph, vb: &VarBuilder) -> std::result::Result<Self, Error> {
        let (shapes, mut layers) = (graph.shapes()?, Vec::with_capacity(graph.nodes.len()));
        for (node, to) in graph.nodes.iter().zip(shapes.iter().skip(1)) {
            let from = shapes.get(node.input()).copied().unwrap_or_default();
            layers.push(Layer::new(node, from, *to, vb)?);
        }
        let head = candle_nn::linear(graph.head.features, graph.head.classes, vb.pp("head"));
        let head = head.map_err(Error::weights)?;
        Ok(Self { graph: graph.clone(), shapes, layers, head, idle: Mutex::default() })
    }

    /// Shape of a value.
    pub(super) fn shape(&self, value: usize) -> Shape {
        self.shapes.get(value).copied().unwrap_or_default()
    }

    /// An image of the size that the network takes.
    ///
    /// # Shapes
    /// `values`: `(height, width, channels)`.
    ///
    /// # Errors
    /// Fails if there are more or fewer values.
    pub fn image(&self, values: Vec<f32>) -> std::result::Result<Tensor, Error> {
        let shape = self.shapes.first().copied().unwrap_or_default();
        if values.len() != shape.values() {
            return Err(Error::Graph(format!("{} values are no image of {shape:?}", values.len())));
        }
        Ok(Tensor::from_vec(values, dims(&shape), &Device::Cpu)?)
    }

    /// As `forward`, with the other results.
    ///
    /// # Errors
    /// Fails if `image` has another shape, type or layout than [`Network::image`] makes.
    pub fn outputs(&self, image: &Tensor) -> std::result::Result<Output, Error> {
        let outputs = self.pass(image, |values| {
            let kept = |index: usize| value(values, index)?.force_contiguous();
            let intermediates = self.graph.intermediates.iter().copied();
            Ok(Output {
                features: kept(self.graph.features)?,
                logits: self.logits(values)?,
                outline: self.graph.outline.map(kept).transpose()?,
                intermediates: intermediates.map(kept).collect::<Result<_>>()?,
            })
        });
        Ok(outputs?)
    }

    /// Weights of the linear layer, `(classes, features)`. Class activation maps weigh the feature map with
    /// them.
    pub fn head_weights(&self) -> &Tensor {
        self.head.weight()
    }

    /// Whether the feature map has more than one pixel, so that class activation can tell one place from another.
    pub fn has_class_maps(&self) -> bool {
        let map = self.shape(self.graph.features);
        map.height * map.width > 1
    }

    /// Computes all values, and `results` from them.
    pub(super) fn pass<T>(&self, image: &Tensor, results: impl FnOnce(&[&Tensor]) -> Result<T>) -> Result<T> {
        let shape = self.shapes.first().copied().unwrap_or_default();
        if image.dims3().ok() != Some(dims(&shape)) {
            bail!("a tensor of {:?} is no image of {shape:?}", image.dims());
        }
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = idle().pop();
        let mut memory = kept.map_or_else(|| Memory::new(&self.graph, &self.shapes), Ok)?;
        let values: Vec<&Tensor> = std::iter::once(image).chain(&memory.values).collect();
        for (index, (node, layer)) in self.graph.nodes.iter().zip(&self.layers).enumerate() {
            let y = value(&values, index + 1)?;
            let operation = Operation { layer, at: Cell::new(0), scratch: RefCell::new(&mut memory.scratch) };
            match (layer, node.inputs().nth(1)) {
                (Layer::Concat { .. }, _) => {
                    for input in node.inputs() {
                        y.inplace_op2(value(&values, input)?, &operation)?;
                        operation.at.set(operation.at.get() + self.shape(input).channels);
                    }
                }
                (_, Some(other)) => {
                    y.inplace_op3(value(&values, node.input())?, value(&values, other)?, &operation)?;
                }
                (_, None) => y.inplace_op2(value(&values, node.input())?, &operation)?,
            }
        }
        let results = results(&values);
        idle().push(memory);
        results
    }

    /// Global average pooling and the linear layer.
    fn logits(&self, values: &[&Tensor]) -> Result<Tensor> {
        let features = value(values, self.graph.features)?.flatten(0, 1)?;
        let logits = product(self.head.weight(), &mean(&features)?)?.squeeze(1)?;
        match self.head.bias() {
            Some(bias) => logits + bias,
            None => Ok(logits),
        }
    }
}

impl Module for Network {
    fn forward(&self, image: &Tensor) -> Result<Tensor> {
        self.pass(image, |values| self.logits(values))
    }
}

pub(super) fn value<'a>(values: &[&'a Tensor], index: usize) -> Result<&'a Tensor> {
    let Some(value) = values.get(index) else { bail!("a value that the graph does not have") };
    Ok(value)
}

fn dims(shape: &Shape) -> (usize, usize, usize) {
    (shape.height, shape.width, shape.channels)
}

/// A layer as an operation of candle that writes into a tensor that is there.
struct Operation<'a> {
    layer: &'a Layer,
    /// First channel of the result, of a concatenation's next input.
    at: Cell<usize>,
    scratch: RefCell<&'a mut Scratch>,
}

impl Operation<'_> {
    fn run(&self, x: &[f32], other: Option<&[f32]>, y: &mut [f32]) -> Result<()> {
        let done = self.layer.run(x, other, self.at.get(), &mut self.scratch.borrow_mut(), y);
        done.map_err(|error| candle_core::Error::Msg(error.to_string()))
    }
}

impl InplaceOp2 for Operation<'_> {
    fn name(&self) -> &'static str {
        "layer"
    }

    fn cpu_fwd(&self, y: &mut CpuStorage, ly: &Layout, x: &CpuStorage, lx: &Layout) -> Result<()> {
        self.run(values(x, lx)?, None, values_mut(y, ly)?)
    }
}

impl InplaceOp3 for Operation<'_> {
    fn name(&self) -> &'static str {
        "layer of two inputs"
    }

    fn cpu_fwd(
        &self,
        y: &mut CpuStorage,
        ly: &Layout,
        x: &CpuStorage,
        lx: &Layout,
        other: &CpuStorage,
        lo: &Layout,
    ) -> Result<()> {
        self.run(values(x, lx)?, Some(values(other, lo)?), values_mut(y, ly)?)
    }
}

impl Memory {
    fn new(graph: &Graph, shapes: &[Shape]) -> Result<Self> {
        let made = || shapes.iter().skip(1);
        let places = plan(graph);
        let length = |place: usize| {
            let own = places.iter().zip(made()).filter(|(other, _)| **other == place);
            own.map(|(_, shape)| shape.values()).max().unwrap_or_default()
        };
        let count = places.iter().max().map_or(0, |most| most + 1);
        let buffers = (0..count).map(|place| Tensor::zeros(length(place), DType::F32, &Device::Cpu));
        let buffers = buffers.collect::<Result<Vec<_>>>()?;
        let narrowed = |(place, shape): (&usize, &Shape)| {
            let Some(buffer) = buffers.get(*place) else { bail!("a buffer that the plan does not have") };
            buffer.narrow(0, 0, shape.values())?.reshape(dims(shape))
        };
        let values = places.iter().zip(made()).map(narrowed).collect::<Result<_>>()?;
        Ok(Self { values, scratch: Scratch::default() })
    }
}

/// Assigns a buffer to each value but the image. A buffer is free again after its value's last use; the
/// buffers of returned values are never reused.
fn plan(graph: &Graph) -> Vec<usize> {
    // The node that reads a value last.
    let mut last = vec![None; graph.nodes.len() + 1];
    let reads = graph.nodes.iter().enumerate();
    for (index, value) in reads.flat_map(|(index, node)| node.inputs().map(move |value| (index, value))) {
        if let Some(last) = last.get_mut(value) {
            *last = Some(index);
        }
    }
    let returned = [Some(0), Some(graph.features), graph.outline].into_iter().flatten();
    for value in returned.chain(graph.intermediates.iter().copied()) {
        if let Some(last) = last.get_mut(value) {
            *last = None;
        }
    }
    let (mut free, mut places, mut count) = (Vec::new(), Vec::new(), 0);
    for (index, node) in graph.nodes.iter().enumerate() {
        places.push(free.pop().unwrap_or_else(|| {
            count += 1;
            count - 1
        }));
        // In ascending order, and each once, however often the node reads it.
        let mut done: Vec<usize> =
            node.inputs().filter(|value| last.get(*value) == Some(&Some(index))).collect();
        done.sort_unstable();
        done.dedup();
        free.extend(done.iter().filter_map(|value| places.get(value - 1)));
    }
    places
}
