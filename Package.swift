// swift-tools-version: 6.3
import Foundation
import PackageDescription

// Unsafe code must say so, in every target. Where this is tested any warning is an error; elsewhere a
// newer compiler may have more of them, and builds all the same.
var strict: [SwiftSetting] = [
  .strictMemorySafety(), .treatWarning("StrictMemorySafety", as: .error),
]
if ProcessInfo.processInfo.environment["CI"] != nil {
  strict.append(.treatAllWarnings(as: .error))
}

// Debug builds are optimised too: `swift test` differentiates thousands of times.
var fast: [SwiftSetting] = [.unsafeFlags(["-O"], .when(configuration: .debug))]

// Release builds carry no lines for a debugger: that is a tenth of the time that they take.
let lean: [SwiftSetting] = [.unsafeFlags(["-gnone"], .when(configuration: .release))]

// x86-64 programs are built for SSE2 unless told otherwise: ask for the vectors of this machine.
// `TINYREFT_PORTABLE=1 swift build` does not ask, and runs on any x86-64, more slowly.
#if arch(x86_64)
  if ProcessInfo.processInfo.environment["TINYREFT_PORTABLE"] == nil {
    fast += [.unsafeFlags(["-Xcc", "-march=native"])]
    // Which there are Linux says; a Mac with an Intel processor that runs this has AVX2.
    let processor = try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)
    // Vectors of eight, and multiply-adds that round once: Tile in MatrixKernel.swift.
    if processor?.contains(" fma ") != false { fast += [.define("NATIVE_VECTORS")] }
    // Vectors twice as wide, and twice as many.
    if processor?.contains(" avx512f ") == true { fast += [.define("WIDE_VECTORS")] }
  }
#endif

let package = Package(
  name: "TinyReFT",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "TinyReFT", targets: ["TinyReFT"]),
    .executable(name: "tinyreft", targets: ["Command"]),
  ],
  targets: [
    // The sources are listed because `TinyReFT` and `tinyreft` are one folder where case is ignored.
    .target(
      name: "TinyReFT", path: "Sources/TinyReFT",
      sources: [
        "Tensor", "Decoder", "ReFT", "Training", "ToyWorld", "Files", "Rivals", "Runs", "Studies",
      ],
      swiftSettings: strict + fast + lean,
      linkerSettings: [.linkedLibrary("m", .when(platforms: [.linux]))]),
    .executableTarget(
      name: "Command", dependencies: ["TinyReFT"], path: "Sources/tinyreft",
      sources: ["main.swift", "CommandLine", "Commands"],
      // It computes nothing that takes time, and builds the sooner for it.
      swiftSettings: strict + lean + [.unsafeFlags(["-Onone"])]),
    // The command too: its tests run the program itself.
    .testTarget(
      name: "TinyReFTTests", dependencies: ["TinyReFT", "Command"],
      exclude: ["Campaigns", "Fixtures", "Peers"], swiftSettings: strict),
  ]
)
