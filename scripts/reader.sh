#!/bin/sh
# Builds the worker that opens files into FOLDER, as reader.js and reader_bg.wasm: for size, but for the package's own decoders of
# pixels and the one of JPEG 2000, for which people wait.
#
# usage: reader.sh FOLDER
set -eu

target=${CARGO_TARGET_DIR:-target}
cargo build --quiet --profile web --target wasm32-unknown-unknown --bin reader \
  --config 'profile.web.package.lantern.opt-level=2' --config 'profile.web.package.hayro-jpeg2000.opt-level=3'
wasm-bindgen --target web --no-typescript --remove-name-section --out-dir "$1" --out-name reader \
  "$target/wasm32-unknown-unknown/web/reader.wasm"
