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
    let c = configuration
    let file = JSONObject([
      "format_version": FormatVersion.current, "method": c.method, "rank": c.rank,
      "layers": c.layers, "positions": "\(c.positions)", "sharing": c.sharing.rawValue,
      "hidden_size": c.hiddenSize, "base_fingerprint": base,
    ])
    try JSONCoding.write(file, to: directory.appending(path: self.configuration))
  }

  /// Reads what `write` wrote, for a decoder of these sizes.
  public static func read(
    _ directory: URL, for decoder: DecoderConfiguration
  ) throws -> (configuration: ReFTConfiguration, adaptation: any Adaptation) {
    let url = directory.appending(path: self.configuration)
    let exists = { (url: URL) in FileManager.default.fileExists(atPath: url.path) }
    guard exists(url) || !exists(directory) else {
      let files: [String]
      do { files = try FileManager.default.contentsOfDirectory(atPath: directory.path) } catch {
        throw FileError.cannotRead(directory, FileError.reason(error))
      }
      let isPyreft = files.contains { $0.hasPrefix("intkey_") }
      throw FileError(
        directory, "holds no \(self.configuration)",
        isPyreft
          ? "it looks like pyreft's: python3 docs/from_pyreft.py makes one of it"
          : "name a folder that tinyreft train or Hugging Face's peft wrote")
    }
    let configuration = try readConfiguration(FormatVersion.read(url))
    let phi: any InterventionFunction.Type
    do { phi = try configuration.check(against: decoder) } catch { throw error.of(url) }
    return (configuration, try read(phi, configuration, directory))
  }

  private static func readConfiguration(_ file: JSON) throws -> ReFTConfiguration {
    let (spec, name) = (try file["positions"], try file["sharing"])
    guard let positions = Positions(try spec.string()) else {
      throw spec.unsupported("fP+lS, fP, lS, all or every")
    }
    guard let sharing = Sharing(rawValue: try name.string()) else {
      throw name.unsupported(Sharing.allCases.map(\.rawValue).joined(separator: ", "))
    }
    return ReFTConfiguration(
      method: try file["method"].string(), rank: try file["rank"].int(),
      layers: try file["layers"].ints(), positions: positions, sharing: sharing,
      hiddenSize: try file["hidden_size"].int())
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
      throw FileError(
        url, "the rows of an R are \(Double(departure)) away from orthonormal",
        "the file is damaged")
    }
    return reft
  }

  /// Every Φ has a matrix [r, d] at least. Nothing that large is made to find that the file has less.
  private static func check(
    _ c: ReFTConfiguration, isCoveredBy file: Safetensors, at url: URL
  ) throws {
    let sizes = [c.layers.count, c.sharing.groupCount(of: c.positions), c.rank, c.hiddenSize]
    let least = sizes.reduce(1) { $0 * Double($1) }
    let count = file.tensors.values.reduce(0) { $0 + $1.tensor.count }
    guard least <= Double(count) else { throw FileError.tooFewNumbers(url, count) }
  }
}

extension FileError {
  /// The method that the JSON beside it describes has more numbers than the file.
  static func tooFewNumbers(_ url: URL, _ count: Int) -> FileError {
    FileError(
      url, "holds \(count) numbers, and the JSON beside it asks for more",
      "they belong to different runs")
  }
}
