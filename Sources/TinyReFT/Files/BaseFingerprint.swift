import Foundation

/// What a base is, whatever its folder is called: by this interventions know the one they were trained on.
///
/// Sizes and weights count, as float32, so that it is the same in every build and on every machine.
///
///     format     16 hexadecimal digits, in reft.json, adapter.json and report.json
extension Decoder {
  public var fingerprint: String {
    let c = configuration
    var all = Fingerprint()
    for size in [
      c.vocabularySize, c.hiddenSize, c.layerCount, c.headCount, c.keyValueHeadCount, c.headWidth,
      c.feedForwardSize,
    ] { all.add(size) }
    let tensors = parameters.map(\.tensor)
    let threads = ProcessInfo.processInfo.activeProcessorCount
    let each = parallelMap(count: tensors.count, threads: threads) { i in
      tensors[i].elements.reduce(into: Fingerprint()) { $0.add(Int(Float($1).bitPattern)) }
    }
    for part in each { all.add(Int(truncatingIfNeeded: part.value)) }
    return all.text
  }
}

/// The base that a folder of interventions, or of a rival, was trained on.
public struct TrainedOn: Sendable {
  public let fingerprint: String?

  /// nil in `fingerprint` where the folder is older than fingerprints are.
  public init(_ directory: URL) throws {
    let rival = Methods.registry?.description(of: directory)
    let file = rival ?? directory.appending(path: InterventionsDirectory.configuration)
    fingerprint = try JSON.read(file)["base_fingerprint"].ifThere?.string()
  }
}
