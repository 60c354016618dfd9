"""Times PyTorch's training steps on the processor, for a network given by its graph.

Weights and images are random: a step costs the same whatever they hold.
"""

import argparse
import json
import statistics
import time
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

WARM_UP = 3

# In place, as PyTorch's own networks do it: batch norm's result is not needed again.
ACTIVATIONS = {
    "identity": nn.Identity,
    "relu": lambda: nn.ReLU(inplace=True),
    "relu6": lambda: nn.ReLU6(inplace=True),
}


class Conv(nn.Module):
    """Convolution, batch norm, addition, activation: as they are before the norm is folded away."""

    def __init__(self, node):
        super().__init__()
        self.input, self.add = node["input"], node["add"]
        pad_begin, pad_end = node["pad_begin"], node["pad_end"]
        # PyTorch's convolution pads both sides alike; anything else is a copy of its own.
        self.pad = None if pad_begin == pad_end else (pad_begin, pad_end, pad_begin, pad_end)
        self.conv = nn.Conv2d(
            node["from"],
            node["to"],
            node["kernel"],
            node["stride"],
            padding=pad_begin if self.pad is None else 0,
            groups=node["groups"],
            bias=False,
        )
        self.norm = nn.BatchNorm2d(node["to"])
        self.activation = ACTIVATIONS[node["activation"]]()

    def forward(self, values):
        x = values[self.input]
        if self.pad is not None:
            x = F.pad(x, self.pad)
        x = self.norm(self.conv(x))
        if self.add is not None:
            x += values[self.add]
        return self.activation(x)


class MaxPool(nn.Module):
    def __init__(self, node):
        super().__init__()
        self.input = node["input"]
        pad_begin, pad_end = node["pad_begin"], node["pad_end"]
        self.pad = None if pad_begin == pad_end else (pad_begin, pad_end, pad_begin, pad_end)
        self.pool = nn.MaxPool2d(node["kernel"], node["stride"], padding=pad_begin if self.pad is None else 0)

    def forward(self, values):
        x = values[self.input]
        if self.pad is not None:
            x = F.pad(x, self.pad, value=float("-inf"))
        return self.pool(x)


class Upsample(nn.Module):
    def __init__(self, node):
        super().__init__()
        self.input = node["input"]

    def forward(self, values):
        return F.interpolate(values[self.input], scale_factor=2, mode="nearest")


KINDS = {"conv": Conv, "max_pool": MaxPool, "upsample": Upsample}


class Network(nn.Module):
    def __init__(self, graph):
        super().__init__()
        self.nodes = nn.ModuleList(KINDS[node["op"]](node) for node in graph["nodes"])
        self.head = nn.Linear(graph["head"]["features"], graph["head"]["classes"])

    def values(self, image):
        values = [image]
        for node in self.nodes:
            values.append(node(values))
        return values

    def forward(self, image):
        return self.head(self.values(image)[-1].mean((2, 3)))


def step_seconds(graph, batch, steps, memory_format):
    """The median time of a step in one memory format."""
    torch.manual_seed(1)
    size = graph["input"]
    network = Network(graph).to(memory_format=memory_format).train()
    optimiser = torch.optim.AdamW(network.parameters())
    images = torch.randn(batch, size["channels"], size["height"], size["width"])
    images = images.to(memory_format=memory_format)
    labels = torch.randint(graph["head"]["classes"], (batch,))

    times = []
    for _ in range(WARM_UP + steps):
        began = time.perf_counter()
        optimiser.zero_grad()
        F.cross_entropy(network(images), labels).backward()
        optimiser.step()
        times.append(time.perf_counter() - began)
    return statistics.median(times[WARM_UP:])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("graph", type=Path)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--json", action="store_true", help="print one row for scripts")
    options = parser.parse_args()

    torch.set_num_threads(options.threads)
    graph = json.loads(options.graph.read_text())
    # Which format is faster depends on the network and on the processor; PyTorch is given its better one.
    median = min(
        step_seconds(graph, options.batch, options.steps, memory_format)
        for memory_format in (torch.contiguous_format, torch.channels_last)
    )
    row = {
        "network": options.graph.resolve().parent.name,
        "runtime": "pytorch",
        "version": torch.__version__,
        "threads": options.threads,
        "batch": options.batch,
        "images_per_second": round(options.batch / median, 2),
        "median_ms": round(1000 * median, 2),
    }
    if options.json:
        print(json.dumps(row))
    else:
        print("{network}: {images_per_second} images a second, {median_ms} ms a step of {batch}".format(**row))


if __name__ == "__main__":
    main()
