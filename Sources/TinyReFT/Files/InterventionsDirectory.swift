import Foundation

/// A trained ReFT method on disk: what it is made of, and its numbers.
///
///     format     reft.json: `ReFTConfiguration`, with a format_version
///                interventions.safetensors: layers.{l}.{group}.{name}
///     differs    R is stored [r, d] with orthonormal rows; pyreft stores its transpose
public enum InterventionsDirectory {
  static let configuration = "reft.json"
  static let tensors = "interventions.safetensors"
  static let files = [configuration, tensors]

  /// Writes both files; the tensors first, so that a reft.json never stands without them. `base` is the
  /// `Decoder.fingerprint` of what the interventions were trained on.
  public static func write(
    _ reft: ReFT<some InterventionFunction>, _ configuration: ReFTConfiguration, base: String,
    to directory: URL
  ) throws {
    try createFolder(directory)
    try Safetensors(reft.orthonormalised).write(to: directory.appending(path: tensors))
    let url = directory.appending(path: self.configuration)
    try JSONText.write(ReFTFile(configuration, base: base), to: url)
  }

  /// Reads what `write` wrote, for a decoder of these sizes.
  public static func read(
    _ directory: URL, for decoder: DecoderConfiguration
  ) throws -> (configuration: ReFTConfiguration, adaptation: any Adaptation) {
    let configuration = try readConfiguration(directory)
    do {
      let phi = try configuration.check(against: decoder)
      return (configuration, try read(phi, configuration, directory))
    } catch let error as ReFTConfigurationError {
      throw CheckpointError(
        directory.appending(path: self.configuration), .configuration(error))
    }
  }

  private static func readConfiguration(_ directory: URL) throws -> ReFTConfiguration {
    let url = directory.appending(path: configuration)
    let file = try FormatVersion.read(ReFTFile.self, from: url)
    do { return try file.reftConfiguration() } catch { throw CheckpointError(url, error) }
  }

  private static func read<Phi: InterventionFunction>(
    _ phi: Phi.Type, _ configuration: ReFTConfiguration, _ directory: URL
  ) throws -> any Adaptation {
    let url = directory.appending(path: tensors)
    let file = try Safetensors.read(url)
    try check(configuration, isCoveredBy: file, at: url)
    var reft = ReFT<Phi>(configuration, start: .identity, seed: 0)
    try reft.load(file, from: url)
    if let departure = reft.departure, !(departure < 1e-4) {
      throw CheckpointError(url, .notOrthonormal(Double(departure)))
    }
    return reft
  }

  /// Every Φ has a matrix [r, d] at least. Nothing that large is made to find that the file has less.
  private static func check(
    _ c: ReFTConfiguration, isCoveredBy file: Safetensors, at url: URL
  ) throws(CheckpointError) {
    let sizes = [c.layers.count, c.sharing.groupCount(of: c.positions), c.rank, c.hiddenSize]
    let least = sizes.reduce(1) { $0 * Double($1) }
    let count = file.tensors.values.reduce(0) { $0 + $1.tensor.count }
    guard least <= Double(count) else { throw CheckpointError(url, .tooFewNumbers(count)) }
  }
}

/// `reft.json`.
private struct ReFTFile: Codable {
  var formatVersion = FormatVersion.current
  var method: String
  var rank: Int
  var layers: [Int]
  var positions: String
  var sharing: String
  var hiddenSize: Int
  var base: String?

  enum CodingKeys: String, CodingKey {
    case formatVersion = "format_version"
    case method, rank, layers, positions, sharing
    case hiddenSize = "hidden_size"
    case base = "base_fingerprint"
  }

  init(_ c: ReFTConfiguration, base: String) {
    self.base = base
    (method, rank, layers, hiddenSize) = (c.method, c.rank, c.layers, c.hiddenSize)
    (positions, sharing) = ("\(c.positions)", c.sharing.rawValue)
  }

  func reftConfiguration() throws(CheckpointProblem) -> ReFTConfiguration {
    guard let positions = Positions(positions) else {
      throw .unsupported(
        field: "positions", value: quoted(positions), accepted: "fP+lS, fP, lS, all or every")
    }
    guard let sharing = Sharing(rawValue: sharing) else {
      throw .unsupported(
        field: "sharing", value: quoted(sharing),
        accepted: Sharing.allCases.map(\.rawValue).joined(separator: ", "))
    }
    return ReFTConfiguration(
      method: method, rank: rank, layers: layers, positions: positions, sharing: sharing,
      hiddenSize: hiddenSize)
  }
}
