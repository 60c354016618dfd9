#!/bin/sh
# Builds for the web what computes: the package for speed, all else as the page's profile says.
#
# usage: fast.sh (plain | threaded) CARGO'S OPTION...
# threaded: with threads and relaxed SIMD, into the folder `threaded` of the usual target folder.
set -eu

kind=$1
shift
if [ "$kind" = threaded ]; then
  export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-target}/threaded"
  # The standard library that compilers come with refuses shared memory, so it is built from its sources.
  if [ ! -e "$(rustc --print sysroot)/lib/rustlib/src/rust/library/std/Cargo.toml" ]; then
    echo "fast: the standard library's sources are missing; the page will compute on one thread"
    rm -f "$CARGO_TARGET_DIR/wasm32-unknown-unknown/web/worker.wasm"
    exit 0
  fi
  # Building the standard library is a nightly option, although it is the stable library that is built.
  export RUSTC_BOOTSTRAP=1
  # These replace those of .cargo/config.toml, whose lines are repeated.
  export RUSTFLAGS='-Ctarget-feature=+simd128,+relaxed-simd,+atomics,+bulk-memory,+mutable-globals --cfg=getrandom_backend="wasm_js"'
  set -- -Zbuild-std=std,panic_abort "$@"
fi
exec cargo build --profile web --target wasm32-unknown-unknown --config 'profile.web.package.lantern.opt-level=3' "$@"
