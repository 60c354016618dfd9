"""Compares imported networks with onnxruntime (weights alone: with PyTorch), for the files that export.py wrote: one row a file.

usage: python compare.py FOLDER PROGRAM [NAME...]     PROGRAM: target/release/examples/imported
"""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np

ALLOWED = 1e-3


def compare(path, program):
    expected = np.fromfile(path.with_suffix(".logits"), np.float32)
    kind = "_tf" if path.stem.startswith("keras") else 1 if path.stem.startswith("chest") else 3
    images = path.parent / f"images{kind}.f32"
    family = [path.stem.split(".")[0].removeprefix("timm_")] if path.suffix == ".safetensors" else []
    ran = subprocess.run([program, path, images, *family], capture_output=True, text=True)
    if ran.returncode:
        return None, ran.stderr.strip().splitlines()[-1] if ran.stderr.strip() else f"ended with {ran.returncode}"
    answer = json.loads(ran.stdout)
    got = np.array(answer["logits"], np.float32)
    spread = expected.max() - expected.min()
    apart = np.abs(got - expected).max() / spread
    # Four images have four answers, so that a constant would not pass.
    images_apart = np.ptp(expected.reshape(4, -1), axis=0).max() / spread
    return apart, f"{apart:.1e} | {images_apart:.2f} | {answer['nodes']} | {answer['seconds']:.2f} s"


def main():
    folder, program, names = Path(sys.argv[1]), sys.argv[2], sys.argv[3:]
    print("| network | exporter | opset | furthest logit, of their spread | images apart | layers | read in |")
    print("|---|---|---|---|---|---|---|")
    failed = 0
    for path in sorted([*folder.glob("*.onnx"), *folder.glob("*.safetensors")]):
        family, kind = path.stem.rsplit(".", 1)
        if names and family not in names or not path.with_suffix(".logits").exists():
            continue
        exporter, opset = kind.rstrip("0123456789"), kind.lstrip("abcdefghijklmnopqrstuvwxyz")
        apart, words = compare(path, program)
        print(f"| {family} | {exporter} | {opset} | {words} |", flush=True)
        failed += apart is None or not apart <= ALLOWED
    print(f"\n{failed} failed")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
