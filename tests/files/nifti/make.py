"""Makes the volumes of this folder, and with nibabel what slices must hold (expected.json). Needs numpy and nibabel."""

import gzip
import json
import pathlib
import struct

import nibabel
import numpy

here = pathlib.Path(__file__).parent
rng = numpy.random.default_rng(7)


def turned(degrees, axis):
    angle = numpy.radians(degrees)
    i, j = [k for k in range(3) if k != axis]
    matrix = numpy.eye(3)
    matrix[i, i] = matrix[j, j] = numpy.cos(angle)
    matrix[i, j], matrix[j, i] = -numpy.sin(angle), numpy.sin(angle)
    return matrix


def affine(rotation, sides, origin):
    matrix = numpy.eye(4)
    matrix[:3, :3] = rotation @ numpy.diag(sides)
    matrix[:3, 3] = origin
    return matrix


def positions(place, shape):
    """Along the normal of the slices, in DICOM's axes, of the first pixel of each."""
    to_dicom = numpy.array([-1, -1, 1])
    x, y = [-place[:3, axis] * to_dicom for axis in (0, 1)]
    normal = numpy.cross(x, y)
    normal /= numpy.linalg.norm(normal)
    first = lambda k: (place @ [shape[0] - 1, shape[1] - 1, k, 1])[:3] * to_dicom
    return [float(first(k) @ normal) for k in range(shape[2])]


expected = {}


def save(name, data, place, form, scale=None, little=True):
    header = nibabel.Nifti1Header(endianness="<" if little else ">")
    header.set_data_dtype(data.dtype.newbyteorder("<" if little else ">"))
    image = nibabel.Nifti1Image(data, None, header)
    if form == "qform":
        image.set_qform(place, code=1)
        image.set_sform(None, code=0)
    else:
        image.set_sform(place, code=1)
        image.set_qform(None, code=0)
    file = bytearray(image.to_bytes())
    if scale:
        # nibabel chooses the scale itself when it writes.
        file[112:120] = struct.pack("<ff", *scale)
    packed = gzip.compress(file, mtime=0) if name.endswith(".gz") else file
    (here / name).write_bytes(packed)
    read = nibabel.as_closest_canonical(nibabel.load(here / name))
    values = read.get_fdata() if data.dtype.names is None else numpy.asanyarray(read.dataobj)
    # Columns to the left, rows to the back, slices to the head, volumes one after the other.
    values = numpy.flip(values, (0, 1))
    if values.ndim == 3:
        values = values[..., None]
    slices = [values[:, :, k, volume].T for volume in range(values.shape[3]) for k in range(values.shape[2])]
    rows = [[v.tolist() if data.dtype.names else (None if numpy.isnan(v) else v) for v in s.ravel()] for s in slices]
    sides = numpy.sqrt((read.affine[:3, :3] ** 2).sum(0))
    expected[name] = {
        "size": [values.shape[0], values.shape[1]],
        "column_mm": sides[0],
        "row_mm": sides[1],
        "positions": positions(read.affine, values.shape),
        "slices": rows,
    }


small = rng.integers(-2000, 3000, (5, 4, 3)).astype(numpy.int16)
save("oblique.nii.gz", small, affine(turned(20, 2) @ turned(-12, 0), (1.5, 2, 4), (-30, 12, 5)), "qform", (0.5, -100))
sagittal = turned(90, 1) @ turned(90, 0)
floats = rng.normal(0, 1e-3, (4, 3, 5)).astype(numpy.float32)
floats[1, 1, 1] = numpy.nan
save("sagittal.nii", floats, affine(sagittal, (3, 1, 1.25), (9, -8, 7)), "sform")
save("four.nii.gz", rng.integers(0, 255, (3, 4, 2, 3)).astype(numpy.uint8), affine(numpy.diag([-1, -1, 1]), (2, 2, 5), (1, 2, 3)), "qform", None, False)
colours = rng.integers(0, 255, (3, 2, 2, 3)).astype(numpy.uint8).view([("R", "u1"), ("G", "u1"), ("B", "u1")])[..., 0]
save("colours.nii", colours, affine(numpy.diag([1, 1, -1]), (1, 1, 2), (0, 0, 0)), "sform")
(here / "expected.json").write_text(json.dumps(expected))
