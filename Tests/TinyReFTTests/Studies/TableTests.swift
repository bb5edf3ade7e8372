import Foundation
import Testing

@testable import TinyReFT

@Suite("Table")
struct TableTests {
  private struct Row {
    let (name, rate, counts): (String, Double, [Int])
  }

  private let table = Table(
    [
      Row(name: "a", rate: 0.12345, counts: [1, 2]), Row(name: "long", rate: 2, counts: []),
    ],
    [
      .init("name", \.name), .init("learning_rate", as: "rate", \.rate),
      .init(json: "counts", \.counts), .init(shown: "many") { "\($0.counts.count)" },
      .init("doubled", as: "twice", { 2 * $0.rate }, { "\(2 * $0.rate)!" }),
    ])

  @Test("the same rows for Markdown, a terminal and a script")
  func printers() throws {
    #expect(
      table.markdown == """
        | name | rate | many | twice |
        |-|-|-|-|
        | a | 0.123 | 2 | 0.2469! |
        | long | 2.00 | 0 | 4.0! |

        """)
    #expect(
      table.text == """
        name   rate  many    twice
           a  0.123     2  0.2469!
        long   2.00     0     4.0!

        """)
    let json = String(decoding: try JSONCoding.text(table.objects), as: UTF8.self)
    #expect(
      json == #"[{"counts":[1,2],"doubled":0.2469,"learning_rate":0.12345,"name":"a"},"#
        + #"{"counts":[],"doubled":4,"learning_rate":2,"name":"long"}]"#)
  }

  @Test("without rows there are the names of the columns, and no object")
  func empty() {
    let empty = Table([Row](), [.init("name", \.name)])
    #expect(empty.markdown == "| name |\n|-|\n" && empty.text == "name\n")
    #expect(empty.objects.isEmpty)
  }
}
