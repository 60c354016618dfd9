#!/bin/sh
# Compares on a data set, then lets scikit-learn learn from the same tables of the same split, and prints both side by side.
#
# usage: run.sh DATA OUT [option of `lantern compare`...]. Needs the companion (LANTERN, default: lantern on PATH) and python3 with venv.
set -eu

data=$1
out=$2
shift 2
here=$(cd "$(dirname "$0")" && pwd)
tools=${LANTERN_TOOLS:-$HOME/.cache/lantern/tools}/compare
mkdir -p "$out"
if [ ! -e "$tools/bin/python" ]; then
  python3 -m venv "$tools"
  "$tools/bin/pip" install --quiet --requirement "$here/requirements.txt"
fi
"${LANTERN:-lantern}" compare --data "$data" --export "$out/tables" --json "$@" >"$out/comparison.json"
"$tools/bin/python" "$here/scikit.py" "$out"
