"""Writes what others make of the suites in FOLDER, once, for tests/conformance: usage: truth.py FOLDER [SUITE...].

For each suite FOLDER/truth/SUITE.jsonl: a line for each file that somebody else decodes, with the place of its samples: little-endian, row by row,
samples of a pixel in turn. Needs pydicom, pylibjpeg with libjpeg and openjpeg, imagecodecs, tifffile, pillow.
"""

import json
import struct
import sys
import warnings
from pathlib import Path

import imagecodecs
import libjpeg
import numpy
import pydicom
import tifffile
from PIL import Image
from pydicom.pixels import pixel_array

warnings.simplefilter("ignore")
FOLDER = Path(sys.argv[1])
TRUTH = FOLDER / "truth"
STREAM = b"\xff\x4f\xff\x51"
# Names in lower case. T.87's own test images, by stream: README.md beside them.
JPEG_LS = {"t8c0e0": "test8.ppm", "t8c1e0": "test8.ppm", "t8c2e0": "test8.ppm", "t8nde0": "test8bs2.pgm", "t16e0": "test16.pgm", "t16e3": "t16e3.pgm"}


def netpbm(path):
    """Binary PGM or PPM; two bytes a sample are big-endian."""
    data, numbers, at = path.read_bytes(), [], 2
    while len(numbers) < 3:
        while data[at : at + 1].isspace():
            at += 1
        if data[at : at + 1] == b"#":
            at = data.index(b"\n", at)
            continue
        end = at
        while not data[end : end + 1].isspace():
            end += 1
        numbers.append(int(data[at:end]))
        at = end
    width, height, most = numbers
    samples = numpy.frombuffer(data, ">u2" if most > 255 else "u1", offset=at + 1)
    return samples.reshape(height, width, -1)


def pgx(path):
    """T.803, annex A: `PG ML +8 128 128` and samples of 1, 2 or 4 bytes."""
    head, data = path.read_bytes().split(b"\n", 1)
    words = head.decode().replace("+", " ").replace("-", " -").split()
    order, depth, width, height = words[1], words[2], int(words[-2]), int(words[-1])
    is_signed = depth.startswith("-")
    bits = int(depth.lstrip("-") or words[3])
    size = 1 if bits <= 8 else 2 if bits <= 16 else 4
    kind = (">" if order == "ML" else "<") + ("i" if is_signed else "u") + str(size)
    return numpy.frombuffer(data, kind, count=width * height).reshape(height, width)


def half_colours():
    """Of T.87's test image green has a quarter of the rows, blue half of the rows and columns: each sample stands for all its pixels."""
    folder = FOLDER / "charls/test/data/conformance"
    red, green, blue = (netpbm(folder / f"test8{name}.pgm") for name in ("r", "gr4", "bs2"))
    return numpy.concatenate([red, green.repeat(4, 0), blue.repeat(2, 0).repeat(2, 1)], axis=-1)


def jpeg_ls(path):
    # The second one was compressed with losses: each sample may be off by 3.
    if path.stem.lower() in {"t8sse0", "t8sse3"}:
        return half_colours()
    official = JPEG_LS.get(path.stem.lower())
    known = FOLDER / "charls/test/data/conformance" / (official or "none")
    return netpbm(known) if known.exists() else imagecodecs.jpegls_decode(path.read_bytes())


def jpeg2000(path):
    planes = sorted((FOLDER / "openjpeg-data/baseline/conformance").glob(f"c1{path.stem}_*.pgx"))
    data = path.read_bytes()
    data = data[data.index(STREAM) :]
    if "conformance" not in path.parts or not planes:
        return imagecodecs.jpeg2k_decode(data)
    samples = numpy.stack([pgx(plane) for plane in planes], axis=-1)
    right, low, left, top = struct.unpack(">4I", data[8:24])
    if samples.shape[:2] != (low - top, right - left):
        raise ValueError("the reference is of another size: a part of the resolution, or colours at half the size")
    return samples


def png(path):
    """PngSuite's interlaced images (`i` in their names) are those that are not, again; this library reads only the latter rightly."""
    plain = path.with_name(path.name[:3] + "n" + path.name[4:])
    return imagecodecs.png_decode((plain if path.name[3] == "i" and plain.exists() else path).read_bytes())


def bmp(path):
    image = Image.open(path)
    return numpy.asarray(image.convert("RGBA" if image.mode == "RGBA" or image.info.get("bits") == 32 else "RGB"))


def tiff(path):
    """The first page, colours of a sample together; 0 is black."""
    with tifffile.TiffFile(path) as file:
        page = file.pages[0]
        values = page.asarray()
        # Of a volume the first slice.
        values = values[0] if page.imagedepth > 1 else values
        if page.samplesperpixel > 1 and page.planarconfig == tifffile.PLANARCONFIG.SEPARATE:
            values = numpy.moveaxis(values, 0, -1)
        if page.photometric == tifffile.PHOTOMETRIC.PALETTE:
            # Of 8 bits where the palette was written so.
            values = numpy.moveaxis(page.colormap, 0, -1)[values]
            values = (values >> 8).astype("u1")
        if page.photometric == tifffile.PHOTOMETRIC.MINISWHITE:
            values = (2**page.bitspersample - 1 - values).astype(values.dtype)
        if page.bitspersample < 16 and page.bitspersample % 8 and page.photometric != tifffile.PHOTOMETRIC.PALETTE:
            most = 255 if page.bitspersample < 8 else 65535
            values = numpy.rint(values.astype("f8") * most / (2**page.bitspersample - 1)).astype("u1" if most == 255 else "u2")
        return values


def dicom(path):
    try:
        return pixel_array(path, raw=True, force=True)
    except Exception:
        return pixel_array(pydicom.dcmread(path, force=True), raw=True)


def is_dicom(path):
    with path.open("rb") as file:
        beginning = file.read(132)
    return beginning[128:] == b"DICM" or path.suffix == ".dcm" or beginning[:2] == b"\x08\0"


def decoder(path):
    if path.suffix.lower() in {".j2k", ".jp2", ".j2c", ".jpc", ".jhc"}:
        return jpeg2000
    if path.suffix.lower() == ".jls":
        return jpeg_ls
    if path.suffix == ".JPG":
        return lambda path: libjpeg.decode(path.read_bytes(), 0)
    if path.suffix == ".png":
        return png
    if path.suffix in {".tif", ".tiff"}:
        return tiff
    if path.suffix == ".jpg":
        return lambda path: imagecodecs.jpeg8_decode(path.read_bytes())
    if path.suffix == ".ljp":
        return lambda path: imagecodecs.ljpeg_decode(path.read_bytes())
    if path.suffix == ".webp":
        return lambda path: imagecodecs.webp_decode(path.read_bytes())
    if path.suffix == ".bmp":
        return bmp
    return dicom if is_dicom(path) else None


def suite(folder):
    samples = TRUTH / folder.name
    samples.mkdir(parents=True, exist_ok=True)
    lines = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        line = {"file": path.relative_to(folder).as_posix()}
        decode = decoder(path)
        if not decode:
            continue
        try:
            values = decode(path)
            values = numpy.ascontiguousarray(values.astype(values.dtype.newbyteorder("<")))
            place = f"{len(lines)}.raw"
            (samples / place).write_bytes(values.tobytes())
            line |= {"bits": values.dtype.itemsize * 8, "is_signed": values.dtype.kind == "i", "samples": place}
        except Exception as error:
            line["error"] = (str(error).splitlines() or [type(error).__name__])[0][:120]
        lines.append(json.dumps(line))
    (TRUTH / f"{folder.name}.jsonl").write_text("\n".join(lines) + "\n")
    print(folder.name, len(lines))


for one in sorted(FOLDER.iterdir()):
    if one.is_dir() and one.name not in {"truth", "seed-corpora"} and (not sys.argv[2:] or one.name in sys.argv[2:]):
        suite(one)
