//! Small networks that together have every kind of layer, a family's shape each, and weights for any network.

use lantern::kernels::{Activation, Geometry};
use lantern::model::{Architecture, Graph, Node, Pool, Size, Weights};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Values from -1 to 1.
pub fn noise(seed: u64, count: usize) -> Vec<f32> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    (0..count).map(|_| rng.random_range(-1.0..1.0)).collect()
}

/// Weights of a spread that neither dies out nor grows from layer to layer (He et al. 2015), and biases that are not zero.
pub fn random(graph: &Graph) -> Weights<'static> {
    let mut weights = Weights::default();
    for (seed, (name, shape)) in graph.weights().unwrap().into_iter().enumerate() {
        let mut values = noise(seed as u64, shape.iter().product());
        if name.ends_with(".conv.weight") {
            let spread = (6.0 / shape[1..].iter().product::<usize>() as f32).sqrt();
            values.iter_mut().for_each(|value| *value *= spread);
        } else if name.ends_with(".scale") || name.ends_with(".weight") && shape.len() == 1 {
            values.iter_mut().for_each(|value| *value = 1.0 + 0.5 * *value);
        }
        weights.insert(name, &shape, &values);
    }
    weights
}

/// Of the families that learn here, for images of 3 channels.
pub fn own(side: usize) -> Vec<(&'static str, Graph)> {
    let lite0 = |stages, widen, outline| Architecture::EfficientNetLite0 { stages, widen, outline };
    [
        ("residual", Architecture::Residual { widths: vec![16, 32, 48], blocks: vec![1, 2, 1] }),
        ("chain", Architecture::Chain { widths: vec![16, 32, 48], depths: vec![1, 2, 2] }),
        ("lite0", lite0(7, true, None)),
        ("lite0 with an outline", lite0(6, false, Some(24))),
    ]
    .map(|(name, architecture)| (name, architecture.graph(3, side, 5).unwrap()))
    .into()
}

/// Of the families that can be brought along, for images of 32 pixels and 3 channels.
pub fn others() -> Vec<(&'static str, Graph)> {
    vec![
        ("densenet", densenet()),
        ("mobilenet-v3", squeezed(Activation::HardSwish, Activation::HardSigmoid, true)),
        ("efficientnet", squeezed(Activation::Silu, Activation::Sigmoid, true)),
        ("regnet", squeezed(Activation::Relu, Activation::Sigmoid, false)),
        ("convnext", convnext()),
        ("vit", vit()),
        ("vgg", vgg()),
    ]
}

fn start() -> Graph {
    Graph::new(Size { channels: 3, height: 32, width: 32 }, 5, 1e-5)
}

fn conv(b: &mut Graph, to: usize, kernel: usize, stride: usize, activation: Activation) -> usize {
    grouped(b, to, kernel, stride, 1, activation)
}

fn grouped(
    b: &mut Graph,
    to: usize,
    kernel: usize,
    stride: usize,
    groups: usize,
    activation: Activation,
) -> usize {
    let name = format!("layer{}", b.last());
    b.conv(name, to, kernel, Geometry::symmetric(stride, kernel / 2), |conv| {
        (conv.groups, conv.activation) = (groups, activation);
    });
    b.last()
}

fn concat(b: &mut Graph, inputs: Vec<usize>, channels: usize, norm: bool, activation: Activation) -> usize {
    let norm = norm.then(|| format!("norm{}", b.last()));
    b.push(Node::Concat { inputs, norm, activation });
    b.head.features = channels;
    b.last()
}

/// A pooling of the last value.
fn pool(b: &Graph, kernel: usize, stride: usize, padding: usize) -> Pool {
    Pool { input: b.last(), kernel, stride, pad_begin: padding, pad_end: padding }
}

/// Huang et al. 2017.
fn densenet() -> Graph {
    let mut b = start();
    conv(&mut b, 8, 7, 2, Activation::Relu);
    b.push(Node::MaxPool(pool(&b, 3, 2, 1)));
    for block in 0..2 {
        let mut made = vec![b.last()];
        let from = b.head.features;
        for layer in 0..3 {
            concat(&mut b, made.clone(), from + layer * 6, true, Activation::Relu);
            conv(&mut b, 24, 1, 1, Activation::Relu);
            made.push(conv(&mut b, 6, 3, 1, Activation::Identity));
        }
        concat(&mut b, made, from + 18, true, Activation::Relu);
        if block == 0 {
            conv(&mut b, 12, 1, 1, Activation::Identity);
            // Windows that overlap, with padding that is not counted.
            b.push(Node::AveragePool(pool(&b, 3, 2, 1)));
        }
    }
    b
}

/// Inverted residuals with squeeze-and-excitation (Howard et al. 2019; Tan and Le 2019), or grouped convolutions with
/// it (Radosavovic et al. 2020).
fn squeezed(activation: Activation, gate: Activation, depthwise: bool) -> Graph {
    let mut b = start();
    conv(&mut b, 8, 3, 2, activation);
    for stride in [2, 1] {
        let x = b.last();
        conv(&mut b, 24, 1, 1, activation);
        let wide = grouped(&mut b, 24, 3, stride, if depthwise { 24 } else { 3 }, activation);
        b.push(Node::GlobalAveragePool { input: wide });
        conv(&mut b, 6, 1, 1, Activation::Relu);
        let by = conv(&mut b, 24, 1, 1, gate);
        b.push(Node::Multiply { input: wide, by });
        let name = format!("project{}", b.last());
        b.conv(name, 8, 1, Geometry::symmetric(1, 0), |conv| conv.add = (stride == 1).then_some(x));
    }
    if activation == Activation::HardSwish {
        // MobileNetV3's head: a layer on the pooled map.
        b.push(Node::GlobalAveragePool { input: b.last() });
        conv(&mut b, 20, 1, 1, activation);
    }
    b
}

/// Liu et al. 2022.
fn convnext() -> Graph {
    let mut b = start();
    let norm = |b: &mut Graph| {
        let name = format!("norm{}", b.last());
        b.push(Node::LayerNorm { name, input: b.last(), epsilon: 1e-6 });
    };
    b.conv("stem", 12, 4, Geometry::symmetric(4, 0), |_| ());
    norm(&mut b);
    for block in 0..2 {
        let x = b.last();
        grouped(&mut b, 12, 7, 1, 12, Activation::Identity);
        norm(&mut b);
        conv(&mut b, 48, 1, 1, Activation::Gelu);
        let name = format!("project{block}");
        b.conv(name, 12, 1, Geometry::symmetric(1, 0), |conv| conv.add = Some(x));
    }
    b.push(Node::GlobalAveragePool { input: b.last() });
    norm(&mut b);
    b
}

/// Dosovitskiy et al. 2021.
fn vit() -> Graph {
    let mut b = start();
    let norm = |b: &mut Graph| {
        let name = format!("norm{}", b.last());
        b.push(Node::LayerNorm { name, input: b.last(), epsilon: 1e-6 });
    };
    b.conv("patches", 24, 8, Geometry::symmetric(8, 0), |_| ());
    b.push(Node::Tokens { name: "tokens".into(), input: b.last() });
    for block in 0..2 {
        let x = b.last();
        norm(&mut b);
        conv(&mut b, 72, 1, 1, Activation::Identity);
        b.push(Node::Attention { input: b.last(), heads: 3 });
        b.head.features = 24;
        let name = format!("joined{block}");
        b.conv(name, 24, 1, Geometry::symmetric(1, 0), |conv| conv.add = Some(x));
        let x = b.last();
        norm(&mut b);
        conv(&mut b, 48, 1, 1, Activation::Gelu);
        let name = format!("narrowed{block}");
        b.conv(name, 24, 1, Geometry::symmetric(1, 0), |conv| conv.add = Some(x));
    }
    norm(&mut b);
    b.push(Node::Pick { input: b.last(), index: 0 });
    b
}

/// Simonyan and Zisserman 2015: fully connected layers are convolutions as large as the map.
fn vgg() -> Graph {
    let mut b = start();
    for to in [8, 12] {
        conv(&mut b, to, 3, 1, Activation::Relu);
        b.push(Node::MaxPool(pool(&b, 2, 2, 0)));
    }
    b.conv("full", 20, 8, Geometry::symmetric(1, 0), |conv| conv.activation = Activation::Relu);
    conv(&mut b, 20, 1, 1, Activation::Relu);
    b
}
