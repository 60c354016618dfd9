//! Families of plain and residual convolutions: VGG, ResNet, DenseNet, RegNet.

use super::Builder;
use crate::kernels::Activation::{Relu, Sigmoid};

impl Builder<'_> {
    /// Convolution, normalisation and, if asked for, ReLU.
    fn block(
        &mut self,
        x: usize,
        conv: &str,
        norm: &str,
        stride: usize,
        ends: bool,
    ) -> Result<usize, String> {
        let x = self.same(x, conv, stride)?;
        let x = self.norm(x, norm)?;
        if ends { self.activate(x, Relu) } else { Ok(x) }
    }

    /// A sum with what went in, and ReLU.
    fn residual(&mut self, x: usize, y: usize) -> Result<usize, String> {
        let sum = self.add(y, x)?;
        self.activate(sum, Relu)
    }

    fn head(&mut self, x: usize, name: &str) -> Result<usize, String> {
        let x = self.pool(x)?;
        self.linear(x, name)
    }
}

/// He et al. 2016. Blocks of three convolutions have their stride in the second, as torchvision has it.
pub(super) fn resnet(b: &mut Builder) -> Result<usize, String> {
    let mut x = b.block(0, "conv1", "bn1", 2, true)?;
    x = b.max_pool(x, 3, 2, 1)?;
    for stage in 1..=4 {
        for index in 0..b.count(0, |index| format!("layer{stage}.{index}.conv1.weight")) {
            let name = format!("layer{stage}.{index}");
            let is_long = b.has(&format!("{name}.conv3.weight"));
            let stride = if stage > 1 && index == 0 { 2 } else { 1 };
            let (count, strided) = if is_long { (3, 2) } else { (2, 1) };
            let mut y = x;
            for part in 1..=count {
                let stride = if part == strided { stride } else { 1 };
                let (conv, norm) = (format!("{name}.conv{part}"), format!("{name}.bn{part}"));
                y = b.block(y, &conv, &norm, stride, part < count)?;
            }
            if b.has(&format!("{name}.downsample.0.weight")) {
                x = b.block(
                    x,
                    &format!("{name}.downsample.0"),
                    &format!("{name}.downsample.1"),
                    stride,
                    false,
                )?;
            }
            x = b.residual(x, y)?;
        }
    }
    b.head(x, "fc")
}

/// Huang et al. 2017: each layer sees what all layers before it have made.
pub(super) fn densenet(b: &mut Builder) -> Result<usize, String> {
    let mut x = b.block(0, "features.conv0", "features.norm0", 2, true)?;
    x = b.max_pool(x, 3, 2, 1)?;
    for block in 1..=4 {
        let layer = |layer: usize| format!("features.denseblock{block}.denselayer{layer}");
        let mut parts = vec![x];
        for index in 1..=b.count(1, |index| format!("{}.conv1.weight", layer(index))) {
            let name = layer(index);
            let mut y = b.concat(&parts)?;
            for part in 1..=2 {
                y = b.norm(y, &format!("{name}.norm{part}"))?;
                y = b.activate(y, Relu)?;
                y = b.same(y, &format!("{name}.conv{part}"), 1)?;
            }
            parts.push(y);
        }
        x = b.concat(&parts)?;
        let after =
            if block < 4 { format!("features.transition{block}.norm") } else { "features.norm5".into() };
        x = b.norm(x, &after)?;
        x = b.activate(x, Relu)?;
        if block < 4 {
            x = b.linear(x, &format!("features.transition{block}.conv"))?;
            x = b.average_pool(x, 2)?;
        }
    }
    b.head(x, "classifier")
}

/// Simonyan and Zisserman 2015, with and without normalisation. Where a pool stands, the numbers of the layers leave one out.
pub(super) fn vgg(b: &mut Builder) -> Result<usize, String> {
    let (mut x, mut index) = (0, 0);
    loop {
        let name = format!("features.{index}");
        if b.has(&format!("{name}.weight")) {
            x = b.same(x, &name, 1)?;
            index += 1;
            if b.has(&format!("features.{index}.running_mean")) {
                x = b.norm(x, &format!("features.{index}"))?;
                index += 1;
            }
            x = b.activate(x, Relu)?;
        } else {
            x = b.max_pool(x, 2, 2, 0)?;
        }
        index += 1;
        if index > 60 || !(index..index + 2).any(|next| b.has(&format!("features.{next}.weight"))) {
            break;
        }
    }
    x = b.max_pool(x, 2, 2, 0)?;
    for (layer, ends) in [(0, true), (3, true), (6, false)] {
        x = b.linear(x, &format!("classifier.{layer}"))?;
        x = if ends { b.activate(x, Relu)? } else { x };
    }
    Ok(x)
}

/// RegNet-Y (Radosavovic et al. 2020): grouped convolutions and gates.
pub(super) fn regnet(b: &mut Builder) -> Result<usize, String> {
    let mut x = b.block(0, "stem.0", "stem.1", 2, true)?;
    for stage in 1..=4 {
        let name = |index: usize| format!("trunk_output.block{stage}.block{stage}-{index}");
        for index in 0..b.count(0, |index| format!("{}.f.a.0.weight", name(index))) {
            let name = name(index);
            let part = |part: &str| format!("{name}.{part}");
            let stride = if index == 0 { 2 } else { 1 };
            let mut y = b.block(x, &part("f.a.0"), &part("f.a.1"), 1, true)?;
            y = b.block(y, &part("f.b.0"), &part("f.b.1"), stride, true)?;
            y = b.excite(y, [&part("f.se.fc1"), &part("f.se.fc2")], Relu, Sigmoid)?;
            y = b.block(y, &part("f.c.0"), &part("f.c.1"), 1, false)?;
            if b.has(&part("proj.0.weight")) {
                x = b.block(x, &part("proj.0"), &part("proj.1"), stride, false)?;
            }
            x = b.residual(x, y)?;
        }
    }
    b.head(x, "fc")
}
