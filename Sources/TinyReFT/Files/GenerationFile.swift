import Foundation

/// `generation_config.json`: models that talk name there what ends their turn.
///
///     differs    transformers takes these ids instead of those of config.json; here both end a text
struct GenerationFile: Decodable {
  static let file = "generation_config.json"

  var eosTokenId: TokenIDs?
  enum CodingKeys: String, CodingKey { case eosTokenId = "eos_token_id" }

  /// The ids in the file, or none without one.
  static func ends(_ directory: URL) throws -> [Int] {
    let url = directory.appending(path: file)
    guard FileManager.default.fileExists(atPath: url.path) else { return [] }
    return try JSONText.read(Self.self, from: url).eosTokenId?.ids ?? []
  }
}

/// One id, or a list of them, as files have it.
struct TokenIDs: Codable, Equatable {
  var ids: [Int]

  init(ids: [Int]) { self.ids = ids }

  init(from decoder: any Swift.Decoder) throws {
    let value = try decoder.singleValueContainer()
    if let several = try? value.decode([Int].self) {
      ids = several
    } else {
      ids = [try value.decode(Int.self)]
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if ids.count == 1 { try container.encode(ids[0]) } else { try container.encode(ids) }
  }
}
