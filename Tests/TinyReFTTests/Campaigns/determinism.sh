#!/usr/bin/env bash
# Shows that the same seed gives the same bits: every command that computes or writes, on the toy
# world's own data, on 1, 2, 3 and 8 threads, each a run of its own, in a release build. The files have
# to be equal byte for byte, but for seconds, memory and the number of threads itself.
#
#     Tests/TinyReFTTests/Campaigns/determinism.sh        some ten minutes on two cores
set -euo pipefail
cd "$(dirname "$0")/../../.."
swift build -c release > /dev/null
tinyreft=$PWD/.build/release/tinyreft
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# What two runs may differ in is taken out of the copies that are compared.
strip() {
  find "$1" \( -name report.json -o -name comparison.json \) -print0 | while IFS= read -r -d '' f; do
    sed -E -e 's/"(seconds|tokens_per_second|peak_memory_mb|threads)" : [^,]*//' \
      -e 's/--threads [0-9]+//' "$f" > "$f.new" && mv "$f.new" "$f"
  done
  find "$1" -name comparison.md -print0 | while IFS= read -r -d '' f; do
    sed -E 's/[0-9.]+ \| [0-9]+ (\| [0-9.]+ \|)$/\1/' "$f" > "$f.new" && mv "$f.new" "$f"
  done
}

run() {  # threads folder: everything, into the folder
  local t="--threads $1" out="$2"
  mkdir -p "$out"
  for method in loreft direft noreft consreft lobireft orthonormal-direft lora dora series-adapter \
    parallel-adapter red prefix-tuning prompt-tuning p-tuning ln-tuning last-layer full; do
    "$tinyreft" train --task loud --method $method --epochs 1 $t --out "$out/$method" > /dev/null
  done
  "$tinyreft" train --task so --dropout 0.1 --epochs 2 $t --out "$out/so" > /dev/null
  "$tinyreft" train --task mirror --positions every --epochs 1 $t --out "$out/every" > /dev/null
  "$tinyreft" train --task kind --epochs 2 $t --out "$out/kind" > /dev/null
  "$tinyreft" eval --task so --interventions "$work/first" --json $t > "$out/eval.json"
  "$tinyreft" eval --task kind --interventions "$work/kind" --json $t > "$out/labels.json"
  "$tinyreft" generate --prompt 'do pig -> ' --temperature 1 --interventions "$work/first" \
    $t > "$out/text"
  "$tinyreft" pretrain --steps 60 $t --out "$out/base" > /dev/null
  "$tinyreft" das --decoder-steps 200 --steps 20 --pairs 160 --json $t > "$out/das.json"
  "$tinyreft" sweep --task loud --ranks 1,2 --seeds 2 $t --out "$out/sweep" > /dev/null
  "$tinyreft" compare --methods loreft,red --tasks loud --seeds 2 $t --out "$out/compare" > /dev/null
  "$tinyreft" study steering --json $t > "$out/steering.json"
  "$tinyreft" trace --tokens 256,100,111,32 --prompt-length 3 --out "$out/trace" > /dev/null
  "$tinyreft" world --out "$out/world" > /dev/null
  strip "$out"
}

# What some commands start from.
"$tinyreft" train --task so --epochs 1 --out "$work/first" > /dev/null
"$tinyreft" train --task kind --epochs 1 --out "$work/kind" > /dev/null
for threads in 1 2 3 8; do run $threads "$work/$threads"; done
for threads in 2 3 8; do
  diff -rq "$work/1" "$work/$threads" || { echo "FAILED: $threads threads give other bits"; exit 1; }
done
echo "determinism: $(find "$work/1" -type f | wc -l | tr -d ' ') files, the same bytes on 1, 2, 3 and 8 threads"
