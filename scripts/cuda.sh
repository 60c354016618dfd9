#!/bin/sh
# Installs the libraries that learning on NVIDIA GPUs loads when it starts, and only what is missing.
#
# usage: cuda.sh FOLDER
# FOLDER is made of links to them; `lantern` looks for them in the folder `cuda` beside itself before it asks the system.
#
# LANTERN_TOOLS  where the libraries go (default: ~/.cache/lantern/tools)
set -eu

folder=$1
tools=${LANTERN_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/lantern/tools}
say() { printf 'cuda: %s\n' "$*"; }
fail() { printf 'cuda: %s\n' "$*" >&2; exit 1; }

# Matrix products, the compiler for the kernels, and sums over several GPUs: 1.2 GB. They want a driver for CUDA 13 (580 or newer).
wanted='nvidia-cublas==13.0.2.14
nvidia-cuda-nvrtc==13.0.88
nvidia-nccl-cu13==2.32.3'

if [ "$(cat "$tools/cuda/wanted" 2>/dev/null)" != "$wanted" ]; then
  command -v python3 >/dev/null || fail "python3 is missing, whose packages the libraries come in (Debian: apt-get install python3-venv)"
  say "installing CUDA's libraries into $tools/cuda: 1.2 GB"
  rm -rf "$tools/cuda"
  mkdir -p "$tools/cuda"
  python3 -m venv "$tools/cuda/venv" || fail "python3 lacks venv (Debian: apt-get install python3-venv)"
  # shellcheck disable=SC2086
  "$tools/cuda/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps $wanted || fail "the libraries could not be fetched"
  printf '%s\n' "$wanted" >"$tools/cuda/wanted"
fi

rm -rf "$folder"
mkdir -p "$folder"
find "$tools/cuda/venv" -path '*/nvidia/*' -name 'lib*.so.*' ! -name '*.alt.so*' -exec ln -s {} "$folder/" \;
# These names are asked for first, and another version of the system's must not be found under them.
for library in libcublas.so.13 libnvrtc.so.13 libnccl.so.2; do
  ln -s "$library" "$folder/${library%.*}"
done
say "the libraries are in $folder"
