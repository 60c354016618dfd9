"""Makes the small ONNX files of tests/files/onnx: one for each pattern that is understood, and files that are refused.

Needs torch, torchvision, onnx, onnxscript, safetensors. usage: python bench/import/cases.py
"""

import warnings
from pathlib import Path

import numpy as np
import onnx
import torch
import torch.nn.functional as F
import torchvision
from onnx import TensorProto, helper, numpy_helper
from safetensors.torch import save_file
from torch import nn

ROOT = Path(__file__).parent.parent.parent
FOLDER = ROOT / "tests" / "files" / "onnx"
SEEDS = ROOT / "fuzz" / "seeds" / "onnx"
SIDE = 16


def conv(a, b, kernel=3, stride=1, groups=1, activation=nn.ReLU):
    return nn.Sequential(nn.Conv2d(a, b, kernel, stride, kernel // 2, groups=groups, bias=False), nn.BatchNorm2d(b), activation())


def head(width, classes=3):
    return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.2), nn.Linear(width, classes))


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem, self.pool = conv(3, 4), nn.MaxPool2d(3, 2, 1)
        self.first, self.second = conv(4, 6, stride=2), conv(6, 6, activation=nn.Identity)
        self.shortcut, self.head = conv(4, 6, 1, 2, activation=nn.Identity), head(6)

    def forward(self, x):
        x = self.pool(self.stem(x))
        return self.head(torch.relu(self.second(self.first(x)) + self.shortcut(x)))


class Dense(nn.Module):
    """Normalisation before the convolution, over what was put side by side; a sigmoid for each label."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(1, 4, 3, padding=1)
        self.norm1, self.conv1 = nn.BatchNorm2d(4), nn.Conv2d(4, 3, 3, padding=1, bias=False)
        self.norm2, self.conv2 = nn.BatchNorm2d(7), nn.Conv2d(7, 4, 1, bias=False)
        self.norm3, self.linear = nn.BatchNorm2d(4), nn.Linear(4, 4)

    def forward(self, x):
        x = self.stem(x)
        x = torch.cat([x, self.conv1(F.relu(self.norm1(x)))], 1)
        x = F.avg_pool2d(self.conv2(F.relu(self.norm2(x))), 2, 2)
        x = F.adaptive_avg_pool2d(F.relu(self.norm3(x)), 1)
        return torch.sigmoid(self.linear(torch.flatten(x, 1)))


class Squeeze(nn.Module):
    """A gate of one number a channel."""

    def __init__(self, activation, gate, groups):
        super().__init__()
        self.stem, self.depthwise = conv(3, 8, stride=2, activation=activation), conv(8, 8, 3, 1, groups, activation)
        self.down, self.up, self.gate = nn.Conv2d(8, 4, 1), nn.Conv2d(4, 8, 1), gate()
        self.project, self.head = conv(8, 8, 1, activation=nn.Identity), head(8)

    def forward(self, x):
        x = self.stem(x)
        y = self.depthwise(x)
        y = y * self.gate(self.up(F.relu(self.down(F.adaptive_avg_pool2d(y, 1)))))
        return self.head(x + self.project(y))


class Flat(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(conv(3, 4, stride=2, activation=nn.ReLU6), nn.MaxPool2d(2))
        self.linear = nn.Sequential(nn.Linear(4 * 16, 10), nn.Hardswish(), nn.Linear(10, 3))

    def forward(self, x):
        return F.softmax(self.linear(torch.flatten(self.features(x), 1)), 1)


class Next(nn.Module):
    """Layer normalisation over channels, GELU, a factor for each channel."""

    def __init__(self):
        super().__init__()
        self.stem, self.depthwise = nn.Conv2d(3, 6, 4, 4), nn.Conv2d(6, 6, 3, padding=1, groups=6)
        self.norm, self.last = nn.LayerNorm(6, 1e-6), nn.LayerNorm(6, 1e-6)
        self.wide, self.narrow = nn.Linear(6, 12), nn.Linear(12, 6)
        self.gamma, self.head = nn.Parameter(torch.rand(6, 1, 1)), nn.Linear(6, 3)

    def forward(self, x):
        x = self.stem(x)
        y = self.norm(self.depthwise(x).permute(0, 2, 3, 1))
        x = x + self.narrow(F.gelu(self.wide(y))).permute(0, 3, 1, 2) * self.gamma
        return self.head(self.last(x.mean([-2, -1])))


class Tokens(nn.Module):
    """A vision transformer whose queries, keys and values come out of one layer, of three, or as torchvision has them."""

    def __init__(self, kind):
        super().__init__()
        self.kind, self.patches = kind, nn.Conv2d(3, 8, 8, 8)
        self.cls_token, self.pos_embed = nn.Parameter(torch.randn(1, 1, 8)), nn.Parameter(torch.randn(1, 5, 8))
        self.norm1, self.norm2, self.norm = nn.LayerNorm(8), nn.LayerNorm(8), nn.LayerNorm(8)
        self.packed, self.apart = nn.Linear(8, 24), nn.ModuleList(nn.Linear(8, 8) for _ in range(3))
        self.theirs, self.project = nn.MultiheadAttention(8, 2, batch_first=True), nn.Linear(8, 8)
        self.wide, self.narrow, self.head = nn.Linear(8, 16), nn.Linear(16, 8), nn.Linear(8, 3)

    def attend(self, x):
        if self.kind == "torchvision":
            return self.theirs(x, x, x, need_weights=False)[0]
        if self.kind == "packed":
            q, k, v = self.packed(x).reshape(1, 5, 3, 2, 4).permute(2, 0, 3, 1, 4).unbind(0)
            x = F.scaled_dot_product_attention(q, k, v)
        else:
            q, k, v = (linear(x).view(1, 5, 2, 4).transpose(1, 2) for linear in self.apart)
            x = (q * 0.5 @ k.transpose(-2, -1)).softmax(-1) @ v
        return self.project(x.transpose(1, 2).reshape(1, 5, 8))

    def forward(self, x):
        x = self.patches(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.cls_token.expand(x.shape[0], -1, -1), x], 1) + self.pos_embed
        x = x + self.attend(self.norm1(x))
        x = x + self.narrow(F.gelu(self.wide(self.norm2(x))))
        return self.head(self.norm(x)[:, 0])


class Padded(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second, self.head = nn.Conv2d(3, 4, 3, 2), nn.Conv2d(4, 4, 3, groups=2), head(4)

    def forward(self, x):
        x = F.max_pool2d(F.pad(F.relu(self.first(F.pad(x, (0, 1, 0, 1)))), (1, 1, 1, 1)), 3, 1)
        x = F.avg_pool2d(F.pad(F.silu(x), (1, 1, 1, 1)), 2, 1)
        return self.head(F.silu(self.second(F.pad(x, (1, 1, 1, 1)))))


def save(name, model, seed=False):
    """Without what an exporter notes of the machine that it ran on."""
    for node in model.graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    del model.graph.metadata_props[:], model.metadata_props[:], model.graph.value_info[:]
    for value in [*model.graph.input, *model.graph.output, *model.graph.initializer]:
        del value.metadata_props[:]
    content = model.SerializeToString()
    (FOLDER / f"{name}.onnx").write_bytes(content)
    if seed:
        (SEEDS / name).write_bytes(content)
    return content


def export(name, model, channels, dynamo, opset, seed=False, side=SIDE):
    torch.manual_seed(5)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.running_mean, 0, 0.3)
            nn.init.uniform_(module.running_var, 0.5, 1.5)
        if isinstance(module, (nn.BatchNorm2d, nn.LayerNorm)):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias, 0, 0.2)
    path = FOLDER / f"{name}.onnx"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        image = torch.zeros(1, channels, side, side)
        torch.onnx.export(model.eval(), (image,), path, opset_version=opset, dynamo=dynamo, external_data=False, verbose=False)
    save(name, onnx.load(path), seed)


def built(nodes, constants, shape, output=(1, 3), opset=13, **more):
    """A file that is written by hand."""
    tensors = [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()]
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, shape)
    answer = helper.make_tensor_value_info("answer", TensorProto.FLOAT, output)
    graph = helper.make_graph(nodes, "net", [image], [answer], tensors)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8, **more)


def rows_first():
    """As tf2onnx writes it: rows and columns before channels, padding by name, a layer normalisation and ReLU6 written out."""
    draw = np.random.default_rng(4)
    f = lambda *shape: draw.normal(0, 0.4, shape).astype(np.float32)
    n = helper.make_node
    nodes = [
        n("Transpose", ["image"], ["planes"], perm=[0, 3, 1, 2]),
        n("Conv", ["planes", "w1", "b1"], ["c1"], auto_pad="SAME_UPPER", strides=[2, 2], kernel_shape=[3, 3]),
        n("Clip", ["c1", "zero", "six"], ["r1"]),
        n("Conv", ["r1", "w2"], ["c2"], group=4, pads=[1, 1, 1, 1], kernel_shape=[3, 3]),
        n("BatchNormalization", ["c2", "g", "b", "m", "v"], ["n2"], epsilon=1e-3),
        n("Transpose", ["n2"], ["rows"], perm=[0, 2, 3, 1]),
        n("ReduceMean", ["rows"], ["mean"], axes=[3], keepdims=1),
        n("Sub", ["rows", "mean"], ["centred"]),
        n("Mul", ["centred", "centred"], ["squares"]),
        n("ReduceMean", ["squares"], ["variance"], axes=[-1], keepdims=1),
        n("Add", ["variance", "epsilon"], ["more"]),
        n("Sqrt", ["more"], ["deviation"]),
        n("Reciprocal", ["deviation"], ["inverse"]),
        n("Mul", ["centred", "inverse"], ["normed"]),
        n("Mul", ["normed", "g"], ["scaled"]),
        n("Add", ["scaled", "b"], ["shifted"]),
        n("MatMul", ["shifted", "w3"], ["wide"]),
        n("Add", ["wide", "b3"], ["biased"]),
        n("Sigmoid", ["biased"], ["gate"]),
        n("Mul", ["gate", "biased"], ["swish"]),
        n("GlobalAveragePool", ["swish_planes"], ["pooled"]),
        n("Squeeze", ["pooled", "last_two"], ["vector"]),
        n("MatMul", ["vector", "w4"], ["logits"]),
        n("Softmax", ["logits"], ["answer"], axis=-1),
    ]
    nodes.insert(-4, n("Transpose", ["swish"], ["swish_planes"], perm=[0, 3, 1, 2]))
    constants = {
        "w1": f(4, 3, 3, 3), "b1": f(4), "w2": f(4, 1, 3, 3), "g": f(4) + 1, "b": f(4), "m": f(4), "v": f(4) ** 2 + 0.5, "w3": f(4, 5),
        "b3": f(5), "w4": f(5, 3), "zero": np.float32(0), "six": np.float32(6), "epsilon": np.float32(1e-3),
        "last_two": np.array([2, 3]),
    }
    return built(nodes, constants, ["batch", SIDE, SIDE, 3])


def simple(node, constants=None, opset=17, **more):
    """One operator between a convolution and the head."""
    draw = np.random.default_rng(6)
    n = helper.make_node
    nodes = [
        n("Conv", ["image", "w"], ["x"], kernel_shape=[1, 1], name="first"),
        node,
        n("GlobalAveragePool", ["y"], ["p"]),
        n("Flatten", ["p"], ["answer"]),
    ]
    w = draw.normal(0, 1, (3, 3, 1, 1)).astype(np.float32)
    return built(nodes, {"w": w, **(constants or {})}, [1, 3, SIDE, SIDE], opset=opset, **more)


def relu(**more):
    return simple(helper.make_node("Relu", ["x"], ["y"]), **more)


def varint(number):
    out = b""
    while number >= 0x80:
        out += bytes([number & 0x7F | 0x80])
        number >>= 7
    return out + bytes([number])


def refused():
    n = helper.make_node
    whole = relu().SerializeToString()
    put = lambda name, content: ((FOLDER / f"refused_{name}.onnx").write_bytes(content), (SEEDS / f"refused_{name}").write_bytes(content))
    # Broken: cut in its middle, operators in a circle, weights that do not fill their shape.
    put("cut", whole[: len(whole) // 2])
    circle = relu()
    circle.graph.node[0].input[0] = "y"
    put("circle", circle.SerializeToString())
    short = relu()
    short.graph.initializer[0].raw_data = short.graph.initializer[0].raw_data[:-4]
    put("short", short.SerializeToString())
    # Malicious: a shape of endless size, a file outside of the folder, a length beyond the end, graphs inside of graphs.
    huge = relu()
    del huge.graph.initializer[0].dims[:]
    huge.graph.initializer[0].dims.extend([1 << 40, 1 << 40, 1, 1])
    put("huge", huge.SerializeToString())
    outside = relu()
    weight = outside.graph.initializer[0]
    weight.ClearField("raw_data")
    weight.data_location = TensorProto.EXTERNAL
    weight.external_data.add(key="location", value="../../../etc/hostname")
    put("outside", outside.SerializeToString())
    put("endless", b"\x08\x08\x12" + varint(1 << 62) + b"x" + whole)
    inner = b""
    for _ in range(400):
        inner = b"\x32" + varint(len(inner)) + inner  # attribute.graph
        inner = b"\x2a" + varint(len(inner)) + inner  # node.attribute
        inner = b"\x0a" + varint(len(inner)) + inner  # graph.node
    put("nested", b"\x08\x08\x3a" + varint(len(inner)) + inner)
    # Whole, and nothing that networks here have.
    save("refused_operator", simple(n("InstanceNormalization", ["x", "s", "s"], ["y"], name="norm"), {"s": np.ones(3, np.float32)}))
    save("refused_function", simple(n("LeakyRelu", ["x"], ["y"], alpha=0.1)))
    save("refused_dilated", simple(n("Conv", ["x", "w"], ["y"], dilations=[2, 2])))
    save("refused_opset", relu(opset=10))
    # Limits that no activation has, and probabilities that are joined.
    save("refused_limit", simple(n("Clip", ["x", "low", "high"], ["y"]), {"low": np.float32(0), "high": np.float32(20)}))
    heads = built(
        [
            n("GlobalAveragePool", ["image"], ["p"]), n("Flatten", ["p"], ["f"]),
            n("Gemm", ["f", "w"], ["a"]), n("Gemm", ["f", "v"], ["b"]), n("Sigmoid", ["a"], ["c"]), n("Sigmoid", ["b"], ["d"]),
            n("Concat", ["c", "d"], ["answer"], axis=1),
        ],
        {"w": np.eye(3, 1, dtype=np.float32), "v": np.ones((3, 1), np.float32)}, [1, 3, SIDE, SIDE], (1, 2),
    )
    save("refused_heads", heads)
    # An axis of nothing beside an endless one, taken backwards; a few numbers that would become 2^36; an image that is named too often.
    nothing = simple(
        n("Relu", ["x"], ["y"]), {key: np.array([value]) for key, value in {"start": -1, "end": -(1 << 63), "axis": 1, "step": -1}.items()}
    )
    nothing.graph.initializer.add(name="nothing", data_type=TensorProto.INT64, dims=[0, 1 << 62])
    nothing.graph.node.insert(0, n("Slice", ["nothing", "start", "end", "axis", "step"], ["none"]))
    put("nothing", nothing.SerializeToString())
    many = simple(n("Relu", ["x"], ["y"]), {"shape": np.array([2, 500000]), "places": np.array([0, 1, 1, 0] * 1000)})
    many.graph.node.insert(0, n("Gather", ["zeros", "places"], ["more"]))
    many.graph.node.insert(0, n("ConstantOfShape", ["shape"], ["zeros"]))
    put("many", many.SerializeToString())
    put("names", simple(n("Concat", ["x"] * 5000, ["y"], axis=1)).SerializeToString())
    save("refused_shift", simple(n("Add", ["x", "d"], ["y"]), {"d": np.random.default_rng(1).normal(size=(1, 1, SIDE, SIDE)).astype(np.float32)}))


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    SEEDS.mkdir(parents=True, exist_ok=True)
    hard, silu = (nn.Hardswish, nn.Hardsigmoid), (nn.SiLU, nn.Sigmoid)
    for name, make, channels in [
        ("residual", Residual, 3), ("dense", Dense, 1), ("hard", lambda: Squeeze(*hard, 8), 3), ("silu", lambda: Squeeze(*silu, 2), 3),
        ("flat", Flat, 3), ("next", Next, 3), ("packed", lambda: Tokens("packed"), 3), ("apart", lambda: Tokens("apart"), 3),
        ("torchvision", lambda: Tokens("torchvision"), 3), ("padded", Padded, 3),
    ]:
        torch.manual_seed(2)
        # torch writes attention for older operators only through its new exporter.
        old = 14 if name in ("packed", "apart", "torchvision") else 11
        export(f"{name}_{old}", make(), channels, False, old, seed=name in ("residual", "apart"))
        export(f"{name}_18", make(), channels, True, 18)
    save("rows_first", rows_first(), seed=True)
    # Weights in a file of their own, as PyTorch's newer exporter puts them.
    apart = onnx.load(FOLDER / "residual_18.onnx")
    (FOLDER / "beside.data").unlink(missing_ok=True)
    onnx.save(apart, FOLDER / "beside.onnx", save_as_external_data=True, location="beside.data", size_threshold=0)
    # A named family at a small size, as a network and as its weights alone.
    torch.manual_seed(3)
    family = torchvision.models.DenseNet(4, (2, 1, 1, 1), 4, num_classes=3)
    export("densenet_17", family, 3, False, 17, side=32)
    weights = {key: value for key, value in family.state_dict().items() if value.is_floating_point()}
    save_file(weights, FOLDER / "densenet.safetensors")
    refused()


if __name__ == "__main__":
    main()
