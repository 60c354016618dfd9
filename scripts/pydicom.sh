#!/bin/sh
# Installs pydicom with its decoders into TOOLS/pydicom, once, so that DICOM files can be compared with another reader. Without a
# network, or without Python, it says so and does nothing: the comparison is then left out.
#
# usage: pydicom.sh TOOLS
set -eu

place=$1/pydicom
wanted='pydicom==3.0.2 numpy==2.4.6 pylibjpeg==2.1.0 pylibjpeg-libjpeg==2.5.0 pylibjpeg-openjpeg==2.6.0 pylibjpeg-rle==2.2.0'
[ "$(cat "$place/installed" 2>/dev/null)" != "$wanted" ] || exit 0
if ! command -v python3 >/dev/null; then
  echo "setup: there is no python3: DICOM files will not be compared with pydicom"
  exit 0
fi
rm -rf "$place"
# shellcheck disable=SC2086
if python3 -m venv "$place" >"$1/pydicom.log" 2>&1 && timeout 300 "$place/bin/pip" install --quiet $wanted >>"$1/pydicom.log" 2>&1; then
  echo "$wanted" >"$place/installed"
else
  rm -rf "$place"
  echo "setup: pydicom could not be installed, see $1/pydicom.log: DICOM files will not be compared with it"
fi
