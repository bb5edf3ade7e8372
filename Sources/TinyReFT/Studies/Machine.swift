import Foundation

/// What a report from another machine has to tell: what it is, how this program was built for it, and
/// whether the tensor computes there what it computes elsewhere.
///
///     product    [37, 300] · [300, 53], beside three plain loops in Double
///     exp        of 1000 numbers from −8 to 8, beside the system's
///
///     units      errors relative to the largest number of a product, and to each power
public enum Machine {
  /// Lines of text, each a name and what it is.
  public static var report: String {
    let (product, exponentials) = (product(), exponentials())
    let lines = [
      ("processor", "\(processor), \(ProcessInfo.processInfo.activeProcessorCount) cores"),
      ("system", system),
      ("build", "\(Scalar.self), tile of \(Tile.rows) × \(Tile.columns)"),
      ("product", "error \(threeDigits(product.error)), bits \(product.bits)"),
      ("exp", "error \(threeDigits(exponentials.error)), bits \(exponentials.bits)"),
    ]
    return lines.map { $0.0.padding(toLength: 10, withPad: " ", startingAt: 0) + $0.1 }
      .joined(separator: "\n")
  }

  /// A Mac gives its version alone.
  private static var system: String {
    let version = ProcessInfo.processInfo.operatingSystemVersionString
    return version.hasPrefix("Version") ? "macOS \(version)" : version
  }

  /// As the system calls it: Linux in a file, a Mac in answer to a command, with its fast cores.
  private static var processor: String {
    let path = "/proc/cpuinfo"
    if let lines = try? String(contentsOfFile: path, encoding: .utf8).split(separator: "\n") {
      let line = lines.first { $0.hasPrefix("model name") }
      return line?.split(separator: ": ").last.map(String.init)
        ?? "of a kind that \(path) does not name"
    }
    let (command, output) = (Process(), Pipe())
    command.executableURL = URL(filePath: "/usr/sbin/sysctl")
    command.arguments = ["-n", "machdep.cpu.brand_string", "hw.perflevel0.physicalcpu"]
    (command.standardOutput, command.standardError) = (output, FileHandle.nullDevice)
    guard (try? command.run()) != nil,
      let data = try? output.fileHandleForReading.readToEnd()
    else { return "of an unknown kind" }
    let lines = String(decoding: data, as: UTF8.self).split(separator: "\n")
    return lines.count == 2 ? "\(lines[0]) (\(lines[1]) performance cores)" : lines.joined()
  }

  static func product() -> (error: Double, bits: String) {
    let a = Tensor.random(rows: 37, columns: 300, seed: 5)
    let b = Tensor.random(rows: 300, columns: 53, seed: 6)
    let c = matmul(a, b)
    var error = 0.0
    for i in 0..<a.rows {
      for j in 0..<b.columns {
        let exact = (0..<b.rows).reduce(0) { $0 + Double(a[i, $1]) * Double(b[$1, j]) }
        error = max(error, abs(Double(c[i, j]) - exact))
      }
    }
    return (error / Double(c.largestMagnitude), bits(of: c))
  }

  static func exponentials() -> (error: Double, bits: String) {
    let x = 8 * Tensor.random(columns: 1000, seed: 7)
    let powers = x.map { x in exp(x) }
    let errors = zip(powers.elements, x.elements).map { power, x in
      abs(Double(power) / Foundation.exp(Double(x)) - 1)
    }
    return (errors.max() ?? 0, bits(of: powers))
  }

  private static func bits(of tensor: Tensor) -> String {
    var fingerprint = Fingerprint()
    fingerprint.add(tensor)
    return fingerprint.text
  }
}
