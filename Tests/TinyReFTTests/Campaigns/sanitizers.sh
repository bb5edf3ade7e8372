#!/usr/bin/env bash
# Shows that the suite is clean under the thread sanitizer and under the address sanitizer: no two
# threads touch a number at once, and nothing is read or written out of its bounds. That holds for the
# tests' own process, for the programs that tests run, and for the processes of exit tests.
#
#     Tests/TinyReFTTests/Campaigns/sanitizers.sh         some half an hour on two cores
#     Tests/TinyReFTTests/Campaigns/sanitizers.sh thread  one of the two
set -euo pipefail
cd "$(dirname "$0")/../../.."
reports=$(mktemp -d)
trap 'rm -rf "$reports"' EXIT
# An exit test is a process that traps, and there are 70. Each would print a backtrace, for which it
# reads all debug information of a program made much larger by the sanitizer: a run that seems to hang.
export SWIFT_BACKTRACE=enable=no
# Reports go to files, so that none is lost in a process whose output nobody reads. Leaks are not
# looked for: what Foundation holds until the end would be one.
export TSAN_OPTIONS="log_path=$reports/thread"
export ASAN_OPTIONS="log_path=$reports/address detect_leaks=0"

for name in ${1:-thread address}; do
  log=".build-$name.log"
  swift test --sanitize="$name" --scratch-path ".build-$name" < /dev/null > "$log" 2>&1 \
    || { grep '^✘' "$log" || tail -20 "$log"; echo "FAILED: $name sanitizer"; exit 1; }
  found=$(find "$reports" -type f | wc -l | tr -d ' ')
  [[ $found == 0 ]] || { head -40 "$reports"/*; echo "FAILED: $found reports"; exit 1; }
  echo "$name sanitizer: $(grep -o 'Test run with .* passed' "$log"), 0 reports"
done
