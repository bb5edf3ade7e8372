import Foundation
import Testing

@testable import TinyReFT

@Suite("Accents (docs/50-files.md)")
struct AccentsTests {
  private let url = URL(filePath: "x.json")

  private func json(_ text: String) throws -> JSON { try JSON(text.utf8, of: url) }

  @Test(
    "thirty accents on one letter are let pass, one more is refused, in a key or a value",
    arguments: ["\u{301}", #"\u0301"#, "\u{1D165}", #"\ud834\udd65"#])
  func accents(mark: String) throws {
    let most = "e" + String(repeating: mark, count: 30)
    _ = try json("{\"\(most)é\": 1}")
    _ = try json("[\"\(most)e\(mark)\", \"\(most)\"]").strings()
    let message = "has more than 30 accents on one letter; remove some"
    expectError(url, message) { try json("{\"\(most)\(mark)\": 1}") }
    let long = try json("[1, \"\(most)\(mark)\"]")
    expectError(url, #""[1]" \#(message)"#) { try long.array()[1].string() }
  }
}
