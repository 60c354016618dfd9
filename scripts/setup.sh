#!/bin/sh
# Sets up what building and testing need, and only what is missing. Says what it does and how long it takes.
#
# usage: setup.sh FILE [browser | check | native]
# Writes the choice of toolchain to FILE, as lines for make to include. With `browser` it also wants what tests in browsers need, with `check` what
# looks at the dependencies; with `native` nothing of the page is wanted, only a compiler for the companion.
#
# LANTERN_TOOLS             where the build tools go (default: ~/.cache/lantern/tools)
# LANTERN_NO_RUSTUP_TARGET  set: behave as if rustup could not fetch the wasm32 target
set -eu

choice=$1
want=${2:-}
tools=${LANTERN_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/lantern/tools}
target=wasm32-unknown-unknown
mkdir -p "$tools" "$(dirname "$choice")"

say() { printf 'setup: %s\n' "$*"; }
fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }

# Runs a command with a name, and tells how long it took.
timed() {
  name=$1; shift
  say "$name"
  began=$(date +%s)
  "$@" || return
  say "$name: done in $(($(date +%s) - began)) s"
}

# Installs Debian packages, as root or through sudo.
packages() {
  missing=
  for package in "$@"; do
    dpkg -s "$package" >/dev/null 2>&1 || missing="$missing $package"
  done
  [ -n "$missing" ] || return 0
  command -v apt-get >/dev/null || fail "install these by your system's own means, then run this again:$missing"
  root=
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || fail "run as root: apt-get install$missing"
    root=sudo
  fi
  log=$tools/apt.log
  # shellcheck disable=SC2086
  timed "installing$missing" sh -c "$root apt-get update >'$log' 2>&1 && DEBIAN_FRONTEND=noninteractive $root apt-get install -y --no-install-recommends$missing >>'$log' 2>&1" \
    || fail "apt-get could not install$missing; see $log. Rust itself can also come from rustup.rs"
}

command -v cc >/dev/null || packages gcc libc6-dev
command -v cargo >/dev/null || command -v rustup >/dev/null || [ -x /usr/bin/cargo ] || packages cargo-web rustc-web

if [ "$want" = native ]; then
  [ -e "$choice" ] || : >"$choice"
  exit 0
fi

# The wasm32 standard library: rustup's where it can be fetched, otherwise Debian's compiler with one built from its sources.
# make exports what an earlier run chose; the machine's own toolchain is asked without that.
[ "${RUSTUP_TOOLCHAIN:-}" != web ] || unset RUSTUP_TOOLCHAIN
oldest=$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' Cargo.toml)

# Whether `RUSTC [OPTION...]` is new enough and really makes WebAssembly.
works() {
  version=$("$1" --version 2>/dev/null | cut -d' ' -f2)
  [ -n "$version" ] && [ "$(printf '%s\n%s\n' "$oldest" "$version" | sort -V | head -n 1)" = "$oldest" ] || return 1
  printf 'fn main() {}' | "$@" --target "$target" -o "$tools/probe.wasm" - 2>/dev/null
}
own_works() { [ -z "${LANTERN_NO_RUSTUP_TARGET:-}" ] && works rustc; }
debian_works() { works /usr/bin/rustc -Clinker=wasm-ld-22; }
fetch_target() {
  [ -z "${LANTERN_NO_RUSTUP_TARGET:-}" ] && command -v rustup >/dev/null || return 1
  say "asking rustup for $target"
  timeout 120 rustup target add "$target" >"$tools/rustup.log" 2>&1
}
build_target() {
  seed=$(mktemp -d)
  mkdir "$seed/src"
  printf '#![allow(missing_docs)]\n' >"$seed/src/lib.rs"
  printf '[package]\nname = "seed"\nversion = "0.0.0"\nedition = "2024"\n' >"$seed/Cargo.toml"
  # RUSTC_BOOTSTRAP: building the standard library is a nightly option, although it is the stable library that is built.
  (cd "$seed" && env -u RUSTUP_TOOLCHAIN PATH="/usr/bin:$PATH" RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 \
    CARGO_TARGET_DIR="$seed/target" CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=wasm-ld-22 \
    /usr/bin/cargo build --release --target "$target" -Zbuild-std=std,panic_abort,proc_macro,test >"$tools/std.log" 2>&1) \
    || fail "the standard library for $target could not be built; see $tools/std.log"
  place=/usr/lib/rustlib/$target/lib
  root=; [ "$(id -u)" -eq 0 ] || root=sudo
  $root mkdir -p "$place"
  find "$seed/target/$target/release/deps" -name '*.rlib' ! -name 'libseed-*' -exec $root cp {} "$place/" \;
  rm -rf "$seed"
}

if own_works; then
  : >"$choice.new"
elif grep -q wasm-ld-22 "$choice" 2>/dev/null && debian_works; then
  cp "$choice" "$choice.new"
elif fetch_target && own_works; then
  : >"$choice.new"
else
  say "no Rust $oldest or newer with $target can be had from rustup here; using Debian's compiler for everything"
  packages rustc-web cargo-web rust-web-src rust-web-clippy rustfmt-web lld-22
  debian_works || timed "building the standard library for $target (about a minute)" build_target
  debian_works || fail "Debian's compiler does not make WebAssembly; install Rust $oldest or newer and $target from rustup.rs"
  {
    echo "export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER := wasm-ld-22"
    if command -v rustup >/dev/null; then
      rustup toolchain link web /usr >/dev/null 2>&1
      echo "export RUSTUP_TOOLCHAIN := web"
    fi
  } >"$choice.new"
fi
# The worker's second build, with threads, needs the standard library's sources. Without them the page has one thread.
if [ -s "$choice.new" ]; then
  packages rust-web-src
elif ! [ -e "$(rustc --print sysroot)/lib/rustlib/src/rust/library/std/Cargo.toml" ] && command -v rustup >/dev/null; then
  say "asking rustup for rust-src"
  timeout 120 rustup component add rust-src >"$tools/rustup.log" 2>&1 || say "no sources to be had: one thread only"
fi
# The tools below are built with what was chosen.
if grep -q RUSTUP_TOOLCHAIN "$choice.new"; then RUSTUP_TOOLCHAIN=web; export RUSTUP_TOOLCHAIN; fi
# Replaced only when it changed, so that make does not build anew for nothing.
if cmp -s "$choice.new" "$choice"; then rm "$choice.new"; else mv "$choice.new" "$choice"; fi

# Tools for tests and checks. They only orchestrate, so they are compiled for a short build rather than for speed.
tool() {
  name=$1 version=$2 command=$3
  "$tools/bin/$command" --version 2>/dev/null | grep -q " $version\$" && return 0
  timed "building $name $version (a few minutes, once)" env \
    CARGO_TARGET_DIR="$tools/build" CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_OPT_LEVEL=1 \
    CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 CARGO_PROFILE_RELEASE_DEBUG=false \
    cargo install "$name" --version "$version" --locked --no-default-features --root "$tools" --quiet
}
# What may come into the project (deny.toml).
[ "$want" != check ] || tool cargo-deny 0.20.2 cargo-deny
if [ "$want" = browser ]; then
  # Runs tests inside a browser; it must equal the library's version.
  bindgen=$(grep -A1 '^name = "wasm-bindgen"$' Cargo.lock | sed -n 's/^version = "\(.*\)"$/\1/p')
  tool wasm-bindgen-cli "$bindgen" wasm-bindgen-test-runner
  # Drives Firefox; Debian has no package of it.
  tool geckodriver 0.37.1 geckodriver
fi
rm -rf "$tools/build"

if [ "$want" = browser ]; then
  command -v chromium >/dev/null && command -v chromedriver >/dev/null || packages chromium chromium-driver
  command -v firefox-esr >/dev/null || command -v firefox >/dev/null || packages firefox-esr
  # A server of the tests' own, for a history in PostgreSQL.
  ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || packages postgresql
  # Builds the emulated GPU of the tests.
  command -v g++ >/dev/null || packages g++
fi

# axe-core tells tests what of the page keeps people out.
if [ "$want" = browser ]; then
  axe=4.14.1
  command -v npm >/dev/null || (packages npm) || :
  if [ "$(cat "$tools/axe/wanted" 2>/dev/null)" != "$axe" ]; then
    mkdir -p "$tools/axe"
    if command -v npm >/dev/null && timed "fetching axe-core $axe" \
      npm install --prefix "$tools/axe" --ignore-scripts --no-audit --no-fund --silent "axe-core@$axe" >"$tools/axe.log" 2>&1; then
      printf '%s\n' "$axe" >"$tools/axe/wanted"
    else
      say "no axe-core: a test will skip its part; it takes npm, see $tools/axe.log"
    fi
  fi
fi

# Readers by other hands, which check in tests what this program writes. Without them those tests say what they skip.
if [ "$want" = browser ]; then
  command -v dsrdump >/dev/null || (packages dcmtk) || say "no dcmtk: a test will skip its part"
  command -v dciodvfy >/dev/null || (packages dicom3tools) || say "no dicom3tools: a test will skip its part"
  # pydicom reads DICOM files, the next five decode their pixels for it; fhir.resources knows what a FHIR resource may hold.
  wanted='pydicom==3.0.2
numpy==2.4.6
pylibjpeg==2.1.0
pylibjpeg-libjpeg==2.5.0
pylibjpeg-openjpeg==2.6.0
pylibjpeg-rle==2.2.0
fhir.resources==8.3.0'
  python3 -c 'import ensurepip' 2>/dev/null || (packages python3 python3-venv) || :
  python=$tools/python
  if [ "$(cat "$python/wanted" 2>/dev/null)" != "$wanted" ]; then
    install_readers() {
      # shellcheck disable=SC2086
      python3 -m venv "$python" && "$python/bin/pip" install --quiet --disable-pip-version-check $wanted
    }
    if timed "installing readers of medical files for Python" install_readers >"$tools/python.log" 2>&1; then
      printf '%s\n' "$wanted" >"$python/wanted"
    else
      say "no Python readers of medical files: tests will skip their part; see $tools/python.log"
    fi
  fi
fi

# schemathesis makes up requests to the companion, and compares the answers with what it says of itself.
if [ "$want" = browser ]; then
  wanted=schemathesis==4.32.5
  if [ "$(cat "$tools/schemathesis/wanted" 2>/dev/null)" != "$wanted" ]; then
    install_schemathesis() {
      python3 -m venv "$tools/schemathesis" && "$tools/schemathesis/bin/pip" install --quiet --disable-pip-version-check "$wanted"
    }
    if timed "installing schemathesis" install_schemathesis >"$tools/schemathesis.log" 2>&1; then
      printf '%s\n' "$wanted" >"$tools/schemathesis/wanted"
    else
      say "no schemathesis: a test will skip its part; see $tools/schemathesis.log"
    fi
  fi
fi
