//! The field's networks for 224 pixels and 1000 classes, in the shapes of their papers.

use lantern::kernels::{Activation, Geometry};
use lantern::model::{Graph, Node, Pool, Size};

fn start(epsilon: f32) -> Graph {
    Graph::new(Size { channels: 3, height: 224, width: 224 }, 1000, epsilon)
}

/// Appends a convolution of the last value, and returns the index of its own.
fn conv(
    b: &mut Graph,
    to: usize,
    (kernel, stride, groups): (usize, usize, usize),
    activation: Activation,
) -> usize {
    let name = format!("layer{}", b.last());
    b.conv(name, to, kernel, Geometry::symmetric(stride, kernel / 2), |conv| {
        (conv.groups, conv.activation) = (groups, activation);
    });
    b.last()
}

fn pool(b: &Graph, kernel: usize, stride: usize, padding: usize) -> Pool {
    Pool { input: b.last(), kernel, stride, pad_begin: padding, pad_end: padding }
}

/// He et al. 2016, the network of 18 layers.
pub fn resnet18() -> Graph {
    let mut b = start(1e-5);
    conv(&mut b, 64, (7, 2, 1), Activation::Relu);
    b.push(Node::MaxPool(pool(&b, 3, 2, 1)));
    for (stage, to) in [64, 128, 256, 512].into_iter().enumerate() {
        for block in 0..2 {
            let stride = if stage > 0 && block == 0 { 2 } else { 1 };
            let (x, from) = (b.last(), b.head.features);
            let shortcut =
                if stride == 1 { x } else { conv(&mut b, to, (1, stride, 1), Activation::Identity) };
            let name = format!("layer{}", b.last());
            b.conv(name, to, 3, Geometry::symmetric(stride, 1), |first| {
                (first.input, first.from, first.activation) = (x, from, Activation::Relu);
            });
            let name = format!("layer{}", b.last());
            b.conv(name, to, 3, Geometry::symmetric(1, 1), |second| {
                (second.add, second.activation) = (Some(shortcut), Activation::Relu);
            });
        }
    }
    b
}

/// Huang et al. 2017, the network of 121 layers.
pub fn densenet121() -> Graph {
    let mut b = start(1e-5);
    conv(&mut b, 64, (7, 2, 1), Activation::Relu);
    b.push(Node::MaxPool(pool(&b, 3, 2, 1)));
    let join = |b: &mut Graph, inputs: &[usize], channels: usize| {
        let norm = Some(format!("norm{}", b.last()));
        b.push(Node::Concat { inputs: inputs.to_vec(), norm, activation: Activation::Relu });
        b.head.features = channels;
    };
    for (block, layers) in [6, 12, 24, 16].into_iter().enumerate() {
        let (mut made, mut channels) = (vec![b.last()], b.head.features);
        for _ in 0..layers {
            join(&mut b, &made, channels);
            conv(&mut b, 128, (1, 1, 1), Activation::Relu);
            made.push(conv(&mut b, 32, (3, 1, 1), Activation::Identity));
            channels += 32;
        }
        join(&mut b, &made, channels);
        if block < 3 {
            conv(&mut b, channels / 2, (1, 1, 1), Activation::Identity);
            b.push(Node::AveragePool(pool(&b, 2, 2, 0)));
        }
    }
    b
}

/// Blocks of a stage: expansion, channels, count, stride, kernel.
type Stage = (usize, usize, usize, usize, usize);

/// Sandler et al. 2018.
pub fn mobilenet_v2() -> Graph {
    let stages = [
        (1, 16, 1, 1, 3),
        (6, 24, 2, 2, 3),
        (6, 32, 3, 2, 3),
        (6, 64, 4, 2, 3),
        (6, 96, 3, 1, 3),
        (6, 160, 3, 2, 3),
        (6, 320, 1, 1, 3),
    ];
    inverted(&stages, Activation::Relu6, false)
}

/// Tan and Le 2019, the smallest one.
pub fn efficientnet_b0() -> Graph {
    let stages = [
        (1, 16, 1, 1, 3),
        (6, 24, 2, 2, 3),
        (6, 40, 2, 2, 5),
        (6, 80, 3, 2, 3),
        (6, 112, 3, 1, 5),
        (6, 192, 4, 2, 5),
        (6, 320, 1, 1, 3),
    ];
    inverted(&stages, Activation::Silu, true)
}

/// Inverted residuals, with squeeze-and-excitation where `squeezes`.
fn inverted(stages: &[Stage], activation: Activation, squeezes: bool) -> Graph {
    let mut b = start(1e-5);
    conv(&mut b, 32, (3, 2, 1), activation);
    for &(expansion, to, count, stride, kernel) in stages {
        for block in 0..count {
            let stride = if block == 0 { stride } else { 1 };
            let (x, from) = (b.last(), b.head.features);
            if expansion > 1 {
                conv(&mut b, from * expansion, (1, 1, 1), activation);
            }
            let wide = from * expansion;
            let input = conv(&mut b, wide, (kernel, stride, wide), activation);
            if squeezes {
                b.push(Node::GlobalAveragePool { input });
                conv(&mut b, from / 4, (1, 1, 1), activation);
                let by = conv(&mut b, wide, (1, 1, 1), Activation::Sigmoid);
                b.push(Node::Multiply { input, by });
            }
            let name = format!("layer{}", b.last());
            b.conv(name, to, 1, Geometry::symmetric(1, 0), |conv| {
                conv.add = (stride == 1 && from == to).then_some(x);
            });
        }
    }
    conv(&mut b, 1280, (1, 1, 1), activation);
    b
}

/// Touvron et al. 2021 (DeiT-Tiny): patches of 16 pixels, 12 blocks of 3 heads.
pub fn vit_tiny() -> Graph {
    let (mut b, width) = (start(1e-6), 192);
    let norm = |b: &mut Graph| {
        let (name, input) = (format!("norm{}", b.last()), b.last());
        b.push(Node::LayerNorm { name, input, epsilon: 1e-6 });
    };
    let add = |b: &mut Graph, x: usize| {
        let name = format!("layer{}", b.last());
        b.conv(name, width, 1, Geometry::symmetric(1, 0), |conv| conv.add = Some(x));
    };
    b.conv("patches", width, 16, Geometry::symmetric(16, 0), |_| ());
    b.push(Node::Tokens { name: "tokens".into(), input: b.last() });
    for _ in 0..12 {
        let x = b.last();
        norm(&mut b);
        conv(&mut b, 3 * width, (1, 1, 1), Activation::Identity);
        b.push(Node::Attention { input: b.last(), heads: 3 });
        b.head.features = width;
        add(&mut b, x);
        let x = b.last();
        norm(&mut b);
        conv(&mut b, 4 * width, (1, 1, 1), Activation::Gelu);
        add(&mut b, x);
    }
    norm(&mut b);
    b.push(Node::Pick { input: b.last(), index: 0 });
    b
}
