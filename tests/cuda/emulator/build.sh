#!/bin/sh
# Builds the emulated CUDA driver into the folder given: one library under all the names it is loaded by.
set -eu
out=$(mkdir -p "$1" && cd "$1" && pwd)
cd "$(dirname "$0")"
work=$(mktemp -d "$out/build-XXXXXX")
trap 'rm -rf "$work"' EXIT
flags="-std=c++17 -Wall -Wextra -fPIC -fvisibility=hidden -ftls-model=initial-exec -Wa,-I."
for part in device memory stream launch nvrtc cublas nccl; do
    # The products of matrices may fuse their sums; the rest is plain code.
    optimise=-O2
    if [ $part = nvrtc ]; then optimise=-O1; fi
    if [ $part = cublas ]; then optimise="-O3 -march=native -ffp-contract=fast"; fi
    echo "g++ $flags $optimise -c $part.cpp -o $work/$part.o"
done | xargs -P 4 -I COMMAND sh -c COMMAND
g++ -shared -Wl,-soname,libcuda.so.1 -o "$work/library" "$work"/*.o -pthread -ldl -lrt
mv "$work/library" "$out/libcuda.so.1"
for name in libcuda libnvrtc libcublas libnccl; do
    ln -sf libcuda.so.1 "$out/$name.so"
done
