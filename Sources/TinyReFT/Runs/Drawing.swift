import Foundation

/// A drawing as SVG text: what the curves of a run are made of, and the chapters' figures.
///
/// Coordinates are those of SVG, y downwards, and are written with one decimal, so that the same
/// drawing gives the same bytes everywhere. Whatever is drawn, the file is well formed: a run that
/// went wrong must not lose its picture.
///
///     units      pixels
public struct Drawing: Sendable {
  /// The few colours that figures use, apart for the colour-blind. The page behind a figure is white for one
  /// reader and black for another; so nothing is painted under it, and all stand out from both.
  enum Color: String, Sendable {
    case grey = "#787882"
    /// A quarter of itself; the rest is the page's.
    case light = "#808088"
    case blue = "#2b7cc4"
    case orange = "#c8600f"
    case green = "#22895a"
    case purple = "#9a5fc0"
    /// Upon one of the others.
    case white = "#ffffff"

    /// As what `stroke` or `fill` is.
    func paint(_ what: String) -> String {
      "\(what)=\"\(rawValue)\"" + (self == .light ? " \(what)-opacity=\"0.25\"" : "")
    }
  }

  public enum Anchor: String, Sendable { case start, middle, end }

  struct Point: Sendable {
    let (x, y): (Double, Double)
    init(_ x: Double, _ y: Double) { (self.x, self.y) = (x, y) }
  }

  private let width, height: Int
  private let title: String
  /// What there is to see, for those who do not.
  var description = ""
  var elements: [String] = []

  /// An empty sheet of this size. `title` is what a screen reader says first.
  init(width: Int, height: Int, title: String) {
    (self.width, self.height, self.title) = (width, height, title)
  }

  mutating func line(
    _ from: Point, _ to: Point, color: Color = .grey, width: Double = 1.5, dashed: Bool = false
  ) {
    path([from, to], color: color, width: width, dashed: dashed)
  }

  /// A line through the points; those that are not finite are left out.
  mutating func path(
    _ points: [Point], color: Color = .grey, width: Double = 1.5, dashed: Bool = false
  ) {
    let list = points.filter { $0.x.isFinite && $0.y.isFinite }
      .map { "\(number($0.x)),\(number($0.y))" }.joined(separator: " ")
    let dash = dashed ? " stroke-dasharray=\"4 4\"" : ""
    elements.append(
      "<polyline points=\"\(list)\" fill=\"none\" \(color.paint("stroke")) "
        + "stroke-width=\"\(number(width))\" stroke-linejoin=\"round\"\(dash)/>")
  }

  mutating func rectangle(
    x: Double, y: Double, width: Double, height: Double, fill: Color? = nil, stroke: Color? = nil,
    rounded: Double = 0
  ) {
    let edge = stroke.map { " \($0.paint("stroke")) stroke-width=\"1.5\"" } ?? ""
    elements.append(
      "<rect x=\"\(number(x))\" y=\"\(number(y))\" width=\"\(number(width))\" "
        + "height=\"\(number(height))\" rx=\"\(number(rounded))\" \(Self.fill(fill))\(edge)/>"
    )
  }

  mutating func circle(
    _ center: Point, radius: Double, fill: Color? = nil, stroke: Color? = nil, dashed: Bool = false
  ) {
    let dash = dashed ? " stroke-dasharray=\"4 4\"" : ""
    elements.append(
      "<circle cx=\"\(number(center.x))\" cy=\"\(number(center.y))\" r=\"\(number(radius))\" "
        + Self.fill(fill) + (stroke.map { " " + $0.paint("stroke") } ?? "") + "\(dash)/>")
  }

  /// One line of text whose baseline is at `at`.
  mutating func text(
    _ text: String, at: Point, size: Double = 13, color: Color = .grey, anchor: Anchor = .start,
    bold: Bool = false, monospaced: Bool = false
  ) {
    let family =
      monospaced ? "ui-monospace, Menlo, monospace" : "system-ui, Helvetica, Arial, sans-serif"
    elements.append(
      "<text x=\"\(number(at.x))\" y=\"\(number(at.y))\" font-size=\"\(number(size))\" "
        + "font-family=\"\(family)\" \(color.paint("fill")) text-anchor=\"\(anchor.rawValue)\""
        + (bold ? " font-weight=\"bold\"" : "") + ">\(Self.escaped(text))</text>")
  }

  private static func fill(_ color: Color?) -> String { color?.paint("fill") ?? "fill=\"none\"" }

  /// The whole file.
  public var svg: String {
    "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"\(width)\" height=\"\(height)\" "
      + "viewBox=\"0 0 \(width) \(height)\" role=\"img\">\n"
      + "  <title>\(Self.escaped(title))</title>\n  <desc>\(Self.escaped(description))</desc>\n"
      + elements.map { "  \($0)\n" }.joined() + "</svg>\n"
  }

  /// With one decimal. NaN becomes 0, and what is too far away to be seen stays within a million.
  func number(_ value: Double) -> String {
    let rounded = value.isNaN ? 0 : (min(max(value, -1e6), 1e6) * 10).rounded() / 10
    return rounded == rounded.rounded() ? "\(Int(rounded))" : "\(rounded)"
  }

  /// As XML text: what means something to XML is spelled out, and what XML cannot hold is left out.
  private static func escaped(_ text: String) -> String {
    text.unicodeScalars.reduce(into: "") { result, scalar in
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\u{0}"..<" ", "\u{FFFE}", "\u{FFFF}": break
      default: result.unicodeScalars.append(scalar)
      }
    }
  }
}

extension Drawing {
  /// Writes the SVG; the file appears whole or not at all.
  public func write(to url: URL) throws(FileError) {
    try writeAtomically(Array(svg.utf8), to: url)
  }
}
