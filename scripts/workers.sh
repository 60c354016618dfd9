#!/bin/sh
# Builds the worker twice into FOLDER: worker.js for every browser, and threaded.js with threads and relaxed SIMD.
# The benchmark builds its own worker the same way.
#
# usage: workers.sh FOLDER (--bin | --example) NAME
set -eu

folder=$1 kind=$2 name=$3
target=${CARGO_TARGET_DIR:-target}

# Builds into $1 and writes the result as $2.js; the rest goes to cargo. The kernels are built for speed, all else for size.
build() {
  into=$1 as=$2
  shift 2
  CARGO_TARGET_DIR="$into" cargo build --quiet --profile web --target wasm32-unknown-unknown "$kind" "$name" \
    --config 'profile.web.package.lantern.opt-level=3' "$@"
  path=$into/wasm32-unknown-unknown/web
  [ "$kind" != --example ] || path=$path/examples
  # The names of functions would be a sixth of what is loaded.
  wasm-bindgen --target web --no-typescript --remove-name-section --out-dir "$folder" --out-name "$as" "$path/$name.wasm"
}

build "$target" worker

# The standard library that compilers come with refuses shared memory, so it is built from its sources.
if [ ! -e "$(rustc --print sysroot)/lib/rustlib/src/rust/library/std/Cargo.toml" ]; then
  echo "workers: the standard library's sources are missing; the page will compute on one thread"
  exit 0
fi
# Building the standard library is a nightly option, although it is the stable library that is built.
export RUSTC_BOOTSTRAP=1
# These replace those of .cargo/config.toml, whose lines are repeated.
export RUSTFLAGS='-Ctarget-feature=+simd128,+relaxed-simd,+atomics,+bulk-memory,+mutable-globals --cfg=getrandom_backend="wasm_js"'
build "$target/threaded" threaded -Zbuild-std=std,panic_abort
