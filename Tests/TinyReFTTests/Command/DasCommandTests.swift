import Foundation
import Testing

@Suite("tinyreft das")
struct DasCommandTests {
  @Test("prints a table of places, or as JSON")
  func run() throws {
    let line = "das --decoder-steps 10 --steps 1 --rank 2 --pairs 160"
    let text = try tinyreft(line)
    #expect(text.exitCode == 0 && text.errors == "")
    let rows = text.output.split(separator: "\n").suffix(9)
    #expect(
      rows.first == "token  after block  learned  random  best random  the rest  everything")
    #expect(
      rows.dropFirst().map { $0.split(separator: " ").prefix(2).joined(separator: " ") }
        == ["a 0", "b 0", "c 0", "d 0", "a 1", "b 1", "c 1", "d 1"])

    let json = try tinyreft(line + " --json --threads 1")
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
    #expect(object["rank"] as? Int == 2 && object["steps"] as? Int == 1)
    let places = try #require(object["places"] as? [[String: Any]])
    #expect(places.count == 8 && places[1]["token"] as? String == "b")
    #expect((places[1]["best_random"] as? Double).map { (0...1).contains($0) } == true)
  }

  @Test(
    "a usage error says what is wrong",
    arguments: [
      ("--rank 32", "The value '32' is invalid for '--rank N': expected a whole number from 1 to"),
      ("--rank 0", "The value '0' is invalid for '--rank N'"),
      ("--pairs 100", "The value '100' is invalid for '--pairs N': expected a multiple of 160"),
      ("--token b", "Unknown flag '--token'."),
    ])
  func usage(line: String, problem: String) throws {
    let run = try tinyreft("das \(line)")
    #expect(run.exitCode == 64)
    #expect(run.errors.hasPrefix("Error: \(problem)"))
  }
}
