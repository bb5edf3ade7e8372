import Foundation

/// The first thing that is read of a JSON file of our own: by which rules the rest is to be read.
///
/// A newer program may write other fields. Its files are called newer, and not damaged, because the
/// version is looked at before any of them. Every version that was ever released stays readable.
///
///     format     "format_version": 1, in reft.json, adapter.json and classifier.json, and in a
///                checkpoint's "run"
public enum FormatVersion {
  /// What this program writes, and the newest that it reads.
  static let current = 1

  /// That of the program itself, as `tinyreft --version` prints it.
  public static let program = "0.1.0"

  /// The file, if its version is one that this program reads.
  static func read<File: Decodable>(_ type: File.Type, from url: URL) throws -> File {
    try check(JSONText.read(Head.self, from: url), of: url)
    return try JSONText.read(type, from: url)
  }

  /// Throws unless the version of this file is one that this program reads.
  static func check(_ head: Head, of url: URL) throws(CheckpointError) {
    let version = head.formatVersion
    guard version <= Double(current) else { throw CheckpointError(url, .newerVersion(version)) }
    guard version == Double(current) else {
      throw CheckpointError(
        url,
        .unsupported(field: "format_version", value: number(version), accepted: "\(current)"))
    }
  }

  /// 2.0 as `2`, for people.
  static func number(_ version: Double) -> String {
    Int(exactly: version).map(String.init) ?? "\(version)"
  }

  /// A number, so that 1.5 is a version that there is not, and not a broken file.
  struct Head: Decodable {
    let formatVersion: Double

    enum CodingKeys: String, CodingKey { case formatVersion = "format_version" }
  }
}
