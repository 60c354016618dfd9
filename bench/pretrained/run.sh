#!/bin/sh
# What trained weights are worth: every bundle's recipe, cut short, from seeded weights, from ImageNet's and from the common
# medical start. Prints what the validation images say; the test splits are left alone.
#
# usage: run.sh DATA OUT [SET...]. Needs the companion (LANTERN, default: lantern on PATH).
set -eu

data=$1
out=$2
shift 2
lantern=${LANTERN:-lantern}
recipes=$(cd "$(dirname "$0")/../../recipes" && pwd)
imagenet=$data/efficientnet-lite0-imagenet.safetensors
mkdir -p "$out"

train() {
  recipe=$1 log=$2; shift 2
  ! grep -q '^wrote' "$log" 2>/dev/null || return 0
  "$lantern" train "$recipe" "$@" --checkpoints "$out" --leave-test --resume >"$log" 2>&1 || { tail -n 3 "$log"; exit 1; }
}

medical=$(dirname "$recipes")/pretrained/medical-start/weights.safetensors
hash=$(sha256sum "$medical" | cut -d' ' -f1)

# Epochs so that each training sees some ten thousand images.
archive() {
  case $1 in
    blood-cells) epochs=4; file=blood-cells.zip ;;
    brain-mri) epochs=2; file=brain-mri.zip ;;
    breast-ultrasound) epochs=16; file=breast-ultrasound.zip ;;
    chest-pneumonia) epochs=2; file=chest-pneumonia.zip ;;
    malaria-cells) epochs=1; file=malaria-cells.zip ;;
    retina-grade) epochs=10; file=retinamnist.npz ;;
    skin-lesion) epochs=2; file=skin-ham10000.zip ;;
    *) echo "there is no set $1" >&2; exit 2 ;;
  esac
}

[ $# -gt 0 ] || set -- blood-cells brain-mri breast-ultrasound chest-pneumonia malaria-cells retina-grade skin-lesion
for set in "$@"; do
  archive "$set"
  for start in seeded imagenet medical; do
    id=$set-$start
    rate=0.001 file_from='' line=''
    case $start in
      seeded) rate=0.002 ;;
      imagenet) file_from=$imagenet; line=$(grep -h '^start = ' "$recipes/medical-start.toml") ;;
      medical) file_from=$medical; line="start = { file = \"medical-start\", sha256 = \"$hash\", mean = 0.498, std = 0.502 }" ;;
    esac
    sed -e "s|^id = .*|id = \"$id\"|; s|^architecture = .*|architecture = { family = \"efficient_net_lite0\", stages = 6, widen = false }|" \
      -e "/^start = /d; /^views/d; /^first_side/d; s|^side = .*|side = 96|; s|^resize = .*|&\n$line|" \
      -e "s|^epochs = .*|epochs = $epochs|; s|^patience = .*|patience = $epochs|; s|^warm_up = .*|warm_up = 0.5|" \
      -e "s|^learning_rate = .*|learning_rate = $rate|; s|^ema_decay = .*|ema_decay = 0.98|; s|^batch = .*|batch = 32|" \
      -e "s|^disturbed_copies = .*|disturbed_copies = 0|; s|^mixup = .*|mixup = 0.0|" "$recipes/$set.toml" >"$out/$id.toml"
    if [ -n "$file_from" ]; then
      train "$out/$id.toml" "$out/$id.log" --data "$data/$file" --from "$file_from" --out "$out/models/$id"
    else
      train "$out/$id.toml" "$out/$id.log" --data "$data/$file" --out "$out/models/$id"
    fi
    grep '^epoch' "$out/$id.log" | tail -n 1 | sed "s|^|$set, $start: |"
  done
done
