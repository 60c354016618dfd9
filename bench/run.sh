#!/bin/sh
# Sets up the runtimes Lantern is measured against, and only what is missing; then measures.
#
# usage: NETWORKS=FOLDER OURS=FOLDER OUT=FOLDER STEP=PROGRAM SITE=FOLDER [COMPANION=URL] bench/run.sh
#
# NETWORKS       the networks: index.json, and a folder for each (see README.md)
# OURS           the folder of ours.mjs, Lantern's inference built for the web
# OUT            where browser.json and training.json go
# STEP           the program that times our training step
# SITE           the built page, whose classroom trains in the browser
# COMPANION      a running `lantern serve`; without it the start of the page is not measured
# LANTERN_TOOLS  where the runtimes go, in a folder `bench` (default: ~/.cache/lantern/tools)
set -eu

here=$(cd "$(dirname "$0")" && pwd)
tools=${LANTERN_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/lantern/tools}/bench
: "${NETWORKS:?says where the networks are}" "${OURS:?says where ours.mjs is}" "${OUT:?says where the results go}" "${STEP:?says which program times our training step}" "${SITE:?says where the built page is}"

say() { printf 'bench: %s\n' "$*"; }
fail() { say "$*" >&2; exit 1; }

for program in node npm python3 chromium; do
  command -v "$program" >/dev/null || fail "$program is missing (Debian: apt-get install nodejs npm python3-venv chromium)"
done
CHROMIUM=$(command -v chromium)
export CHROMIUM NODE_MODULES="$tools/node_modules"
mkdir -p "$tools" "$OUT"

# The list of what was wanted is kept once all of it is there.
if ! cmp -s "$here/browser/package.json" "$tools/installed.json"; then
  say "installing the browser's runtimes into $tools"
  cp "$here/browser/package.json" "$here/browser/.npmrc" "$tools"
  (cd "$tools" && npm install --ignore-scripts --no-audit --no-fund)
  cp "$here/browser/package.json" "$tools/installed.json"
fi
if ! cmp -s "$here/training/requirements.txt" "$tools/installed.txt"; then
  say "installing PyTorch into $tools; this can be some gigabytes"
  python3 -m venv "$tools/venv"
  "$tools/venv/bin/pip" install --quiet --requirement "$here/training/requirements.txt"
  cp "$here/training/requirements.txt" "$tools/installed.txt"
fi

say "timing the networks in Chromium: some minutes; leave the machine alone"
node "$here/browser/run.mjs" "$NETWORKS" "$OURS" "$OUT/browser.json"

if [ -n "${COMPANION:-}" ]; then
  say "timing the start of the page at $COMPANION"
  node "$here/browser/startup.mjs" "$COMPANION" "$OUT/browser.json"
fi

say "timing training in Chromium: two minutes"
node "$here/browser/training.mjs" "$SITE" "$OUT/classroom.json"

say "timing training steps: some minutes"
for network in plain-128 lite0-128; do
  graph=$NETWORKS/$network/graph.json
  for threads in $(printf '1\n%s\n' "$(nproc)" | sort -nu); do
    # In turns, so that what disturbs the machine disturbs both.
    for turn in 1 2; do
      "$STEP" "$network" "$graph" 32 "$threads" 10
      "$tools/venv/bin/python" "$here/training/pytorch.py" "$graph" --batch 32 --threads "$threads" --steps 10 --json
    done
  done
done >"$tools/rows"
sed '1s/^/[/; $!s/$/,/; $s/$/]/' "$tools/rows" >"$OUT/training.json"
cat "$OUT/training.json"

say "the results are in $OUT"
