#!/bin/sh
# Times training steps on an NVIDIA GPU against PyTorch on the same GPU, in turns.
#
# usage: NETWORKS=FOLDER OUT=FOLDER STEP=PROGRAM [PYTHON=python3] bench/training/gpu.sh
#
# NETWORKS  the networks: a folder for each with graph.json (bench/networks.rs)
# OUT       where gpu.json goes
# STEP      the program that times our steps (bench/training/gpu_step.rs)
# PYTHON    an interpreter with PyTorch for CUDA
set -eu

here=$(cd "$(dirname "$0")" && pwd)
: "${NETWORKS:?says where the networks are}" "${OUT:?says where the results go}" "${STEP:?says which program times our steps}"
python=${PYTHON:-python3}
say() { printf 'bench: %s\n' "$*"; }

command -v nvidia-smi >/dev/null || { say "there is no NVIDIA driver on this machine: nothing can be measured" >&2; exit 2; }
"$python" -c 'import torch; assert torch.cuda.is_available()' 2>/dev/null || { say "$python has no PyTorch that sees a GPU; name another with PYTHON=" >&2; exit 2; }
nvidia-smi --query-gpu=name,driver_version,utilization.gpu --format=csv,noheader
mkdir -p "$OUT"
for network in plain-128 lite0-128 chest-pneumonia brain-mri skin-lesion breast-ultrasound; do
  for precision in f32 bf16; do
    for batch in 32 256; do
      # In turns, so that what disturbs the machine disturbs both.
      for turn in 1 2; do
        "$STEP" "$network" "$NETWORKS/$network/graph.json" "$batch" "$precision" 200
        "$python" "$here/gpu.py" "$NETWORKS/$network/graph.json" --batch "$batch" --precision "$precision" --steps 200
      done
    done
  done
done >"$OUT/gpu.rows"
sed '1s/^/[/; $!s/$/,/; $s/$/]/' "$OUT/gpu.rows" >"$OUT/gpu.json"
"$python" "$here/gpu.py" --table "$OUT/gpu.json"
say "the results are in $OUT/gpu.json"
