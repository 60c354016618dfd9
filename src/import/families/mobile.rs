//! Families of depthwise separable blocks: MobileNet, EfficientNet.

use super::Builder;
use crate::kernels::Activation::{self, HardSigmoid, HardSwish, Identity, Relu, Relu6, Sigmoid, Silu};
use crate::messages::why::import as why;

/// The blocks of a MobileNetV3 (Howard et al. 2019, tables 1 and 2): their strides, and from which one on they have hard swish.
pub(super) type Blocks = (&'static [usize], usize);
pub(super) const SMALL: Blocks = (&[2, 2, 1, 2, 1, 1, 1, 1, 2, 1, 1], 3);
pub(super) const LARGE: Blocks = (&[1, 2, 1, 2, 1, 1, 2, 1, 1, 1, 1, 1, 2, 1, 1], 6);
/// Strides of the stages of EfficientNet (Tan and Le 2019, table 1).
const STRIDES: [usize; 7] = [1, 2, 2, 2, 1, 2, 1];
/// Channels of the last convolution of EfficientNet-B5; B4 has 1792.
const WIDE: usize = 2048;
/// The blocks of MobileNetV2 with a stride of 2 (Sandler et al. 2018, table 2), as torchvision counts them.
const STRIDED: [usize; 4] = [2, 4, 7, 14];

impl Builder<'_> {
    /// Convolution `{name}.0`, normalisation `{name}.1`, activation.
    fn unit(&mut self, x: usize, name: &str, stride: usize, activation: Activation) -> Result<usize, String> {
        self.named(x, [&format!("{name}.0"), &format!("{name}.1")], stride, activation)
    }

    fn named(
        &mut self,
        x: usize,
        [conv, norm]: [&str; 2],
        stride: usize,
        activation: Activation,
    ) -> Result<usize, String> {
        let x = self.same(x, conv, stride)?;
        let x = self.norm(x, norm)?;
        self.activate(x, activation)
    }

    /// The shortcut, where nothing changed its shape.
    fn shortcut(&mut self, x: usize, y: usize) -> Result<usize, String> {
        if self.steps.shape(x) == self.steps.shape(y) { self.add(y, x) } else { Ok(y) }
    }
}

/// Sandler et al. 2018.
pub(super) fn mobilenet_v2(b: &mut Builder) -> Result<usize, String> {
    let mut x = b.unit(0, "features.0", 2, Relu6)?;
    let blocks = b.count(1, |index| format!("features.{index}.conv.0.0.weight"));
    for index in 1..=blocks {
        let name = format!("features.{index}.conv");
        let stride = if STRIDED.contains(&index) { 2 } else { 1 };
        // The first block is not widened.
        let widens = b.has(&format!("{name}.1.0.weight"));
        let mut y = b.unit(x, &format!("{name}.0"), if widens { 1 } else { stride }, Relu6)?;
        if widens {
            y = b.unit(y, &format!("{name}.1"), stride, Relu6)?;
        }
        let last = if widens { 2 } else { 1 };
        y = b.named(y, [&format!("{name}.{last}"), &format!("{name}.{}", last + 1)], 1, Identity)?;
        x = b.shortcut(x, y)?;
    }
    x = b.unit(x, &format!("features.{}", blocks + 1), 1, Relu6)?;
    x = b.pool(x)?;
    b.linear(x, "classifier.1")
}

/// Howard et al. 2019.
pub(super) fn mobilenet_v3(b: &mut Builder, (strides, swish_from): Blocks) -> Result<usize, String> {
    b.epsilon = 1e-3;
    let mut x = b.unit(0, "features.0", 2, HardSwish)?;
    for (index, stride) in strides.iter().enumerate() {
        let name = format!("features.{}.block", index + 1);
        let activation = if index >= swish_from { HardSwish } else { Relu };
        x = separable(b, x, &name, *stride, activation, [Relu, HardSigmoid])?;
    }
    x = b.unit(x, &format!("features.{}", strides.len() + 1), 1, HardSwish)?;
    x = b.pool(x)?;
    x = b.linear(x, "classifier.0")?;
    x = b.activate(x, HardSwish)?;
    b.linear(x, "classifier.3")
}

/// Tan and Le 2019.
pub(super) fn efficientnet(b: &mut Builder) -> Result<usize, String> {
    // torchvision trained B5 and larger with another epsilon than B4 and smaller; their last convolution is wider.
    let widest = b.dimension(&format!("features.{}.0.weight", STRIDES.len() + 1), 0);
    if widest >= Some(WIDE) {
        b.epsilon = 1e-3;
    }
    let mut x = b.unit(0, "features.0", 2, Silu)?;
    for (stage, stride) in STRIDES.iter().enumerate() {
        let name = |index: usize| format!("features.{}.{index}.block", stage + 1);
        for index in 0..b.count(0, |index| format!("{}.0.0.weight", name(index))) {
            let stride = if index == 0 { *stride } else { 1 };
            x = separable(b, x, &name(index), stride, Silu, [Silu, Sigmoid])?;
        }
    }
    x = b.unit(x, &format!("features.{}", STRIDES.len() + 1), 1, Silu)?;
    x = b.pool(x)?;
    b.linear(x, "classifier.1")
}

/// A block of torchvision's: its parts are numbered, and their weights tell which is which. A part of one channel a kernel is the depthwise
/// convolution, which has the stride; one with `fc1` is squeeze-and-excitation.
fn separable(
    b: &mut Builder,
    x: usize,
    name: &str,
    stride: usize,
    activation: Activation,
    [inner, outer]: [Activation; 2],
) -> Result<usize, String> {
    let excites = |b: &Builder, part: usize| b.has(&format!("{name}.{part}.fc1.weight"));
    let parts =
        (0..5).take_while(|part| excites(b, *part) || b.has(&format!("{name}.{part}.0.weight"))).count();
    let mut y = x;
    for part in 0..parts {
        let part_name = format!("{name}.{part}");
        if excites(b, part) {
            let names = [format!("{part_name}.fc1"), format!("{part_name}.fc2")];
            y = b.excite(y, [&names[0], &names[1]], inner, outer)?;
            continue;
        }
        let weight = format!("{part_name}.0.weight");
        let is_depthwise = b.dimension(&weight, 1) == Some(1);
        // EfficientNetV2 has other convolutions, with strides that are not told here.
        if !is_depthwise && b.dimension(&weight, 2) != Some(1) {
            return Err(why::unread_weight(&part_name));
        }
        let stride = if is_depthwise { stride } else { 1 };
        let activation = if part + 1 == parts { Identity } else { activation };
        y = b.unit(y, &part_name, stride, activation)?;
    }
    b.shortcut(x, y)
}

/// EfficientNet-Lite, by timm's names.
pub(super) fn lite(b: &mut Builder) -> Result<usize, String> {
    let mut x = b.named(0, ["conv_stem", "bn1"], 2, Relu6)?;
    for (stage, stride) in STRIDES.iter().enumerate() {
        for index in 0..b.count(0, |index| format!("blocks.{stage}.{index}.conv_dw.weight")) {
            let part = |part: &str| format!("blocks.{stage}.{index}.{part}");
            let stride = if index == 0 { *stride } else { 1 };
            let widens = b.has(&part("conv_pwl.weight"));
            let mut y = x;
            if widens {
                y = b.named(y, [&part("conv_pw"), &part("bn1")], 1, Relu6)?;
            }
            let (norms, last) =
                if widens { (["bn2", "bn3"], "conv_pwl") } else { (["bn1", "bn2"], "conv_pw") };
            y = b.named(y, [&part("conv_dw"), &part(norms[0])], stride, Relu6)?;
            y = b.named(y, [&part(last), &part(norms[1])], 1, Identity)?;
            x = b.shortcut(x, y)?;
        }
    }
    x = b.named(x, ["conv_head", "bn2"], 1, Relu6)?;
    x = b.pool(x)?;
    b.linear(x, "classifier")
}
