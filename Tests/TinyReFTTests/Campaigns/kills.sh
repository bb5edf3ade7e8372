#!/usr/bin/env bash
# Kills the real command (SIGKILL) at random moments, lets it go on with --resume, kills it again, and
# compares what it has written at last, byte for byte, with what a run wrote that nobody disturbed.
# A checkpoint is written after every step, so that about as many kills fall into the writing of one
# as into the work between two.
#
#     Tests/TinyReFTTests/Campaigns/kills.sh [KILLS] [SEED]      200 kills take 5 to 10 minutes
set -euo pipefail
cd "$(dirname "$0")/../../.."
wanted=${1:-200} RANDOM=${2:-1}
swift build -c release --quiet
tinyreft=$(swift build -c release --show-bin-path)/tinyreft
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

kills=0 runs=0

# What two runs have to share: every byte, but for a report's times and memory.
stable() {
  if [[ $1 == */report.json ]]; then
    grep -v -E '"(seconds|tokens_per_second|peak_memory_mb)"' "$1"
  else
    cat "$1"
  fi
}

is_over() { [ -e "$work/killed/report.json" ] || [ -e "$work/killed/model.safetensors" ]; }

# Repeats the command line until it is over, and kills it each time after up to $1 seconds.
survive() {
  local most=$1 status=1 words
  shift
  rm -rf "$work"/*
  "$tinyreft" "$@" --out "$work/whole" > "$work/log"
  while [ "$status" -ne 0 ]; do
    words=("$@" --out "$work/killed")
    [ ! -e "$work/killed/checkpoint.safetensors" ] || words=("$1" --resume "$work/killed")
    "$tinyreft" "${words[@]}" --checkpoint-every 0 > "$work/log" 2>&1 & pid=$!
    # On a line of its own: behind $( ) bash would draw from another generator, seeded by the clock.
    drawn=$RANDOM
    sleep "$(awk -v drawn="$drawn" -v most="$most" 'BEGIN { print drawn / 32768 * most }')"
    kill -9 "$pid" 2> /dev/null || true
    status=0
    { wait "$pid" || status=$?; } 2> /dev/null
    case $status in
      0) ;;
      137)
        kills=$((kills + 1))
        # Killed behind its last act: it is over.
        if [ ! -e "$work/killed/checkpoint.safetensors" ] && is_over; then status=0; fi
        ;;
      *) echo "exit code $status: ${words[*]}" && cat "$work/log" && exit 1 ;;
    esac
  done
  diff <(ls -A "$work/whole") <(ls -A "$work/killed")
  for file in "$work"/whole/*; do
    cmp <(stable "$file") <(stable "$work/killed/${file##*/}") ||
      { echo "${file##*/} differs: $*" && exit 1; }
  done
  runs=$((runs + 1))
}

seed=0
while [ "$kills" -lt "$wanted" ]; do
  seed=$((seed + 1))
  survive 2 train --task mirror --epochs 12 --batch-size 8 --dropout 0.1 --seed "$seed"
  survive 2 train --task quiz --method dora --epochs 6 --batch-size 8 --seed "$seed"
  survive 3 train --task kind --epochs 6 --batch-size 8 --seed "$seed"
  survive 2 pretrain --steps 300 --hidden 8 --seed "$seed"
  echo "$kills kills, $runs runs"
done
echo "kills survived: $kills, in $runs runs that all ended with the bytes of an undisturbed one"
