import Foundation

/// What a result was made of. A run, or a table of many, is taken for this one's only if this is the
/// same: not by its name, nor by the place of its folder.
///
///     format     settings.json: the arguments with every choice written out, the fingerprints of base and
///                data, and the type that computed
public struct RunIdentity: Codable, Equatable, Sendable {
  public static let file = "settings.json"

  let arguments: [String]
  let base: String
  let data: String
  let scalar: String

  /// `base` is a `Decoder.fingerprint`, `data` those of the examples.
  public init(_ arguments: [String], base: String, data: [Fingerprint]) {
    (self.arguments, self.base) = (arguments, base)
    self.data = data.map(\.text).joined(separator: " ")
    scalar = "\(Scalar.self)"
  }

  enum CodingKeys: String, CodingKey {
    case arguments, scalar
    case base = "base_fingerprint"
    case data = "data_fingerprint"
  }

  /// Whether the result in this folder is this one.
  public func isOf(_ directory: URL) -> Bool {
    (try? JSONText.read(RunIdentity.self, from: directory.appending(path: Self.file))) == self
  }

  public func write(to directory: URL) throws {
    try JSONText.write(self, to: directory.appending(path: Self.file))
  }
}
