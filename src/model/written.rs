//! A layer as a file holds it: one object with the fields of every kind of layer. Reading this and then choosing takes a fifth of the code of
//! reading each kind by itself, code that every visitor loads.

use super::node::{Conv, Node, Pool};
use crate::kernels::Activation;
use crate::messages::why::layer as why;
use serde::Deserialize;

/// The fields of all kinds of [`Node`]; which of them a layer needs depends on `op`.
#[derive(Deserialize)]
pub(super) struct WrittenNode {
    op: Kind,
    name: Option<String>,
    input: Option<usize>,
    inputs: Option<Vec<usize>>,
    from: Option<usize>,
    to: Option<usize>,
    kernel: Option<usize>,
    stride: Option<usize>,
    pad_begin: Option<usize>,
    pad_end: Option<usize>,
    groups: Option<usize>,
    activation: Option<Activation>,
    add: Option<usize>,
    #[serde(default)]
    branches: bool,
    norm: Option<String>,
    by: Option<usize>,
    epsilon: Option<f32>,
    heads: Option<usize>,
    index: Option<usize>,
}

/// The kinds of [`Node`], by the same names.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Conv,
    MaxPool,
    AveragePool,
    Upsample,
    Concat,
    GlobalAveragePool,
    Multiply,
    LayerNorm,
    Tokens,
    Attention,
    Pick,
}

fn needed<T>(field: &str, value: Option<T>) -> Result<T, String> {
    value.ok_or_else(|| why::lacks(field))
}

impl WrittenNode {
    fn input(&self) -> Result<usize, String> {
        needed("input", self.input)
    }

    fn name(&mut self) -> Result<String, String> {
        needed("name", self.name.take())
    }

    fn pool(&self) -> Result<Pool, String> {
        Ok(Pool {
            input: self.input()?,
            kernel: needed("kernel", self.kernel)?,
            stride: needed("stride", self.stride)?,
            pad_begin: needed("pad_begin", self.pad_begin)?,
            pad_end: needed("pad_end", self.pad_end)?,
        })
    }

    fn conv(mut self) -> Result<Conv, String> {
        let Pool { input, kernel, stride, pad_begin, pad_end } = self.pool()?;
        Ok(Conv {
            name: self.name()?,
            input,
            from: needed("from", self.from)?,
            to: needed("to", self.to)?,
            kernel,
            stride,
            pad_begin,
            pad_end,
            groups: needed("groups", self.groups)?,
            activation: needed("activation", self.activation)?,
            add: self.add,
            branches: self.branches,
        })
    }
}

impl TryFrom<WrittenNode> for Node {
    type Error = String;

    fn try_from(mut written: WrittenNode) -> Result<Self, String> {
        Ok(match written.op {
            Kind::Conv => Self::Conv(written.conv()?),
            Kind::MaxPool => Self::MaxPool(written.pool()?),
            Kind::AveragePool => Self::AveragePool(written.pool()?),
            Kind::Upsample => Self::Upsample { input: written.input()? },
            Kind::Concat => Self::Concat {
                inputs: needed("inputs", written.inputs)?,
                norm: written.norm,
                activation: needed("activation", written.activation)?,
            },
            Kind::GlobalAveragePool => Self::GlobalAveragePool { input: written.input()? },
            Kind::Multiply => Self::Multiply { input: written.input()?, by: needed("by", written.by)? },
            Kind::LayerNorm => Self::LayerNorm {
                input: written.input()?,
                epsilon: needed("epsilon", written.epsilon)?,
                name: written.name()?,
            },
            Kind::Tokens => Self::Tokens { input: written.input()?, name: written.name()? },
            Kind::Attention => {
                Self::Attention { input: written.input()?, heads: needed("heads", written.heads)? }
            }
            Kind::Pick => Self::Pick { input: written.input()?, index: needed("index", written.index)? },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nodes() -> Vec<Node> {
        let pool = Pool { input: 3, kernel: 2, stride: 2, pad_begin: 0, pad_end: 1 };
        let conv = Conv {
            name: "c".into(),
            input: 1,
            from: 8,
            to: 16,
            kernel: 3,
            stride: 2,
            pad_begin: 1,
            pad_end: 0,
            groups: 4,
            activation: Activation::HardSwish,
            add: Some(2),
            branches: true,
        };
        vec![
            Node::Conv(Conv { add: None, branches: false, ..conv.clone() }),
            Node::Conv(conv),
            Node::MaxPool(pool),
            Node::AveragePool(pool),
            Node::Upsample { input: 4 },
            Node::Concat { inputs: vec![1, 2], norm: Some("n".into()), activation: Activation::Gelu },
            Node::Concat { inputs: vec![0], norm: None, activation: Activation::Identity },
            Node::GlobalAveragePool { input: 5 },
            Node::Multiply { input: 6, by: 7 },
            Node::LayerNorm { name: "l".into(), input: 8, epsilon: 1e-6 },
            Node::Tokens { name: "t".into(), input: 9 },
            Node::Attention { input: 10, heads: 3 },
            Node::Pick { input: 11, index: 1 },
        ]
    }

    #[test]
    fn every_kind_of_layer_is_read_as_it_was_written_and_needs_all_its_fields() {
        for node in nodes() {
            let written = serde_json::to_value(&node).unwrap();
            assert_eq!(serde_json::from_value::<Node>(written.clone()).unwrap(), node);
            for field in written.as_object().unwrap().keys() {
                let mut cut = written.clone();
                cut.as_object_mut().unwrap().remove(field);
                let may_lack = ["add", "branches", "norm"].contains(&field.as_str());
                assert_eq!(serde_json::from_value::<Node>(cut).is_ok(), may_lack, "{node:?} without {field}");
            }
        }
    }
}
