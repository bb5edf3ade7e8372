#!/usr/bin/env bash
# Shows how much of the library the tests run: line coverage of Sources/TinyReFT by folder and in all,
# and every line that no test reaches. Fails under 95 %. Lines that only an exit test reaches (a trap,
# which ends its process before it can say what it ran) count as not reached.
#
#     Tests/TinyReFTTests/Campaigns/coverage.sh           some five minutes on two cores
set -euo pipefail
cd "$(dirname "$0")/../../.."
export SWIFT_BACKTRACE=interactive=no,color=no
scratch=${TINYREFT_SCRATCH:-.build-coverage}
mkdir -p "$scratch"
swift test --enable-code-coverage --scratch-path "$scratch" < /dev/null > "$scratch/log" 2>&1 \
  || { grep '^✘' "$scratch/log" || tail -20 "$scratch/log"; exit 1; }

# llvm-cov stands beside the swift that runs.
swift=$(command -v xcrun > /dev/null && xcrun --find swift || command -v swift)
llvm_cov=$(dirname "$(readlink -f "$swift")")/llvm-cov
build=$(swift build --show-bin-path --scratch-path "$scratch")
tests=$(find "$build" -maxdepth 1 -name '*PackageTests.xctest')
[[ ! -d $tests ]] || tests=$(find "$tests/Contents/MacOS" -type f)
"$llvm_cov" export -format=lcov -instr-profile "$build/codecov/default.profdata" "$tests" \
  > "$scratch/lcov"

# SF: a file, DA: a line and how often it ran.
awk -F '[:,]' -v root="$PWD/" '
  /^SF:/ { file = substr($0, 4); sub(root, "", file); wanted = file ~ /^Sources\/TinyReFT\// }
  /^DA:/ && wanted {
    split(file, part, "/"); folder = part[3]
    lines[folder]++; all++
    if ($3 > 0) { run[folder]++; allRun++ } else print "not reached: " file ":" $2
  }
  END {
    for (folder in lines)
      printf "%-12s %5d of %5d lines, %.1f %%\n", folder, run[folder], lines[folder],
        100 * run[folder] / lines[folder] | "sort"
    close("sort")
    printf "coverage: %d of %d lines of Sources/TinyReFT, %.2f %%\n", allRun, all, 100 * allRun / all
    exit allRun < 0.95 * all
  }' "$scratch/lcov"
