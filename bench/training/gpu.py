"""Times PyTorch's training steps on a GPU, for networks given by their graphs; or prints a table of all rows.

As `gpu_step.rs` does: the batch is copied from pinned memory in every step, beside the computation; then forward, cross entropy, backward,
AdamW and an average of the weights. Weights and images are random. PyTorch gets what makes it fastest without a compiler: channels-last
memory, autocast for 16 bits, its fused AdamW, and the whole step as one CUDA graph. No TF32 for 32 bits, as on our side.
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
    optimiser = torch.optim.AdamW(network.parameters(), lr=1e-3, weight_decay=0.05, fused=True, capturable=True)
    weights = list(network.parameters())
    average = [weight.detach().clone() for weight in weights]
    images = torch.randn(batch, size["channels"], size["height"], size["width"])
    images = images.to(memory_format=torch.channels_last).pin_memory()
    classes = graph["head"]["classes"]
    targets = F.one_hot(torch.arange(batch) % classes, classes).float().pin_memory()
    masks = (torch.arange(batch * (size["height"] // 4) ** 2) % 3 == 0).float().view(batch, -1).cuda()
    narrow = precision != "f32"
    # What the graph reads, and where the next batch arrives meanwhile.
    seen, arriving = [[part.cuda() for part in (images, targets)] for _ in range(2)]

    def learn():
        optimiser.zero_grad(set_to_none=True)
        # Autocast's cache of weights does not outlive a capture; each weight is used once anyway.
        with torch.autocast("cuda", dtype=torch.bfloat16, enabled=narrow, cache_enabled=False):
            logits, outline = network(seen[0])
        loss = F.cross_entropy(logits.float(), seen[1])
        if outline is not None:
            loss = loss + outline_loss(outline.float(), masks)
        loss.backward()
        optimiser.step()
        with torch.no_grad():
            torch._foreach_lerp_(average, weights, 0.002)

    beside = torch.cuda.Stream()
    beside.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(beside):
        for _ in range(3):
            learn()
    torch.cuda.current_stream().wait_stream(beside)
    recorded = torch.cuda.CUDAGraph()
    with torch.cuda.graph(recorded):
        learn()
    copying = torch.cuda.Stream()

    def step():
        now = torch.cuda.current_stream()
        copying.wait_stream(now)
        with torch.cuda.stream(copying):
            for there, here in zip(arriving, (images, targets)):
                there.copy_(here, non_blocking=True)
        recorded.replay()
        now.wait_stream(copying)
        for there, here in zip(seen, arriving):
            there.copy_(here)

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
    parser.add_argument("graphs", type=Path, nargs="*")
    parser.add_argument("--table", type=Path, help="print a table of the rows in this file instead")
    parser.add_argument("--batch", type=int, nargs="+", default=[32])
    parser.add_argument("--precision", choices=["f32", "bf16"], nargs="+", default=["bf16"])
    parser.add_argument("--steps", type=int, default=200)
    options = parser.parse_args()
    if options.table:
        table([json.loads(line) for line in options.table.read_text().splitlines()])
        return
    for path in options.graphs:
        graph = json.loads(path.read_text())
        for precision in options.precision:
            for batch in options.batch:
                torch.cuda.reset_peak_memory_stats()
                seconds = step_seconds(graph, batch, precision, options.steps)
                row = {
                    "network": path.resolve().parent.name,
                    "runtime": "pytorch",
                    "version": torch.__version__,
                    "gpu": torch.cuda.get_device_name(0),
                    "precision": precision,
                    "batch": batch,
                    "images_per_second": batch / seconds,
                    "step_ms": 1000 * seconds,
                    "memory_mb": torch.cuda.max_memory_allocated() >> 20,
                }
                print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
