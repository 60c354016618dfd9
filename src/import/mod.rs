//! Networks that were trained elsewhere become bundles: an ONNX file is walked through once, operator by operator, and what it computes
//! becomes a graph of the layers that the browser runs. Of named families PyTorch's weights alone do. What cannot be run is refused with the operator's name; what can is checked against
//! another runtime before anything is written.

mod arithmetic;
mod attention;
mod check;
mod constant;
mod families;
mod format;
mod fuse;
mod layers;
mod layout;
mod moments;
mod node;
mod pointwise;
mod shapes;
mod steps;
mod value;
mod walk;
mod windows;
mod wire;

pub use check::{Agreement, agree};
pub use families::state_dict;
pub use format::{Beside, files_beside};

use crate::kernels::Shape;
use crate::messages::fault::import as fault;
use crate::messages::why::import as why;
use crate::model::{self, Graph, MOST_WEIGHTS, Weights};

/// The most bytes of a file with weights.
pub const MOST_BYTES: u64 = 1 << 30;
/// The most axes of a tensor.
const MOST_AXES: usize = 16;

/// An error of an import.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be read, or is no network from one image to logits.
    #[error("{}", fault::unreadable(.0))]
    Unreadable(String),
    /// The network is larger than a browser can run.
    #[error("{}", fault::too_large(.0))]
    TooLarge(String),
    /// An operator that networks here do not have.
    #[error("{}", fault::operator(.operator, .place, .why))]
    Operator {
        /// Its name in the ONNX standard.
        operator: String,
        /// Its name in the file.
        place: String,
        /// Why it cannot be run.
        why: String,
    },
    /// The output is none that can be read as logits.
    #[error("{}", fault::output(.name, .why))]
    Output {
        /// Its name in the file.
        name: String,
        /// What is wrong with it.
        why: String,
    },
    /// The network answers otherwise than another runtime does.
    #[error("{}", fault::differs(*.apart, *.allowed))]
    Differs {
        /// The largest difference of a logit, as a share of their spread.
        apart: f32,
        /// How large it may be.
        allowed: f32,
    },
    /// The other runtime cannot run the file, so that nothing can be compared.
    #[error("{}", fault::no_comparison(.0))]
    NoComparison(String),
    /// The graph or its weights are inconsistent.
    #[error(transparent)]
    Model(#[from] model::Error),
}

/// What a file does not say by itself.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Pixels a side, for files that take images of any size.
    pub side: Option<usize>,
    /// Which output has the logits, for files with several.
    pub output: Option<String>,
}

/// What a file does with its logits at its end; it is taken off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Nothing: how they become probabilities is not said.
    Logits,
    /// A softmax over all classes: an image has one of them.
    Softmax,
    /// A sigmoid for each label: an image may have several.
    Sigmoid,
}

/// A network that was read from a file.
#[derive(Debug)]
pub struct Imported {
    /// Its layers.
    pub graph: Graph,
    /// Their folded weights, in f32.
    pub weights: Weights<'static>,
    /// What its file ends with behind the logits.
    pub ending: Ending,
    /// The names of its input and of its logits in the ONNX file.
    pub names: (String, String),
    /// Whether the input's channels stand before its rows, as in PyTorch's exports.
    pub is_planar: bool,
}

/// Reads an ONNX file of a classifier. `beside`: the files that [`files_beside`] names.
///
/// # Errors
/// Fails if the file is damaged, if it is larger than a browser can run, or if it holds anything that networks here cannot compute.
pub fn onnx(bytes: &[u8], beside: &Beside, options: &Options) -> Result<Imported, Error> {
    let model = format::read(bytes, beside, options.output.as_deref())?;
    let (shape, is_planar) = image(&model.axes, options.side)?;
    let input = model.input.clone();
    let walked = walk::walk(model, shape, is_planar)?;
    let (layers, logits) = fuse::fuse(walked.steps.all, walked.logits);
    let (graph, weights) = layers::graph(layers, logits)?;
    let names = (input, walked.logits_name);
    Ok(Imported { graph, weights, ending: walked.ending, names, is_planar })
}

/// The shape of the image, and whether its channels come first.
fn image(axes: &[Option<usize>], side: Option<usize>) -> Result<(Shape, bool), Error> {
    let refuse = |why: String| Error::Unreadable(why);
    let &[batch, a, b, c] = axes else { return Err(refuse(why::input_axes(axes.len()))) };
    if batch.is_some_and(|batch| batch != 1) {
        return Err(refuse(why::BATCH.into()));
    }
    let (is_planar, channels, height, width) = match (a, c) {
        (Some(channels @ (1 | 3)), _) => (true, channels, b, c),
        (_, Some(channels @ (1 | 3))) => (false, channels, a, b),
        _ => return Err(refuse(why::INPUT_CHANNELS.into())),
    };
    let side = |given: Option<usize>| match (given, side) {
        (Some(given), Some(side)) if given != side => Err(refuse(why::fixed_side(given))),
        (given, side) => given.or(side).ok_or_else(|| refuse(why::NO_SIDE.into())),
    };
    let (height, width) = (side(height)?, side(width)?);
    if height != width || !(16..=1024).contains(&height) {
        return Err(refuse(why::not_square(height, width)));
    }
    Ok((Shape { height, width, channels }, is_planar))
}
