"""Writes every family that can be imported as ONNX, with random weights, and the answers of onnxruntime to four images.

Random weights do: what is compared is the arithmetic.

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
from safetensors.torch import save_file
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
NEWEST = ["resnet18", "mobilenet_v3_small", "convnext_tiny", "timm_deit_tiny_patch16_224"]
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


def draw(model, channels):
    """Weights that let an image through to the end, and statistics as images give them: the logits then tell images apart."""
    for name, parameter in model.named_parameters():
        if parameter.dim() > 1 and not name.endswith(("layer_scale", "gamma")):
            nn.init.kaiming_normal_(parameter.view(parameter.shape[0], -1), nonlinearity="relu")
        elif name.endswith(("layer_scale", "gamma")):
            nn.init.uniform_(parameter, 0.1, 0.5)
        elif name.endswith("bias"):
            nn.init.normal_(parameter, 0, 0.1)
        else:
            nn.init.uniform_(parameter, 0.5, 1.5)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = None
    model.train()
    with torch.no_grad():
        for seed in range(2):
            model(images(4, channels, 100 + seed))
    return model.eval()


def images(count, channels, seed):
    """Smooth waves with some noise."""
    random = torch.Generator().manual_seed(seed)
    across, down, start = (torch.rand(count, channels, 1, 1, generator=random) for _ in range(3))
    place = torch.arange(SIDE, dtype=torch.float32)
    waves = torch.sin(place.view(1, 1, 1, -1) * across * 0.3 + place.view(1, 1, -1, 1) * down * 0.3 + start * 6)
    return waves * 1.5 + torch.randn(count, channels, SIDE, SIDE, generator=random) * 0.3


def logits_name(path):
    """Of the tensor before the last sigmoid."""
    import onnx
    graph = onnx.load(path, load_external_data=False).graph
    made = {output: node for node in graph.node for output in node.output}
    last = made[graph.output[0].name]
    return last.input[0] if last.op_type == "Sigmoid" else graph.output[0].name


def export(folder, name):
    torch.manual_seed(7)
    channels = 1 if name == "chest" else 3
    model, shown = draw(build(name), channels), images(4, channels, 3)
    shown.numpy().tofile(folder / f"images{channels}.f32")
    family = name.removeprefix("timm_")
    if name in TORCHVISION or family.startswith(("efficientnet_lite", "deit", "vit")):
        path = folder / f"{name}.weights.safetensors"
        save_file({key: value.contiguous() for key, value in model.state_dict().items()}, path)
        with torch.no_grad():
            model(shown).numpy().tofile(path.with_suffix(".logits"))
    for exporter, dynamo, opset in EXPORTERS:
        if opset == 21 and name not in NEWEST:
            continue
        # The exporter by tracing writes attention for no older operators.
        opset = 14 if opset == 11 and ("vit" in name or "deit" in name) else opset
        path = folder / f"{name}.{exporter}{opset}.onnx"
        began = time.time()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                torch.onnx.export(model, (shown[:1],), path, opset_version=opset, dynamo=dynamo, external_data=name == "vgg11", verbose=False)
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
            answers = [session.run([wanted], {input_name: shown[i : i + 1].numpy()})[0].reshape(-1) for i in range(4)]
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
