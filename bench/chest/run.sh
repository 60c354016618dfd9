#!/bin/sh
# Which recipe is best for the chest, by a validation harder than a random share: films fall into four clusters of how they were
# taken, and each cluster that holds enough of both classes is held out in turn. The test split is left alone.
#
# usage: run.sh DATA OUT [RECIPE...]; a recipe is seeded, imagenet or medical, and may end in -even (images count alike, not
# classes) or -unmixed. Needs the companion (LANTERN, default: lantern on PATH). A run that is finished is not run again. At the
# end it prints what the last epoch of every run in OUT came to. SEEDS, CLUSTERS, SIDE and EPOCHS may be set.
#
# The medical start has learned from nine in ten of the chest films, the held-out ones among them, so that by it nothing can be
# told here. In its place stands a start learned on the other four sets, which the first run makes.
set -eu

data=$1
out=$2
shift 2
lantern=${LANTERN:-lantern}
recipes=$(cd "$(dirname "$0")/../../recipes" && pwd)
imagenet=$data/efficientnet-lite0-imagenet.safetensors
medical=$out/pretrained/medical-start-no-chest
clusters=${CLUSTERS:-0 1 3}
seeds=${SEEDS:-1 2}
side=${SIDE:-64}
mkdir -p "$out/pretrained" "$out/models"

train() {
  log=$1 recipe=$2; shift 2
  ! grep -q '^wrote' "$log" 2>/dev/null || return 0
  nice -n 19 "$lantern" train "$recipe" "$@" --checkpoints "$out" --leave-test --resume >"$log" 2>&1 || { tail -n 3 "$log"; exit 1; }
}

medical_start() {
  sed -e 's|^id = .*|id = "medical-start-no-chest"|; /^chest-pneumonia = /d; s|"no pneumonia", "pneumonia", ||' \
    -e 's|^finding = .*|finding = ["brain-mri/glioma"]|' "$recipes/medical-start.toml" >"$out/medical-start-no-chest.toml"
  train "$out/medical-start-no-chest.log" "$out/medical-start-no-chest.toml" --data "$data/brain-mri.zip" --data "$data/malaria-cells.zip" \
    --data "$data/breast-ultrasound.zip" --data "$data/blood-cells.zip" --from "$imagenet" --out "$medical"
}

# What an arm changes of the released recipe, for sed; and where its weights begin.
arm() {
  start=${1%%-*} epochs=${EPOCHS:-6} rate=0.001 balance=1.0 mixing=0.2
  network='{ family = "efficient_net_lite0", stages = 5, widen = false }'
  case $1 in
    # The network and the rate of chest-pneumonia 0.1.2. Nothing is learned yet, so that it takes longer.
    seeded*) network='{ family = "residual", widths = [24, 48, 96, 160], blocks = [1, 2, 2, 1] }' rate=0.002 epochs=${EPOCHS_SEEDED:-8} ;;
    imagenet* | medical*) ;;
    *) echo "there is no recipe $1" >&2; exit 2 ;;
  esac
  case $1 in
    *-even) balance=0.0 ;;
    *-unmixed) mixing=0.0 ;;
  esac
  change="s|^architecture = .*|architecture = $network|; s|^learning_rate = .*|learning_rate = $rate|"
  change="$change; s|^class_balance = .*|class_balance = $balance|; s|^mixup = .*|mixup = $mixing|"
}

# The line of the start, and the file.
begin() {
  from='' line=''
  case $start in
    imagenet) from=$imagenet; line=$(grep -h '^start = ' "$recipes/medical-start.toml") ;;
    medical)
      medical_start
      from=$medical/weights.safetensors
      line="start = { file = \"medical-start-no-chest\", sha256 = \"$(sha256sum "$from" | cut -d' ' -f1)\", mean = 0.498, std = 0.502 }" ;;
  esac
}

run() {
  id=chest-$1-cluster$2-seed$3
  arm "$1"
  begin
  sed -e "$change" -e "s|^id = .*|id = \"$id\"|; /^start = /d; s|^resize = .*|&\n$line|; s|^seed = .*|seed = $3|; s|^side = .*|side = $side|" \
    -e "s|^epochs = .*|epochs = $epochs|; s|^patience = .*|patience = $epochs|; s|^ema_decay = .*|ema_decay = 0.99|" \
    -e "s|^disturbed_copies = .*|disturbed_copies = 1\nacquisition = { clusters = 4, held_out = $2 }|" \
    "$recipes/chest-pneumonia.toml" >"$out/$id.toml"
  train "$out/$id.log" "$out/$id.toml" --data "$data/chest-pneumonia.zip" ${from:+--from "$from"} --out "$out/models/$id"
}

# The last epoch of each run, and for each seed the mean over its clusters.
table() {
  grep -H '^epoch [0-9]*: loss .*validation' "$out"/chest-*.log |
    sed 's|.*/chest-\(.*\)-cluster\(.\)-seed\([0-9]*\)\.log:epoch [0-9]*:.*AUC \(.*\), balanced accuracy \(.*\), disturbed AUC \([0-9.]*\),.*|\1 \2 \3 \4 \5 \6|' |
    awk '
      { run = $1 " " $2 " " $3; if (!(run in auc)) runs[++n] = run; auc[run] = $4; ba[run] = $5; dis[run] = $6 }
      END {
        print "| recipe | cluster held out | seed | AUC | balanced accuracy | AUC, disturbed |\n|---|---|---|---|---|---|"
        for (i = 1; i <= n; i++) {
          split(runs[i], of, " ")
          printf "| %s | %s | %s | %.4f | %.4f | %.4f |\n", of[1], of[2], of[3], auc[runs[i]], ba[runs[i]], dis[runs[i]]
          key = of[1] " " of[3]; if (!(key in count)) keys[++k] = key
          count[key]++; a[key] += auc[runs[i]]; b[key] += ba[runs[i]]; d[key] += dis[runs[i]]
        }
        print "\n| recipe | seed | clusters | mean AUC | mean balanced accuracy | mean AUC, disturbed |\n|---|---|---|---|---|---|"
        for (i = 1; i <= k; i++) {
          split(keys[i], of, " "); c = count[keys[i]]
          printf "| %s | %s | %d | %.4f | %.4f | %.4f |\n", of[1], of[2], c, a[keys[i]] / c, b[keys[i]] / c, d[keys[i]] / c
        }
      }'
}

[ $# -gt 0 ] || set -- seeded seeded-even imagenet imagenet-even medical
for seed in $seeds; do
  for cluster in $clusters; do
    for arm in "$@"; do
      run "$arm" "$cluster" "$seed"
    done
  done
done
table
