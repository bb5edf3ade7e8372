import Foundation
import Testing

@testable import TinyReFT

@Suite("Drawing and Chart (docs/60-runs.md)")
struct DrawingTests {
  /// Whether every tag is closed in order, every attribute quoted and every `&` an entity: enough of
  /// XML's rules for what `Drawing` can write.
  private func isWellFormed(_ svg: String) -> Bool {
    var (open, text) = ([Substring](), svg[...])
    while let tag = text.firstMatch(of: /<(\/?)([a-z]+)((?: [a-zA-Z-]+="[^"<&]*")*)(\/?)>/) {
      let before = text[..<tag.range.lowerBound]
      if before.contains(where: { "<>".contains($0) }) { return false }
      if !before.replacing(/&(amp|lt|gt);/, with: "").allSatisfy({ $0 != "&" }) { return false }
      if tag.1.isEmpty && tag.4.isEmpty {
        open.append(tag.2)
      } else if !tag.1.isEmpty, open.popLast() != tag.2 {
        return false
      }
      text = text[tag.range.upperBound...]
      if open.isEmpty { break }
    }
    return open.isEmpty && text == "\n"
  }

  private func chart(_ series: [(x: Double, y: Double)]..., title: String = "t") -> String {
    Chart(
      title: title, xLabel: "step", yLabel: "loss",
      series: series.map { .init("a", color: .blue, points: $0) }
    ).drawing.svg
  }

  /// The points of the line that is drawn last, as they are written.
  private func line(_ svg: String) -> String? {
    svg.matches(of: /<polyline points="([^"]*)" fill="none" stroke="#2b7cc4"/).last
      .map { String($0.1) }
  }

  @Test("a drawing is written whole, or the disk's answer names the file")
  func writes() throws {
    let folder = try TemporaryFolder()
    let (drawing, url) = (
      Drawing(width: 10, height: 10, title: "x"), folder.url.appending(path: "x.svg")
    )
    try drawing.write(to: url)
    #expect(try String(contentsOf: url, encoding: .utf8) == drawing.svg)
    let nowhere = folder.url.appending(path: "none/x.svg")
    let message = "cannot be written: there is no such file or folder; choose another place"
    expectError(nowhere, message) { try drawing.write(to: nowhere) }
  }

  @Test("by hand: a line from corner to corner")
  func workedExample() {
    // Steps 0 … 10 lie on x 64 … 500, losses 0 … 1 on y 276 … 56: the middle is (282, 166).
    let svg = chart([(0, 1), (5, 0.5), (10, 0)])
    #expect(line(svg) == "64,56 282,166 500,276")
    #expect(svg.contains(">0.0</text>") && svg.contains(">0.8</text>"))
    #expect(svg.contains(">10</text>") && !svg.contains(">10.0</text>"))
    #expect(isWellFormed(svg))
  }

  @Test("numbers have one decimal, and none where it would be 0")
  func numbers() {
    var drawing = Drawing(width: 10, height: 20, title: "t")
    drawing.line(.init(0.25, -0.04), .init(1.0 / 3, 2))
    #expect(drawing.svg.contains("points=\"0.3,0 0.3,2\""))
    #expect(drawing.svg.contains("viewBox=\"0 0 10 20\""))
  }

  @Test("text is escaped, and what XML cannot hold is left out")
  func escaping() {
    let svg = chart([(0, 1)], title: "R < W & \u{0}\u{1B}[1mbold\u{FFFF} > b√")
    #expect(svg.contains("<title>R &lt; W &amp; [1mbold &gt; b√</title>"))
    #expect(isWellFormed(svg))
  }

  @Test(
    "every kind of element is well formed, wherever it is drawn",
    arguments: [
      0, 7, -1e7, .nan, .infinity, -.infinity, .greatestFiniteMagnitude,
    ])
  func elements(at x: Double) {
    var drawing = Drawing(width: 10, height: 10, title: "t")
    drawing.arrow(.init(x, 1), .init(2, x), dashed: true)
    drawing.rectangle(x: x, y: x, width: x, height: 1, fill: .white, stroke: .grey, rounded: 2)
    drawing.circle(.init(x, 1), radius: x, stroke: .grey, dashed: true)
    drawing.text("&", at: .init(x, x), bold: true, monospaced: true)
    drawing.box("<b>", x: x, y: 1, width: 5)
    #expect(isWellFormed(drawing.svg))
    #expect(!drawing.svg.contains("nan") && !drawing.svg.contains("inf"))
  }

  @Test("points that are not finite, or too large to subtract, are skipped")
  func notFinite() {
    let svg = chart([
      (0, 1), (1, .nan), (.nan, 1), (2, .infinity), (3, -.greatestFiniteMagnitude), (10, 0),
    ])
    #expect(line(svg) == line(chart([(0, 1), (10, 0)])))
    var drawing = Drawing(width: 10, height: 10, title: "t")
    drawing.path([.init(1, 2), .init(.nan, 2), .init(3, .infinity), .init(3, 4)], color: .blue)
    #expect(line(drawing.svg) == "1,2 3,4")
  }

  @Test("values over decades count in powers of ten, where that is asked for and all are above 0")
  func decades() {
    func labels(_ values: [Double], _ inDecades: Bool) -> [String] {
      let points = values.enumerated().map { (x: Double($0), y: $1) }
      let chart = Chart(
        title: "t", xLabel: "", yLabel: "", series: [.init("a", color: .blue, points: points)],
        inDecades: inDecades)
      return chart.drawing.svg.matches(of: /text-anchor="end">([^<]*)</).map { String($0.1) }
    }
    #expect(labels([0.002, 3], true) == ["0.001", "0.01", "0.1", "1", "10"])
    #expect(labels([0.002, 3], false).contains("0"))
    #expect(labels([0.1, 3], true) == labels([0.1, 3], false))
    #expect(labels([0, 3], true) == labels([0, 3], false))
  }

  @Test(
    "any range gives axes",
    arguments: [
      [], [5], [0], [-1e299, 1e299], [1e299], [Double.leastNonzeroMagnitude, 0],
      [1, 1.0000000000000002], [1e16, 1e16 + 2],
      [-3, -3], [.nan],
    ])
  func ranges(values: [Double]) {
    let svg = chart(values.enumerated().map { (Double($0), $1) }, values.map { ($0, $0) })
    #expect(isWellFormed(svg))
    #expect(!svg.contains("nan") && !svg.contains("inf") && !svg.contains(">-0.0<"))
  }

  @Test("one point is drawn as a dot, no point as nothing")
  func fewPoints() {
    // One value of 5 gets an axis from 5 to 6, so the point stands in the lower corner.
    #expect(chart([(0, 5)]).contains("<circle cx=\"64\" cy=\"276\" r=\"3\""))
    #expect(!chart([]).contains("<circle"))
    #expect(!chart([(0, 5), (1, 5)]).contains("<circle"))
  }

  @Test("the given range is the least that is shown")
  func yRange() {
    let points: [(x: Double, y: Double)] = [(0, 0.4), (1, 0.6)]
    let chart = Chart(
      title: "t", xLabel: "x", yLabel: "y", series: [.init("a", color: .blue, points: points)],
      yRange: 0...1)
    // 0.4 of 0 … 1 is 276 − 0.4 · 220 = 188.
    #expect(line(chart.drawing.svg) == "64,188 500,144")
  }

  @Test("the same drawing gives the same bytes: these stay")
  func pinned() {
    var drawing = Drawing(width: 40, height: 30, title: "a line")
    drawing.description = "It > falls"
    drawing.line(.init(1, 2), .init(30.25, 4), color: .orange, dashed: true)
    let expected = """
      <svg xmlns="http://www.w3.org/2000/svg" width="40" height="30" viewBox="0 0 40 30" role="img">
        <title>a line</title>
        <desc>It &gt; falls</desc>
        <polyline points="1,2 30.3,4" fill="none" stroke="#c8600f" stroke-width="1.5" \
      stroke-linejoin="round" stroke-dasharray="4 4"/>
      </svg>

      """
    #expect(drawing.svg == expected)
  }
}
