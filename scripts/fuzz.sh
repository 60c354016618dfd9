#!/bin/sh
# Runs each fuzz target for a number of seconds, and prints what came of it. What it found is kept in fuzz/artifacts, what it learned in
# fuzz/corpus; both are ignored by git.
#
# usage: fuzz.sh SECONDS [TARGET...]
#
# CARGO_TARGET_DIR  where programs are built (default: target)
# LANTERN_TOOLS     where cargo-fuzz goes (default: ~/.cache/lantern/tools)
set -eu

seconds=$1; shift
tools=${LANTERN_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/lantern/tools}
PATH=$tools/bin:$PATH
CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$PWD/target}/fuzz
export PATH CARGO_TARGET_DIR
logs=$CARGO_TARGET_DIR/logs
mkdir -p "$logs"

command -v cargo-fuzz >/dev/null || {
  echo "fuzz: building cargo-fuzz (a minute, once)"
  CARGO_TARGET_DIR="$tools/build" cargo install cargo-fuzz --version 0.13.2 --locked --root "$tools" --quiet
  rm -rf "$tools/build"
}
# No sanitizer: the code is safe Rust, and without one twice as many inputs are run. Overflow is looked for, as in every debug build.
cargo fuzz build --sanitizer none

[ $# -gt 0 ] || set -- $(sed -n 's/^    ("\([a-z0-9_]*\)", .*/\1/p' fuzz/targets.rs)
total=0
failed=0
table="target executions seconds findings"
for target; do
  mkdir -p "fuzz/corpus/$target" "fuzz/artifacts/$target"
  # The folders after the first are only read.
  LANTERN_TARGET=$target cargo fuzz run --sanitizer none one "fuzz/corpus/$target" "fuzz/seeds/$target" tests/files -- \
    -max_total_time="$seconds" -rss_limit_mb=2048 -timeout=10 -max_len=8192 -print_final_stats=1 -artifact_prefix="fuzz/artifacts/$target/" >"$logs/$target.log" 2>&1 || :
  executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$logs/$target.log" | tail -n 1)
  ran=$(sed -n 's/^Done .* runs in \([0-9]*\) second.*/\1/p' "$logs/$target.log")
  findings=$(find "fuzz/artifacts/$target" -type f | wc -l)
  table="$table
$target ${executions:-0} ${ran:-stopped} $findings"
  total=$((total + ${executions:-0}))
  [ -n "$executions" ] || { tail -n 5 "$logs/$target.log" >&2; findings=1; }
  failed=$((failed + findings))
  printf 'fuzz: %s: %s executions, %s findings\n' "$target" "${executions:-0}" "$findings"
done
printf '%s\n' "$table" "all $total - $failed" | column -t
[ "$failed" -eq 0 ] || { echo "fuzz: what was found lies in fuzz/artifacts, and how it was met in $logs" >&2; exit 1; }
