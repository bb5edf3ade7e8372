import Foundation

/// What a result was made of. A run, or a table of many, is taken for this one's only if this is the
/// same: not by its name, nor by the place of its folder.
///
///     format     settings.json: the arguments with every choice written out, the fingerprints of base and
///                data, and the type that computed
public struct RunIdentity: Codable, Equatable, Sendable {
  static let file = "settings.json"

  let arguments: [String]
  let base: String
  let data: String
  let scalar: String

  /// Of a base its weights count and every size and constant, of data every token and label.
  public init(_ arguments: [String], base: Decoder, fingerprint: String, data: [Fingerprint]) {
    self.arguments = arguments
    var constants = Fingerprint()
    constants.add("\(base.configuration)")
    self.base = "\(fingerprint) \(constants.text)"
    self.data = data.map(\.text).joined(separator: " ")
    scalar = "\(Scalar.self)"
  }

  enum CodingKeys: String, CodingKey {
    case arguments, scalar
    case base = "base_fingerprint"
    case data = "data_fingerprint"
  }

  /// Whether the result in this folder is this one. A table has a file for it by another name than a run.
  public func isOf(_ directory: URL, by name: String? = nil) -> Bool {
    let file = directory.appending(path: name ?? Self.file)
    return (try? JSON.read(RunIdentity.self, from: file)) == self
  }

  public func write(to directory: URL, by name: String? = nil) throws {
    try JSONCoding.write(self, to: directory.appending(path: name ?? Self.file))
  }
}
