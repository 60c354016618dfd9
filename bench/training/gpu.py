"""Times PyTorch's training steps on a GPU, for a network given by its graph; or prints a table of all rows.

As `gpu_step.rs` does: the batch is copied from pinned memory in every step; then forward, cross entropy, backward, AdamW and an average
of the weights. Weights and images are random. PyTorch gets channels-last memory, its fused AdamW, autocast for 16 bits, and no TF32 for
32, as on our side.
"""

import argparse
import json
import statistics
import time
from pathlib import Path

import torch
from pytorch import Network
from torch.nn import functional as F

WARM_UP = 20


class Drawing(Network):
    """A network whose feature map need not be its last value, because it may draw an outline too."""

    def __init__(self, graph):
        super().__init__(graph)
        self.features, self.outline = graph["features"], graph.get("outline")

    def forward(self, image):
        values = self.values(image)
        outline = None if self.outline is None else values[self.outline].flatten(1)
        return self.head(values[self.features].mean((2, 3))), outline


def outline_loss(logits, masks):
    inside = torch.sigmoid(logits)
    dice = (2 * (inside * masks).sum(1) + 1) / (inside.sum(1) + masks.sum(1) + 1)
    return F.binary_cross_entropy_with_logits(logits, masks) + 1 - dice.mean()


def step_seconds(graph, batch, precision, steps):
    torch.manual_seed(1)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    torch.backends.cudnn.benchmark = True
    size = graph["input"]
    network = Drawing(graph).cuda().to(memory_format=torch.channels_last).train()
    optimiser = torch.optim.AdamW(network.parameters(), lr=1e-3, weight_decay=0.05, fused=True)
    average = [weight.detach().clone() for weight in network.parameters()]
    images = torch.randn(batch, size["channels"], size["height"], size["width"])
    images = images.to(memory_format=torch.channels_last).pin_memory()
    targets = F.one_hot(torch.arange(batch) % graph["head"]["classes"], graph["head"]["classes"]).float().pin_memory()
    masks = (torch.arange(batch * (size["height"] // 4) ** 2) % 3 == 0).float().view(batch, -1).cuda()
    kind = {"f32": None, "bf16": torch.bfloat16, "f16": torch.float16}[precision]
    scaler = torch.amp.GradScaler("cuda", enabled=precision == "f16")

    def step():
        optimiser.zero_grad(set_to_none=True)
        x, t = images.cuda(non_blocking=True), targets.cuda(non_blocking=True)
        with torch.autocast("cuda", dtype=kind or torch.bfloat16, enabled=kind is not None):
            logits, outline = network(x)
        loss = F.cross_entropy(logits.float(), t)
        if outline is not None:
            loss = loss + outline_loss(outline.float(), masks)
        scaler.scale(loss).backward()
        scaler.step(optimiser)
        scaler.update()
        with torch.no_grad():
            torch._foreach_lerp_(average, list(network.parameters()), 0.002)

    for _ in range(WARM_UP):
        step()
    torch.cuda.synchronize()
    began = time.perf_counter()
    for _ in range(steps):
        step()
    torch.cuda.synchronize()
    return (time.perf_counter() - began) / steps


def table(rows):
    """One line for each network, precision and batch: medians of all turns and their ratio."""
    keys = sorted({(row["network"], row["precision"], row["batch"]) for row in rows})
    print("| network | stored as | batch | ours, images/s | PyTorch, images/s | ours / PyTorch |\n|---|---|---|---|---|---|")
    for key in keys:
        of = lambda runtime: statistics.median(
            row["images_per_second"]
            for row in rows
            if (row["network"], row["precision"], row["batch"]) == key and row["runtime"] == runtime
        )
        ours, theirs = of("lantern"), of("pytorch")
        print("| {} | {} | {} | {:.0f} | {:.0f} | {:.2f} |".format(*key, ours, theirs, ours / theirs))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("graph", type=Path, nargs="?")
    parser.add_argument("--table", type=Path, help="print a table of the rows in this file instead")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--precision", choices=["f32", "bf16", "f16"], default="bf16")
    parser.add_argument("--steps", type=int, default=200)
    options = parser.parse_args()
    if options.table:
        table(json.loads(options.table.read_text()))
        return
    graph = json.loads(options.graph.read_text())
    seconds = step_seconds(graph, options.batch, options.precision, options.steps)
    row = {
        "network": options.graph.resolve().parent.name,
        "runtime": "pytorch",
        "version": torch.__version__,
        "gpu": torch.cuda.get_device_name(0),
        "precision": options.precision,
        "batch": options.batch,
        "images_per_second": options.batch / seconds,
        "step_ms": 1000 * seconds,
        "memory_mb": torch.cuda.max_memory_allocated() >> 20,
    }
    print(json.dumps(row))


if __name__ == "__main__":
    main()
