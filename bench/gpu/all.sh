#!/bin/sh
# Everything that only a real NVIDIA GPU can show, in parts with a time limit each. Needs no Rust and no compiler on that machine: only
# its driver, and Python with PyTorch, whose libraries of CUDA are used.
#
# usage: PROGRAMS=FOLDER DATA=FOLDER OUT=FOLDER [PYTHON=python3] bench/gpu/all.sh [PART...]
#
# PART   facts (driver, GPU, libraries), tests (tests/cuda.rs), steps (training steps against PyTorch), train (one whole bundle),
#        sweep (the bundle that misses most); default: all
# PROGRAMS  `lantern`, `gpu_step` and `cuda` (the test program), built with --features cuda, and `networks` (bench/networks.rs)
# DATA   blood-cells.zip, breast-ultrasound.zip, chest-pneumonia.zip and efficientnet-lite0-imagenet.safetensors
# OUT    where each part writes PART.txt, and steps its rows too
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
: "${PROGRAMS:?says where the programs are}" "${DATA:?says where the data sets are}" "${OUT:?says where the results go}"
python=${PYTHON:-python3}
mkdir -p "$OUT"
absolute() { (cd "$1" && pwd); }
PROGRAMS=$(absolute "$PROGRAMS") DATA=$(absolute "$DATA") OUT=$(absolute "$OUT")

# The libraries that PyTorch brings, also by the names without a version.
libraries() {
  mkdir -p "$OUT/links"
  for folder in $("$python" -c 'import nvidia, glob; print(*(f for p in nvidia.__path__ for f in glob.glob(p + "/*/lib")))'); do
    for library in "$folder"/libcublas.so.* "$folder"/libnvrtc.so.* "$folder"/libnccl.so.*; do
      [ ! -e "$library" ] || ln -sf "$library" "$OUT/links/$(basename "$library" | sed 's/\.so\..*/.so/')"
    done
    printf '%s:' "$folder"
  done
  printf '%s' "$OUT/links"
}

facts() {
  date -u
  nvidia-smi --query-gpu=name,driver_version,memory.total,clocks.max.sm,utilization.gpu --format=csv
  nproc
  "$python" -c 'import torch; print("PyTorch", torch.__version__, torch.cuda.get_device_name(0))'
  ls -l "$OUT/links"
  "$PROGRAMS/lantern" --version
}

tests() {
  LANTERN_GPU=1 LANTERN_DATA=$DATA "$PROGRAMS/cuda" --test-threads=1 --nocapture
}

steps() {
  : >"$OUT/steps.jsonl"
  # In turns, so that what disturbs the machine disturbs both.
  for _ in $(seq "${TURNS:-2}"); do
    for network in lite0-160 lite0-cut-160; do
      graph=$PROGRAMS/networks/$network/graph.json
      for precision in bf16 f32; do
        for batch in 32 256; do
          "$PROGRAMS/gpu_step" "$network" "$graph" "$batch" "$precision" 100 >>"$OUT/steps.jsonl"
        done
      done
    done
    "$python" "$root/bench/training/gpu.py" "$PROGRAMS/networks/lite0-160/graph.json" "$PROGRAMS/networks/lite0-cut-160/graph.json" \
      --precision bf16 f32 --batch 32 256 --steps 100 >>"$OUT/steps.jsonl"
  done
  "$python" "$root/bench/training/gpu.py" --table "$OUT/steps.jsonl"
}

# A bundle's folder lies beside the others' common extractor.
begin() {
  rm -rf "$OUT/$1"
  mkdir -p "$OUT/$1"
  cp "$root/models/extractor.safetensors" "$OUT/$1/"
}

train() {
  begin gpu-models
  cd "$root"
  "$PROGRAMS/lantern" train recipes/blood-cells.toml --data "$DATA/blood-cells.zip" --from pretrained/medical-start --out "$OUT/gpu-models/blood-cells" \
    --checkpoints "$OUT/checkpoints" --device cuda --force
}

sweep() {
  begin gpu-sweep
  "$PROGRAMS/lantern" sweep "$here/breast.toml" --data "$DATA/breast-ultrasound.zip" --from "$DATA/efficientnet-lite0-imagenet.safetensors" \
    --out "$OUT/gpu-sweep" --device cuda
}

# One part is run in a process of its own, which can be stopped.
if [ "${PART:-}" ]; then
  "$PART"
  exit
fi
paths=$(libraries)
export PROGRAMS DATA OUT LD_LIBRARY_PATH="$paths${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
failed=0
for part in ${*:-facts tests steps train sweep}; do
  case $part in
    facts) limit=60 ;;
    tests | steps | train) limit=180 ;;
    sweep) limit=240 ;;
    *) echo "there is no part $part" >&2; exit 2 ;;
  esac
  began=$(date +%s)
  status=0
  PART=$part timeout -k 5 "$limit" sh "$0" >"$OUT/$part.txt" 2>&1 || status=$?
  echo "$part: exit status $status after $(($(date +%s) - began)) s"
  [ $status = 0 ] || failed=1
done
exit $failed
