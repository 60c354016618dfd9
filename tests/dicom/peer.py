"""Decodes the files that pydicom ships, for comparison: usage: peer.py OUT.

Prints one JSON object a line for each file with an image, and writes the samples of its frames to OUT/NUMBER.bin as pydicom gives them
without conversion: little-endian, row by row, samples of a pixel in turn."""

import hashlib
import json
import os
import sys
import warnings

import numpy
import pydicom
from pydicom.pixels import pixel_array

warnings.simplefilter("ignore")
out = sys.argv[1]
base = os.path.join(os.path.dirname(pydicom.__file__), "data", "test_files")
files = sorted(os.path.join(folder, name) for folder, _, names in os.walk(base) for name in names)
for number, path in enumerate(files):
    try:
        head = pydicom.dcmread(path, force=True)
    except Exception:
        continue
    if "PixelData" not in head:
        continue
    syntax = getattr(getattr(head, "file_meta", None), "TransferSyntaxUID", None)
    line = {"file": os.path.relpath(path, base), "path": path, "syntax": syntax.name if syntax else "not said"}
    try:
        try:
            samples = pixel_array(path, raw=True, force=True)
        except Exception:
            samples = pixel_array(head, raw=True)
        samples = samples.astype(samples.dtype.newbyteorder("<"))
        data = numpy.ascontiguousarray(samples).tobytes()
        line["bits"] = samples.dtype.itemsize * 8
        line["is_signed"] = samples.dtype.kind == "i"
        line["sha256"] = hashlib.sha256(data).hexdigest()
        line["samples"] = os.path.join(out, f"{number}.bin")
        with open(line["samples"], "wb") as file:
            file.write(data)
    except Exception as error:
        line["error"] = str(error).splitlines()[0][:120]
    print(json.dumps(line))
