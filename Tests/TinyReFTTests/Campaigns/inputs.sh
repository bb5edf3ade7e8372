#!/usr/bin/env bash
# Hostile input: what every reader does with files that were changed to hurt it.
#
# Shows that no input out of hundreds of thousands crashes a reader, takes more than 10 seconds, makes
# the process grow beyond a stated bound, gets an error that is not one of ours on one line, or changes
# a file; and that what is read can be used. The same tests as `swift test`, only with more inputs.
#
#     Tests/TinyReFTTests/Campaigns/inputs.sh [INPUTS]      300,000 in all by default: some 15 minutes
#
# Every part of 5,000 inputs is a process of its own, so that a crash names its part; the command that
# it prints then tells the input. Ends with one line for each reader and a summary.
set -euo pipefail
cd "$(dirname "$0")/../../.."
export SWIFT_BACKTRACE=interactive=no,color=no

readers="base shards safetensors tokenizer task interventions adapter classifier
checkpoint report settings flags"
inputs=${1:-300000}
each=$(((inputs + 11) / 12))
part=5000
log=$(mktemp)
trap 'rm -f "$log"' EXIT
swift build --build-tests

broken=0
run() {  # the name of a test, and settings
  local filter=$1 && shift
  env "$@" swift test --skip-build --filter "$filter" < /dev/null >> "$log" 2>&1 && return
  broken=$((broken + 1))
  grep -E "✘|Fatal error" "$log" | tail -5 || true
  echo "broken: TINYREFT_TRACE=1 $* swift test --filter '$filter'"
}

for reader in $readers; do
  filter="HostileInputTests/$reader"
  if [ "$reader" = flags ]; then filter="HostileFlagsTests/parsing"; fi
  for ((first = 0; first < each; first += part)); do
    count=$((each - first < part ? each - first : part))
    run "$filter" TINYREFT_INPUTS=$count TINYREFT_FIRST=$first
  done
done
run "HostileSizesTests" TINYREFT_SCALE=10
run "HostileFlagsTests/program" TINYREFT_RUNS=200
run "Hostile(Claims|Paths|Files)Tests"

# inputs: reader, inputs, accepted, refused, slowest in seconds, growth in 10^6 bytes
grep -a "^inputs:" "$log" | awk '
  { n[$2] += $3; a[$2] += $4; r[$2] += $5
    if ($6 > s[$2]) s[$2] = $6
    if ($7 > m[$2]) m[$2] = $7
    total += $3 }
  END {
    printf "%-14s %8s %8s %8s %10s %10s\n", "reader", "inputs", "read", "refused", "slowest s", "growth MB"
    for (x in n) printf "%-14s %8d %8d %8d %10.3f %10.1f\n", x, n[x], a[x], r[x], s[x], m[x]
    printf "%d inputs\n", total }'
sizes=$(grep -a "^sizes:" "$log" | awk '{ if ($(NF-1) > most) most = $(NF-1) } END { print NR, "sizes, the slowest", most, "s" }')
tried=$(grep -a "^inputs:" "$log" | awk '{ n += $3 } END { print n + 0 }')
echo "inputs: $tried, and $sizes; parts that broke a promise: $broken"
# A reader that no test has any more would go unnoticed.
[ "$broken" -eq 0 ] && [ "$tried" -ge "$inputs" ]
