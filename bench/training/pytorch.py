"""Times one training step of PyTorch on the same network: forward, cross entropy, backward, AdamW.

usage: pytorch.py NAME BLUEPRINT.json BATCH THREADS STEPS. Prints one JSON row: the faster of its two memory formats.
"""

import json
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

name, blueprint, batch, threads, steps = sys.argv[1:2] + [json.load(open(sys.argv[2]))] + [int(n) for n in sys.argv[3:]]
torch.set_num_threads(threads)


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.convs, self.norms = nn.ModuleList(), nn.ModuleList()
        for node in blueprint["nodes"]:
            padding = node["before"] if node["before"] == node["after"] else 0
            groups = node["from"] if node["depthwise"] else 1
            self.convs.append(nn.Conv2d(node["from"], node["to"], node["kernel"], node["stride"], padding, groups=groups, bias=False))
            self.norms.append(nn.BatchNorm2d(node["to"], eps=blueprint["epsilon"]))
        self.head = nn.Linear(blueprint["head"]["features"], blueprint["head"]["classes"])

    def forward(self, x):
        values = [x]
        for node, conv, norm in zip(blueprint["nodes"], self.convs, self.norms):
            x = values[node["input"]]
            if node["before"] != node["after"]:
                x = F.pad(x, (node["before"], node["after"]) * 2)
            x = norm(conv(x))
            if node["add"] is not None:
                x = x + values[node["add"]]
            values.append({"identity": lambda x: x, "relu": F.relu, "relu6": F.relu6}[node["activation"]](x))
        return self.head(values[-1].mean((2, 3)))


def measure(memory_format):
    torch.manual_seed(1)
    network = Network().to(memory_format=memory_format).train()
    optimiser = torch.optim.AdamW(network.parameters(), lr=1e-3, weight_decay=0.05)
    size = blueprint["input"]
    x = torch.randn(batch, size["channels"], size["height"], size["width"]).to(memory_format=memory_format)
    y = torch.arange(batch) % blueprint["head"]["classes"]
    times = []
    for step in range(steps + 3):
        began = time.perf_counter()
        loss = F.cross_entropy(network(x), y)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        if step >= 3:
            times.append(time.perf_counter() - began)
    return sorted(times)[len(times) // 2]


median = min(measure(torch.contiguous_format), measure(torch.channels_last))
print(json.dumps({
    "network": name, "runtime": "pytorch", "version": torch.__version__, "threads": threads, "batch": batch,
    "images_per_second": batch / median, "median_ms": median * 1e3,
}))
