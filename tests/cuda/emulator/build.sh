#!/bin/sh
# Builds the emulated GPU into the folder given: one library under the four names by which CUDA's libraries are loaded.
set -eu
out=$(mkdir -p "$1" && cd "$1" && pwd)
cd "$(dirname "$0")"
work=$(mktemp -d "$out/build-XXXXXX")
trap 'rm -rf "$work"' EXIT
# `nvrtc.cpp` holds the text of the shim as a string.
{ printf 'R"shim('; cat shim.h; printf ')shim"'; } >"$work/shim.inc"
g++ -std=c++17 -Wall -Wextra -O3 -march=native -ffp-contract=fast -fPIC -fvisibility=hidden -shared -I"$work" \
    -Wl,-soname,libcuda.so.1 -o "$work/library" driver.cpp nvrtc.cpp cublas.cpp nccl.cpp -ldl
mv "$work/library" "$out/libcuda.so.1"
for name in libcuda libnvrtc libcublas libnccl; do
    ln -sf libcuda.so.1 "$out/$name.so"
done
