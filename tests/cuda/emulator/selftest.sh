#!/bin/sh
# Builds the emulated CUDA driver into the folder given and checks it by itself.
set -eu
out=$(mkdir -p "$1" && cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
sh "$here/build.sh" "$out"
g++ -std=c++17 -O1 -Wall -Wextra -o "$out/selftest" "$here/selftest.cpp" -pthread -ldl
"$out/selftest" "$out/libcuda.so.1"
EMULATED_CUDA_ORDER=reverse "$out/selftest" "$out/libcuda.so.1" > "$out/selftest.log" || {
    cat "$out/selftest.log"
    exit 1
}
