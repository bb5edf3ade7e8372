#!/usr/bin/env bash
# Runs the tensor's kernels on processors that this machine may not be: compiles Sources/TinyReFT/Tensor
# with KernelChecks.swift for each, and compares with plain loops in Double. arm64 is emulated; so far as
# kernels go, that is what a Mac with Apple silicon computes. Prints the checks, the tile, and fingerprints of
# the bits of a product and of exponentials. The x86-64 ones are run where this machine is one.
#
#     Tests/TinyReFTTests/Campaigns/processors.sh          half a minute
#
# Needs Linux and, on Debian: apt-get install qemu-user gcc-aarch64-linux-gnu libc6-dev-arm64-cross
set -euo pipefail
cd "$(dirname "$0")/../../.."
checks=Tests/TinyReFTTests/Campaigns/KernelChecks.swift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
swift_home=$(dirname "$(dirname "$(readlink -f "$(command -v swift)")")")
cp Sources/TinyReFT/Tensor/*.swift Sources/TinyReFT/Files/Fingerprint.swift "$checks" "$work"
cd "$work"
flags=(-swift-version 6 -parse-as-library -O -wmo -module-name TinyReFT)

if [[ $(uname -m) == x86_64 ]]; then
  build() { # name, flags
    swiftc "${flags[@]}" "${@:2}" ./*.swift -o checks
    echo "== $1"
    ./checks
  }
  build "x86-64, any"
  if grep -q -m1 ' avx2 ' /proc/cpuinfo; then build "x86-64, AVX2" -Xcc -march=x86-64-v3 -DNATIVE_VECTORS; fi
  if grep -q -m1 ' avx512f ' /proc/cpuinfo; then
    build "x86-64, AVX-512" -Xcc -march=native -DNATIVE_VECTORS -DWIDE_VECTORS
  fi
fi

# Embedded Swift, over a C library: it has no Foundation, Codable, threads, or key paths as functions.
sed -i -e '/^import Foundation$/d' -e 's/Foundation\.exp/exp/' -e 's/, Codable//' \
  -e 's/flatMap(\\\.self)/flatMap({ $0 })/' -e 's/flatMap(\\\.elements)/flatMap({ $0.elements })/' \
  -e 's/map(\\\.columns)/map({ $0.columns })/' ./*.swift
cat > Parallel.swift << 'SWIFT'
enum Parallel { static let threads = 1 }
func parallelMap<Result>(count: Int, threads: Int, _ body: (Int) -> Result) -> [Result] {
  (0..<count).map(body)
}
@_silgen_name("exp") func exp(_ x: Double) -> Double
@_silgen_name("log") func log(_ x: Double) -> Double
@_silgen_name("cos") func cos(_ x: Double) -> Double
// What hash tables are seeded with: no randomness is needed here.
@_cdecl("arc4random_buf") public func noRandomness(_ bytes: UnsafeMutableRawPointer, _ count: Int) {
  unsafe bytes.initializeMemory(as: UInt8.self, repeating: 7, count: count)
}
SWIFT
gcc=$(find /usr/lib/gcc-cross/aarch64-linux-gnu -maxdepth 1 -mindepth 1 | sort | tail -1)
sys=/usr/aarch64-linux-gnu
for kind in Float Double; do
  [[ $kind == Float ]] && debug=() || debug=(-DDEBUG)
  swiftc -target aarch64-none-none-elf -enable-experimental-feature Embedded "${flags[@]}" "${debug[@]}" \
    -c ./*.swift -o checks.o
  "$swift_home/bin/clang" --target=aarch64-linux-gnu -fuse-ld=lld -static --sysroot=$sys -B"$gcc" -L"$gcc" \
    -L$sys/lib checks.o "$swift_home/lib/swift/embedded/aarch64-none-none-elf/libswiftUnicodeDataTables.a" \
    -lm -o checks
  echo "== arm64, $kind"
  qemu-aarch64 ./checks
done
