#!/usr/bin/env bash
# Shows that the suite is clean under the thread sanitizer and under the address sanitizer: no two
# threads touch a number at once, and nothing is read or written out of its bounds. That holds for the
# tests' own process, for the programs that tests run, and for the processes of exit tests.
#
#     Tests/TinyReFTTests/Campaigns/sanitizers.sh           an hour or so on two cores
#     Tests/TinyReFTTests/Campaigns/sanitizers.sh address   one of the two
#
# Nothing is printed for a long time under the thread sanitizer, where arithmetic is slower by far, and
# exit tests that have ended wait for a free core to be noticed: that is no hang. Left out there are the
# gradient checks, thousands of forward passes of one thread alone, and a full disk, on which the sanitizer
# has no room either. Left out under both are a program that is linked without the sanitizer, and a bound
# on memory, of which sanitizers take more.
set -euo pipefail
cd "$(dirname "$0")/../../.."
reports=$(mktemp -d)
suppressed=$(mktemp)
trap 'rm -rf "$reports" "$suppressed"' EXIT
# An exit test is a process that traps, and there are 70. For a backtrace, each would read all debug
# information of a program that the sanitizer has made much larger.
export SWIFT_BACKTRACE=enable=no
# Reports go to files, so that none is lost in a process whose output nobody reads. Leaks are not
# looked for: what Foundation holds until the end would be one.
# The thread sanitizer does not see that Swift's Mutex locks. Closures with a parameter that is `inout
# sending`, which these letters of a mangled name mean, are what a Mutex calls, and are left out.
echo 'race:zYu*YTXEfU_' > "$suppressed"
export TSAN_OPTIONS="log_path=$reports/thread suppressions=$suppressed"
export ASAN_OPTIONS="log_path=$reports/address detect_leaks=0"

for name in ${1:-thread address}; do
  scratch=".build-$name"
  skip=(--skip LibraryTests/program --skip HostileClaimsTests/memory)
  [[ $name != thread ]] || skip+=(--skip gradients --skip ResumeTests/fullDisk)
  mkdir -p "$scratch"
  swift test --sanitize="$name" --scratch-path "$scratch" "${skip[@]}" \
    < /dev/null > "$scratch/log" 2>&1 \
    || { grep '^✘' "$scratch/log" || tail -20 "$scratch/log"; echo "FAILED: $name sanitizer"; exit 1; }
  found=$(find "$reports" -type f | wc -l | tr -d ' ')
  [[ $found == 0 ]] || { head -40 "$reports"/*; echo "FAILED: $found reports"; exit 1; }
  # Fails where no test ran.
  summary=$(grep -o 'Test run with [1-9].* passed' "$scratch/log")
  echo "$name sanitizer: $summary, 0 reports"
done
