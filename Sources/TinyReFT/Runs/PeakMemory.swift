import Foundation

/// The most memory that this process has had so far, in 10⁶ bytes.
///
/// On Linux the system's own count of it, `getrusage`, begins with what the process had before it
/// became this program: one that `swift run` starts would seem to need all that Swift's build needs.
/// So the kernel is asked for this program's alone.
public func peakMemory() -> Double {
  #if os(Linux)
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    let kilobytes = line?.split(whereSeparator: { " \t".contains($0) }).dropFirst().first
    return Double(kilobytes ?? "0").map { $0 * 1024 / 1e6 } ?? 0
  #else
    var usage = rusage()
    unsafe getrusage(RUSAGE_SELF, &usage)
    return Double(usage.ru_maxrss) / 1e6
  #endif
}
