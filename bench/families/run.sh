#!/bin/sh
# Trains every family of networks on two data sets with the same few epochs and prints what the validation images say.
# The test splits are left alone: they are no judge of recipes.
#
# usage: run.sh DATA OUT. Needs the companion (LANTERN, default: lantern on PATH).
set -eu

data=$1
out=$2
lantern=${LANTERN:-lantern}
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$out"

family() {
  case $1 in
    lite0) echo 'architecture = { family = "efficient_net_lite0", stages = 7, widen = false }' ;;
    lite0-cut) echo 'architecture = { family = "efficient_net_lite0", stages = 5, widen = false }' ;;
    residual) echo 'architecture = { family = "residual", widths = [24, 48, 96, 160], blocks = [1, 2, 2, 1] }' ;;
    chain) echo 'architecture = { family = "chain", widths = [32, 48, 96, 192], depths = [1, 2, 4, 2] }' ;;
  esac
}

for set in blood-cells skin-ham10000; do
  for name in lite0-cut residual lite0 chain; do
    log=$out/$set-$name.log
    ! grep -q '^wrote' "$log" 2>/dev/null || continue
    recipe=$out/$set-$name.toml
    start='' from='' rate=0.002
    case $name in lite0*)
      start='start = { file = "efficientnet-lite0-imagenet.safetensors", sha256 = "24fbda14af96caaa3a691445c2d30b3189f9cc92b870f685da7eaa4477fe290a", mean = 0.498, std = 0.502 }'
      from="--from $data/efficientnet-lite0-imagenet.safetensors"
      rate=0.001 ;;
    esac
    sed -e "s|@ARCHITECTURE@|$(family "$name")|; s|@START@|$start|; s|@RATE@|$rate|; s|@ID@|$set-$name|" "$here/$set.toml" >"$recipe"
    # shellcheck disable=SC2086
    "$lantern" train "$recipe" --data "$data/$set.zip" $from --out "$out/models/$set-$name" --checkpoints "$out" --leave-test --resume >"$log" 2>&1 || tail -n 3 "$log"
    grep '^epoch' "$log" | tail -n 1 | sed "s|^|$set $name: |"
  done
done
