import Foundation

/// Every method beside ReFT that can be named, and how they are kept.
public enum Methods {
  /// Without the folder Rivals this line is `= nil`, and nothing else changes.
  public static let registry: (any RivalRegistry.Type)? = Rivals.self

  public static var rivals: [any Rival.Type] { registry?.all ?? [] }
}

/// What the rest of the program knows of the folder Rivals.
public protocol RivalRegistry: Sendable {
  static var all: [any Rival.Type] { get }

  /// The files of a trained rival's folder. The first JSON of them that is there says what it is.
  static var files: [String] { get }

  /// Throws what is wrong with using this on a decoder of these sizes.
  static func check(
    _ configuration: RivalConfiguration, against decoder: DecoderConfiguration
  ) throws -> any Rival.Type

  /// Keeps a trained rival. `base` is the `Decoder.fingerprint` of the base before it was trained.
  static func write(
    _ model: AdaptedDecoder<Unadapted>, _ configuration: RivalConfiguration, base: String,
    to directory: URL
  ) throws

  /// What `write` wrote, for this base: the rival hangs in it, and weights that were trained have taken
  /// the place of its own.
  static func read(
    _ directory: URL, for base: Decoder
  ) throws -> (configuration: RivalConfiguration, adapted: AdaptedBase)
}

extension RivalRegistry {
  /// What says what was written there; nil where no rival was.
  static func description(of directory: URL) -> URL? {
    files.filter { $0.hasSuffix(".json") }.map { directory.appending(path: $0) }
      .first { kind(of: $0) != nil }
  }

  /// Whether a rival was written there.
  public static func isOne(_ directory: URL) -> Bool { description(of: directory) != nil }
}
