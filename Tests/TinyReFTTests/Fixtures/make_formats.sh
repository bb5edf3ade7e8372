#!/usr/bin/env bash
# Makes formats/VERSION: a folder of every kind that this program writes and reads again, as the
# program of that format version wrote it. FormatVersionTests reads each of them for ever.
#
# Run it once, when FormatVersion.current was raised, with the program that writes the new version:
#
#     swift build -c release && Tests/TinyReFTTests/Fixtures/make_formats.sh 2
#
# A version that is there is not made again: it stands for what users have on their disks. It prints
# what `eval` says of each folder, for the literals of the test.
set -euo pipefail
cd "$(dirname "$0")"
out="formats/$1"
tinyreft=${TINYREFT:-../../../.build/release/tinyreft}
[[ ! -e $out ]] || { echo "$out is there; an old version is never made again" >&2; exit 1; }
mkdir -p "$out/task" "$out/labels"

for split in train dev test; do
  printf '{"prompt":"do %s","completion":"%s"}\n' ab AB cd CD ef EF > "$out/task/$split.jsonl"
  printf '{"text":"%s","label":"%s"}\n' ab up cd down ef up > "$out/labels/$split.jsonl"
done
"$tinyreft" pretrain --hidden 8 --steps 20 --out "$out/base" > /dev/null

train() {  # name task flags …
  "$tinyreft" train --base "$out/base" --task "$out/$2" --epochs 8 --batch-size 2 \
    --learning-rate 0.05 --out "$out/$1" "${@:3}" > /dev/null
  rm "$out/$1/loss.svg"
  [[ $1 == loreft ]] || rm "$out/$1/report.json"  # one is enough
  echo "$1 $("$tinyreft" eval --base "$out/base" --task "$out/$2" --interventions "$out/$1" --json)"
}

edits="--rank 2 --layers 1,3"
for method in loreft direft noreft consreft lobireft orthonormal-direft; do
  train $method task --method $method $edits --positions f1+l2
done
train loreft-layer task $edits --positions f1+l2 --sharing layer
train loreft-position task $edits --positions f1+l2 --sharing position
train loreft-every task $edits --positions every
train classifier labels $edits --positions l1
for method in lora dora; do train $method task --method $method $edits --alpha 4 --matrices q,down; done
for method in series-adapter parallel-adapter prefix-tuning; do
  train $method task --method $method $edits
done
train red task --method red --layers 1,3
for method in prompt-tuning p-tuning; do train $method task --method $method --rank 2; done
for method in ln-tuning last-layer full; do train $method task --method $method; done
