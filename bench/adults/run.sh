#!/bin/sh
# Which start is best for the adults' chest films, the eye's ground and the skin by phone: cross-validated, patients kept apart.
# The training split of each archive is cut into five parts, patients whole and each class spread evenly over them; a part is held
# out while the others are learned from. The test splits are not unpacked, so that nothing here can have seen them.
#
# usage: run.sh DATA OUT SET START...; SET is tb-screen, chest-adult, skin-phone or fundus-dr. A START names weights to begin from,
# and may end in a change of the recipe:
#   imagenet   EfficientNet-Lite0's        medical   pretrained/medical-start        child   models/chest-pneumonia
#   skin       models/skin-lesion          retina    models/retina-grade (baselines/, once it lies there)
#   any other  a bundle's folder by that name in OUT/pretrained
#   -light (little imitation of other machines), -even and -balanced (images count alike, or classes), -grey, -five and -six (stages),
#   -sideN (N pixels a side), -rateN (a rate of N in 10,000), -unmixed, -epochsN, -field and -squash (how an image becomes square), -tint and -untinted
# Needs the companion (LANTERN, default: lantern on PATH) and unzip. FOLDS (default 0 1 2 3 4), SEEDS (1) and OPTIONS of `lantern train`
# (such as --device cuda) may be set. Fold `all` learns from the whole training split with the recipe's own validation. A run that is
# finished is not run again; without a START only the folds are made. At the end it prints what all runs of the set in OUT came to.
#
# The films of tb-screen are of one hospital. To see more than that, its networks also look at another hospital's films: the training
# split of chest-adult-rsna, opacities against normal films. They are not tuberculosis, but most of tuberculosis is opacity.
set -eu

data=$1
out=$2
set=$3
shift 3
lantern=${LANTERN:-lantern}
root=$(cd "$(dirname "$0")/../.." && pwd)
folds=${FOLDS:-0 1 2 3 4}
seeds=${SEEDS:-1}
mkdir -p "$out/models" "$out/pretrained"

case $set in
  tb-screen) archive=tb-shenzhen; group=patient_id ;;
  chest-adult) archive=chest-adult-rsna; group=patient_id ;;
  skin-phone) archive=skin-phone; group=patient_id ;;
  fundus-dr) archive=fundus-idrid; group=image ;;
  *) echo "there is no set $set" >&2; exit 2 ;;
esac

# Links to the files of the training split, those of fold $1 as validation. The columns that matter stand before any with a comma in it.
fold() {
  here=$out/folds/$1/$archive
  [ ! -e "$here/manifest.csv" ] || return 0
  all=$out/train/$archive
  [ -d "$all" ] || unzip -q "$data/$archive.zip" "$archive/train/*" "$archive/manifest.csv" -d "$out/train"
  mkdir -p "$here"
  # Groups in the order of the hash of their name; the groups of each first class go round the folds.
  awk -F, -v group="$group" 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next } /^train\// { print $(at[group]) "," $2 }' "$all/manifest.csv" |
    sort -u -t, -k1,1 | while IFS=, read -r name class; do
      printf '%s,%s,%s\n' "$(printf %s "$name" | sha256sum | cut -c1-16)" "$class" "$name"
    done | sort | awk -F, -v fold="$1" 'n[$2]++ % 5 == fold { print $3 }' >"$here/held"
  awk -F, -v group="$group" '
    NR == FNR { held[$1]; next }
    FNR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; print; next }
    /^train\// { if ($(at[group]) in held) sub(/^train/, "val"); print }' "$here/held" "$all/manifest.csv" >"$here/manifest.part"
  awk -F, 'NR > 1 { print $1 }' "$here/manifest.part" | while read -r path; do
    mkdir -p "$here/${path%/*}"
    ln -f "$all/train/${path#*/}" "$here/$path"
  done
  mv "$here/manifest.part" "$here/manifest.csv"
}

# Another hospital's opacities under the names that tb-screen knows.
elsewhere() {
  [ ! -e "$out/elsewhere/val/TB" ] || return 0
  [ -d "$out/train/chest-adult-rsna" ] ||
    unzip -q "$data/chest-adult-rsna.zip" 'chest-adult-rsna/train/*' chest-adult-rsna/manifest.csv -d "$out/train"
  mkdir -p "$out/elsewhere/val"
  cp -rl "$out/train/chest-adult-rsna/train/NORMAL" "$out/elsewhere/val/NORMAL"
  cp -rl "$out/train/chest-adult-rsna/train/LUNG_OPACITY" "$out/elsewhere/val/TB"
}

# Where the weights begin, and what else is changed of the recipe, for sed.
arm() {
  name=$1 change=''
  case ${name%%-*} in
    imagenet) from=$data/efficientnet-lite0-imagenet.safetensors ;;
    medical) from=$root/pretrained/medical-start/weights.safetensors ;;
    child) from=$root/models/chest-pneumonia/weights.safetensors ;;
    skin) from=$root/models/skin-lesion/weights.safetensors ;;
    retina) from=$root/models/retina-grade/weights.safetensors; [ -e "$from" ] || from=$root/baselines/retina-grade/weights.safetensors ;;
    *) from=$out/pretrained/${name%%-*}/weights.safetensors ;;
  esac
  change="s|^start = .*|start = { file = \"${name%%-*}\", sha256 = \"$(sha256sum "$from" | cut -d' ' -f1)\", mean = 0.498, std = 0.502 }|"
  for part in $(echo "$name" | tr - ' ' | cut -s -d' ' -f2-); do
    case $part in
      light) change="$change; s|^crop = .*|crop = 0.85|; s|^stretch = .*|stretch = 1.1|; s|^contrast = .*|contrast = 1.2|; s|^gamma = .*|gamma = 1.2|
        s|^blur = .*|blur = 0.1|; s|^noise = .*|noise = 0.1|; s|^low_resolution = .*|low_resolution = 0.1|" ;;
      even) change="$change; s|^class_balance = .*|class_balance = 0.0|" ;;
      balanced) change="$change; s|^class_balance = .*|class_balance = 1.0|" ;;
      field) change="$change; s|^resize = .*|resize = \"field\"|" ;;
      squash) change="$change; s|^resize = .*|resize = \"squash\"|" ;;
      tint) change="$change; /^tint/d; s|^blur = |tint = 1.3\n&|" ;;
      untinted) change="$change; /^tint/d" ;;
      grey) change="$change; s|^channels = .*|channels = 1|" ;;
      five) change="$change; s|stages = [0-9]|stages = 5|" ;;
      six) change="$change; s|stages = [0-9]|stages = 6|" ;;
      rate*) change="$change; s|^learning_rate = .*|learning_rate = $(awk "BEGIN { print ${part#rate} / 10000 }")|" ;;
      unmixed) change="$change; s|^mixup = .*|mixup = 0.0|" ;;
      side*) change="$change; s|^side = .*|side = ${part#side}|; /^first_side/d" ;;
      epochs*) change="$change; s|^epochs = .*|epochs = ${part#epochs}|; s|^patience = .*|patience = ${part#epochs}|" ;;
      *) echo "there is no change $part" >&2; exit 2 ;;
    esac
  done
}

run() {
  id=$set-$1-fold$2-seed$3
  [ ! -e "$out/$id.val" ] && [ ! -e "$out/$id.whole" ] || return 0
  arm "$1"
  if [ "$2" = all ]; then
    # A bundle to be released is called what its recipe says.
    here=$data/$archive.zip called=$set
  else
    here=$out/folds/$2/$archive called=$id
    change="$change; s|^fraction = .*|fraction = 0.0|"
  fi
  sed -e "$change" -e "s|^id = .*|id = \"$called\"|; s|^seed = .*|seed = $3|" "$root/recipes/$set.toml" >"$out/$id.toml"
  # A folder of its own, because a gate knows all that lies beside.
  # shellcheck disable=SC2086
  nice -n 19 "$lantern" train "$out/$id.toml" --data "$here" --from "$from" --out "$out/models/$id/$id" --checkpoints "$out/checkpoints/$id" --leave-test --resume ${OPTIONS:-} \
    >"$out/$id.log" 2>&1 || { tail -n 3 "$out/$id.log"; exit 1; }
  if [ "$set" = tb-screen ]; then
    elsewhere
    nice -n 19 "$lantern" evaluate "$out/models/$id/$id" --data "$out/elsewhere" --split val >"$out/$id.elsewhere" 2>/dev/null
  fi
  if [ "$2" = all ]; then
    touch "$out/$id.whole"
    return
  fi
  nice -n 19 "$lantern" evaluate "$out/models/$id/$id" --data "$here" --split val >"$out/$id.part" 2>/dev/null
  mv "$out/$id.part" "$out/$id.val"
}

# For each start and seed the mean over its folds and, in brackets, the deviation between them.
table() {
  for val in "$out/$set"-*.val; do
    [ -e "$val" ] || continue
    run=$(basename "$val" .val)
    name=${run#"$set"-} other=${val%.val}.elsewhere
    [ -e "$other" ] || other=/dev/null
    printf '%s %s ' "${name%-fold*}" "${name##*-seed}"
    awk '
      FNR == NR && /^ +auc +[0-9]/ { macro = $2 }
      FNR == NR && /^ +finding_auc +[0-9]/ { own = $2 }
      FNR == NR && /^ +balanced_accuracy +/ { balanced = $2 }
      FNR == NR && /^ +view: PA +n/ { pa = part() }
      FNR == NR && /^ +view: AP +n/ { ap = part() }
      FNR != NR && /^ +finding_auc +[0-9]/ { other = $2 }
      function part(    all) { all = $0; return sub(/.*finding_auc /, "", all) ? all + 0 : "" }
      END { print own, balanced, macro, blank(pa), blank(ap), blank(other) }
      function blank(value) { return value == "" ? "-" : value }' "$val" "$other" | tr '\n' ' '
    # The last epoch chose nothing.
    sed -n 's|^epoch [0-9]*: .*validation AUC \([0-9.]*\), .*disturbed AUC \([0-9.]*\),.*|\1 \2|p' "${val%.val}.log" | tail -n 1
  done | awk '
    { key = $1 " " $2; if (!(key in n)) keys[++k] = key; n[key]++
      for (i = 3; i <= NF; i++) if ($i != "-") { sum[key, i] += $i; square[key, i] += $i * $i; count[key, i]++ } }
    function cell(key, i,    c, mean, left) {
      c = count[key, i]; if (!c) return "-"
      mean = sum[key, i] / c
      if (c == 1) return sprintf("%.3f", mean)
      left = (square[key, i] - c * mean * mean) / (c - 1)
      return sprintf("%.3f (%.3f)", mean, sqrt(left > 0 ? left : 0))
    }
    END {
      print "| start | seed | folds | AUC of the finding | balanced accuracy | mean AUC of the classes | among PA | among AP | elsewhere | last epoch: AUC | disturbed AUC |"
      print "|---|---|---|---|---|---|---|---|---|---|---|"
      for (j = 1; j <= k; j++) {
        split(keys[j], of, " "); line = "| " of[1] " | " of[2] " | " n[keys[j]]
        for (i = 3; i <= 10; i++) line = line " | " cell(keys[j], i)
        print line " |"
      }
    }'
}

for number in $folds; do
  [ "$number" = all ] || fold "$number"
done
for seed in $seeds; do
  for number in $folds; do
    for start in "$@"; do
      run "$start" "$number" "$seed"
    done
  done
done
table
