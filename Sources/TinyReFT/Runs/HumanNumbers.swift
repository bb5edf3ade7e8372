import Foundation

// Numbers as people read them. Files get them unrounded.

/// Three significant digits: `0.123`, `12.3`, `1,230`, `1.23e-05`.
public func threeDigits(_ value: Double) -> String {
  guard value.isFinite, value != 0 else { return value == 0 ? "0" : "\(value)" }
  if abs(value) < 999.5 {
    // %#g keeps trailing zeros, and below 0.0001 it changes to powers of ten.
    let text = String(format: "%#.3g", value)
    return text.hasSuffix(".") ? String(text.dropLast()) : text
  }
  guard abs(value) < 1e15 else { return String(format: "%.2e", value) }
  let unit = pow(10, floor(log10(abs(value))) - 2)
  return grouped(Int((value / unit).rounded() * unit))
}

/// Thousands apart: `1,234,567`.
public func grouped(_ value: Int) -> String {
  var text = ""
  for (index, digit) in String(value.magnitude).reversed().enumerated() {
    if index > 0, index.isMultiple(of: 3) { text.append(",") }
    text.append(digit)
  }
  return (value < 0 ? "-" : "") + String(text.reversed())
}

/// A length of time: `0.42 s`, `12.3 s`, `2 min 5 s`, `1 h 2 min`.
public func brief(_ duration: Duration) -> String {
  let seconds = duration / .seconds(1)
  if seconds < 0.01 { return "0.00 s" }
  if seconds < 60 { return String(format: seconds < 9.995 ? "%.2f s" : "%.1f s", seconds) }
  let whole = Int(min(seconds, 1e15).rounded())
  if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
  return "\(grouped(whole / 3600)) h \(whole % 3600 / 60) min"
}
