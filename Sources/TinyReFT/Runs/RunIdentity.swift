import Foundation

/// What a result was made of. A run, or a table of many, is taken for this one's only if this is the
/// same: not by its name, nor by the place of its folder.
///
///     format     settings.json: the arguments with every choice written out, the fingerprints of base and
///                data, and the type that computed
public struct RunIdentity: Equatable, Sendable {
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

  private var object: JSONObject {
    JSONObject([
      "arguments": arguments, "scalar": scalar, "base_fingerprint": base, "data_fingerprint": data,
    ])
  }

  private init(_ json: JSON) throws {
    (arguments, scalar) = (try json["arguments"].strings(), try json["scalar"].string())
    (base, data) = (
      try json["base_fingerprint"].string(), try json["data_fingerprint"].string()
    )
  }

  static func read(_ url: URL) throws -> RunIdentity { try RunIdentity(JSON.read(url)) }

  /// Whether the result in this folder is this one. A table has a file for it by another name than a run.
  public func isOf(_ directory: URL, by name: String? = nil) -> Bool {
    (try? Self.read(directory.appending(path: name ?? Self.file))) == self
  }

  public func write(to directory: URL, by name: String? = nil) throws {
    try JSONCoding.write(object, to: directory.appending(path: name ?? Self.file))
  }
}
