"""Writes every family that can be imported as ONNX, with random weights, and the answers of onnxruntime to four images.

Random weights do: what is compared is the arithmetic. The statistics of batch normalisations and the factors of layer scales are drawn too,
so that none of them changes nothing.

usage: python export.py FOLDER [NAME...]
"""

import sys
import time
import warnings
from pathlib import Path

import numpy as np
import onnxruntime
import timm
import torch
import torchvision
from torch import nn

CLASSES = 14
SIDE = 224
# torchvision's own, and those that only timm has.
TORCHVISION = [
    "densenet121", "densenet169", "resnet18", "resnet34", "resnet50", "vgg11", "vgg11_bn", "vgg13_bn", "vgg16", "vgg16_bn",
    "mobilenet_v2", "mobilenet_v3_small", "mobilenet_v3_large", "efficientnet_b0", "efficientnet_b1", "efficientnet_b2",
    "regnet_y_400mf", "convnext_tiny",
]
TIMM = ["efficientnet_lite0", "efficientnet_lite1", "efficientnet_lite2", "tf_efficientnet_lite0", "deit_tiny_patch16_224",
        "vit_tiny_patch16_224", "convnext_tiny", "mobilenetv3_small_100", "densenet121", "resnet50"]
# Name of the file, exporter, version of the operators.
EXPORTERS = [("script", False, 11), ("script", False, 17), ("dynamo", True, 18), ("dynamo", True, 21)]


class Chest(nn.Module):
    """As torchxrayvision has it: one channel in, and a sigmoid for each label at the end."""

    def __init__(self):
        super().__init__()
        self.inner = torchvision.models.densenet121(num_classes=CLASSES)
        self.inner.features.conv0 = nn.Conv2d(1, 64, 7, 2, 3, bias=False)

    def forward(self, x):
        return torch.sigmoid(self.inner(x))


def tiny_vit():
    """torchvision's attention, at a small size."""
    return torchvision.models.VisionTransformer(SIDE, 16, 4, 3, 192, 384, num_classes=CLASSES)


def build(name):
    if name == "chest":
        return Chest()
    if name == "torchvision_vit":
        return tiny_vit()
    if name.startswith("timm_"):
        return timm.create_model(name.removeprefix("timm_"), num_classes=CLASSES)
    return getattr(torchvision.models, name)(num_classes=CLASSES)


def draw(model):
    """Every parameter and statistic that would otherwise begin at nought or one."""
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.running_mean, 0, 0.1)
            nn.init.uniform_(module.running_var, 0.5, 1.5)
        if isinstance(module, (nn.BatchNorm2d, nn.LayerNorm)) and module.weight is not None:
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias, 0, 0.1)
        elif getattr(module, "bias", None) is not None and isinstance(module.bias, torch.Tensor):
            nn.init.normal_(module.bias, 0, 0.1)
    for name, parameter in model.named_parameters():
        if name.endswith(("layer_scale", "gamma")):
            nn.init.uniform_(parameter, 0.1, 0.5)
        if name.endswith(("class_token", "cls_token", "pos_embed", "pos_embedding")):
            nn.init.normal_(parameter, 0, 0.5)
    return model.eval()


def logits_name(path):
    """Of the tensor before the last sigmoid."""
    import onnx
    graph = onnx.load(path, load_external_data=False).graph
    made = {output: node for node in graph.node for output in node.output}
    last = made[graph.output[0].name]
    return last.input[0] if last.op_type == "Sigmoid" else graph.output[0].name


def export(folder, name):
    torch.manual_seed(7)
    model = draw(build(name))
    channels = 1 if name == "chest" else 3
    images = torch.randn(4, channels, SIDE, SIDE, generator=torch.Generator().manual_seed(3)) * 0.7
    images += torch.linspace(-1, 1, SIDE)
    images.numpy().tofile(folder / f"images{channels}.f32")
    for exporter, dynamo, opset in EXPORTERS:
        path = folder / f"{name}.{exporter}{opset}.onnx"
        began = time.time()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                torch.onnx.export(model, (images[:1],), path, opset_version=opset, dynamo=dynamo, external_data=name == "vgg11", verbose=False)
        except Exception as error:  # an exporter may not know an operator: that is one cell of the table
            print(f"{path.stem}: not exported: {type(error).__name__}: {str(error).splitlines()[0][:120]}", flush=True)
            continue
        wanted = logits_name(path)
        session = None
        try:
            import onnx
            loaded = onnx.load(path)
            if wanted != loaded.graph.output[0].name:
                loaded.graph.output.append(onnx.ValueInfoProto(name=wanted))
            session = onnxruntime.InferenceSession(loaded.SerializeToString(), providers=["CPUExecutionProvider"])
            input_name = session.get_inputs()[0].name
            answers = [session.run([wanted], {input_name: images[i : i + 1].numpy()})[0].reshape(-1) for i in range(4)]
        except Exception as error:
            print(f"{path.stem}: not run by onnxruntime: {str(error).splitlines()[0][:160]}", flush=True)
            continue
        np.stack(answers).astype(np.float32).tofile(path.with_suffix(".logits"))
        print(f"{path.stem}: {path.stat().st_size / 1e6:.0f} MB, {time.time() - began:.0f} s", flush=True)


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    names = sys.argv[2:] or [*TORCHVISION, "chest", "torchvision_vit", *(f"timm_{name}" for name in TIMM)]
    for name in names:
        export(folder, name)


if __name__ == "__main__":
    main()
