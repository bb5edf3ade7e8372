import Foundation
import Testing

@testable import Command
@testable import TinyReFT

/// Names of files inside files. One field names a file that is opened: `weight_map` of
/// `model.safetensors.index.json`. All others that could are not read at all.
///
/// A symbolic link is the disk's and not a file's, and is followed: Hugging Face's cache is a folder
/// of links to where the files are.
@Suite("Paths inside files (docs/80-trust.md)")
struct HostilePathsTests {
  private static let shard = "model-00001-of-00003.safetensors"

  /// A model of shards one folder down, and outside of it a decoy for every name below: the shard
  /// itself, which would be taken if it were found.
  private func outside(_ name: String) throws -> (folder: TemporaryFolder, model: URL) {
    let folder = try TemporaryFolder()
    let model = folder.url.appending(path: "a/model")
    try FileManager.default.createDirectory(
      at: model.appending(path: "sub"), withIntermediateDirectories: true)
    let files = try HostileReader.shards.get().seeds[0]
    for (file, bytes) in files where file != Self.shard {
      _ = try folder.file("a/model/\(file)", bytes)
    }
    let bytes = try #require(files[Self.shard])
    for place in [
      "a/decoy.safetensors", "a/\u{301}decoy.safetensors", "a/model/sub/decoy.safetensors",
      "decoy.safetensors", "a/model/decoy",
    ] { _ = try folder.file(place, bytes) }
    let index = try #require(files[WeightFiles.index])
    _ = try folder.file(
      "a/model/\(WeightFiles.index)",
      text: String(decoding: index, as: UTF8.self).replacing(
        Self.shard, with: name.replacing("FOLDER", with: folder.url.path)))
    return (folder, model)
  }

  @Test(
    "a shard is a file beside its index, and no other",
    arguments: [
      "../decoy.safetensors", "../../decoy.safetensors", "sub/decoy.safetensors",
      "sub/../../decoy.safetensors", "./../decoy.safetensors", "FOLDER/decoy.safetensors",
      "file://FOLDER/decoy.safetensors", "..\\\\decoy.safetensors", "~/decoy.safetensors",
      // To Swift a slash and an accent are one character.
      "../\\u0301decoy.safetensors", "sub/\\u0301decoy.safetensors",
      // Names end at a NUL where C reads them.
      "decoy\\u0000.safetensors", "", ".", "..", "/", "sub", "decoy",
    ])
  func shards(name: String) throws {
    let (folder, model) = try outside(name)
    defer { withExtendedLifetime(folder) {} }
    let error = try #require(throws: FileError.self) { try BaseModel.readDecoder(model) }
    #expect(error.problem.hasSuffix(", which is no safetensors file beside it"), "\(error)")
  }

  @Test(
    "names that only look like a way out stay beside the index",
    arguments: [
      "..%2Fdecoy.safetensors", "..decoy.safetensors", "%2e%2e%2fdecoy.safetensors",
      "\\u2025\\u2215decoy.safetensors", "?decoy.safetensors", "#decoy.safetensors",
    ])
  func odd(name: String) throws {
    let (folder, model) = try outside(name)
    let error = try #require(throws: FileError.self) { try BaseModel.readDecoder(model) }
    #expect(error.problem.contains(", which is not there, for "), "\(error)")
    // Where such a file stands, it is the shard.
    let text = try JSON("\"\(name)\"".utf8, of: model).string()
    _ = try folder.file(
      "a/model/\(text)", readBytes(folder.url.appending(path: "decoy.safetensors")))
    _ = try BaseModel.readDecoder(model)
  }

  @Test("a link is followed, as in Hugging Face's cache")
  func link() throws {
    let (folder, model) = try outside("link.safetensors")
    try FileManager.default.createSymbolicLink(
      at: model.appending(path: "link.safetensors"),
      withDestinationURL: folder.url.appending(path: "decoy.safetensors"))
    _ = try BaseModel.readDecoder(model)
  }

  private typealias R = HostileReader

  @Test("fields that name files elsewhere are not read")
  func unread() throws {
    let names = [
      "_name_or_path", "base_model_name_or_path", "name_or_path", "tokenizer_file", "vocab_file",
      "merges_file", "special_tokens_map_file", "auto_map", "weights", "file", "path",
    ]
    let way = names.map { "\"\($0)\": \"/dev/zero\"" }.joined(separator: ", ")
    let readers = [
      R.base, R.shards, R.interventions, R.classifier, R.reports, R.tokenizer,
    ]
    for reader in try (readers + R.adapters).map({ try $0.get() }) {
      let folder = try TemporaryFolder()
      for (name, bytes) in reader.seeds[0] {
        let text = String(decoding: bytes, as: UTF8.self)
        guard name.hasSuffix(".json"), text.hasPrefix("{") else {
          _ = try folder.file(name, bytes)
          continue
        }
        _ = try folder.file(name, text: "{\(way), " + text.dropFirst())
      }
      try reader.read(folder.url)()
    }
  }
}
