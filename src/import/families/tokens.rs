//! Families with layer normalisation: ConvNeXt, and transformers over patches.

use super::super::steps::Op;
use super::Builder;
use crate::kernels::Activation::Gelu;
use crate::kernels::Shape;
use crate::messages::why::import as why;

/// Channels of one head of ViT and DeiT.
const HEAD: usize = 64;

/// Liu et al. 2022, by torchvision's names.
pub(super) fn convnext(b: &mut Builder) -> Result<usize, String> {
    b.epsilon = 1e-6;
    let mut x = b.conv(0, "features.0.0", 4, (0, 0))?;
    x = b.layer_norm(x, "features.0.1")?;
    for stage in 1..8 {
        if stage % 2 == 0 {
            x = b.layer_norm(x, &format!("features.{stage}.0"))?;
            x = b.conv(x, &format!("features.{stage}.1"), 2, (0, 0))?;
            continue;
        }
        for index in 0..b.count(0, |index| format!("features.{stage}.{index}.layer_scale")) {
            let name = format!("features.{stage}.{index}");
            let mut y = b.same(x, &format!("{name}.block.0"), 1)?;
            y = b.layer_norm(y, &format!("{name}.block.2"))?;
            y = b.linear(y, &format!("{name}.block.3"))?;
            y = b.activate(y, Gelu)?;
            y = b.linear(y, &format!("{name}.block.5"))?;
            y = b.scale(y, &format!("{name}.layer_scale"))?;
            x = b.add(y, x)?;
        }
    }
    x = b.pool(x)?;
    x = b.layer_norm(x, "classifier.0")?;
    b.linear(x, "classifier.2")
}

/// Dosovitskiy et al. 2021 and Touvron et al. 2021, by timm's names.
pub(super) fn vit(b: &mut Builder) -> Result<usize, String> {
    b.epsilon = 1e-6;
    let patch = b.dimension("patch_embed.proj.weight", 2).unwrap_or(1).max(1);
    let x = b.conv(0, "patch_embed.proj", patch, (0, 0))?;
    let Shape { height, width, channels } = b.steps.shape(x);
    let shape = Shape { height: 1, width: height * width + 1, channels };
    let (class, position) = (b.vector("cls_token", x)?, b.array("pos_embed")?.1);
    if position.len() != shape.values() || channels % HEAD != 0 {
        return Err(why::positions(position.len() / channels.max(1), shape.width));
    }
    let mut x = b.steps.push(Op::Tokens { class, position }, &[x], shape)?;
    for index in 0..b.count(0, |index| format!("blocks.{index}.attn.qkv.weight")) {
        let part = |part: &str| format!("blocks.{index}.{part}");
        let mut y = b.layer_norm(x, &part("norm1"))?;
        y = b.linear(y, &part("attn.qkv"))?;
        y = b.steps.push(Op::Attention { heads: channels / HEAD }, &[y], shape)?;
        y = b.linear(y, &part("attn.proj"))?;
        x = b.add(y, x)?;
        y = b.layer_norm(x, &part("norm2"))?;
        y = b.linear(y, &part("mlp.fc1"))?;
        y = b.activate(y, Gelu)?;
        y = b.linear(y, &part("mlp.fc2"))?;
        x = b.add(y, x)?;
    }
    x = b.layer_norm(x, "norm")?;
    x = b.steps.push(Op::Pick(0), &[x], Shape { height: 1, width: 1, channels })?;
    b.linear(x, "head")
}
