import Foundation
import Testing

@testable import Command
@testable import TinyReFT

/// Small files that say they hold 2⁶⁰ of something. Each is refused before memory for it is taken.
///
/// A file of JSON Lines has no count that could lie, and no zip archive or pickle is read.
@Suite("Hostile claims (docs/80-trust.md)")
struct HostileClaimsTests {
  struct Claim: CustomTestStringConvertible, Sendable {
    let reader: Result<HostileReader, any Error>
    let file: String
    /// What stands in the good file, and what is put there. An empty one: the first eight bytes.
    let (from, to): (String, String)
    /// What the error says.
    let message: String
    var testDescription: String { "\(file): \(to.prefix(40))" }

    init(
      _ reader: Result<HostileReader, any Error>, _ file: String, _ from: String, _ to: String,
      _ message: String
    ) {
      (self.reader, self.file, self.from, self.to) = (reader, file, from, to)
      self.message = message
    }

    /// What reading says of the first good folder with the claim in it.
    func error() throws -> (any Error)? {
      let (reader, folder) = (try reader.get(), try TemporaryFolder())
      for (name, bytes) in reader.seeds[0] { _ = try folder.file(name, bytes) }
      _ = try folder.file(file, changed(reader.seeds[0][file] ?? []))
      do { _ = try reader.read(folder.url) } catch { return error }
      return nil
    }

    private func changed(_ good: [UInt8]) throws -> [UInt8] {
      guard !from.isEmpty else { return littleEndian(UInt64(1) << 60) + good.dropFirst(8) }
      // Of safetensors the header, whose length is made right.
      let isTensors = file.hasSuffix(".safetensors")
      let end = isTensors ? 8 + Int(good[0]) + Int(good[1]) << 8 : good.count
      let text = String(decoding: good[(isTensors ? 8 : 0)..<end], as: UTF8.self)
        .replacing(" : ", with: ": ")
      try #require(text.contains(from), "\(text)")
      let bytes = Array(text.replacing(from, with: to).utf8)
      return (isTensors ? littleEndian(UInt64(bytes.count)) : []) + bytes + good[end...]
    }
  }

  private static let (huge, config) = ("1152921504606846976", "config.json")

  static let claims: [Claim] = {
    let (safetensors, base) = (HostileReader.safetensors, HostileReader.base)
    let (tensors, reft, adapter) = ("x.safetensors", "reft.json", "adapter.json")
    // A field, what is good, the most that it may be, and what is then wrong.
    let sizes = [
      ("vocab_size", 258, 1 << 20, "expected [1048576, 6]"),
      ("hidden_size", 6, 1 << 20, "expected [258, 1048576]"),
      ("intermediate_size", 5, 1 << 20, "expected [1048576, 6]"),
      ("head_dim", 2, 1 << 18, "expected [1048576, 6]"),
      ("num_hidden_layers", 2, 1 << 10, "has no tensor"),
      ("num_attention_heads", 4, 1 << 19, "expected [1048576, 6]"),
      ("num_key_value_heads", 2, 1 << 20, "a divisor of"),
    ]
    return [
      Claim(safetensors, tensors, "", "", "its header has \(huge) bytes, but at most"),
      Claim(safetensors, tensors, "[2,3]", "[\(huge),3]", "impossible shape"),
      Claim(safetensors, tensors, "[2,3]", "[\(huge)]", "which do not agree"),
      Claim(safetensors, tensors, "[2,3]", "[2147483648,2147483648]", "impossible shape"),
      Claim(safetensors, tensors, "[0,24]", "[0,\(huge)]", "which do not agree"),
      Claim(
        safetensors, tensors, "\"shape\":[2,3],\"data_offsets\":[0,24]",
        "\"shape\":[288230376151711744],\"data_offsets\":[0,\(huge)]", "the file is cut short"),
    ]
      + sizes.flatMap { field, good, most, message in
        let (name, value) = ("\"\(field)\": ", "\"\(field)\": \(good)")
        return [
          Claim(base, config, value, "\(name)\(huge)", "supported: 1 …"),
          Claim(base, config, value, "\(name)\(most)", message),
        ]
      }
      + [
        Claim(
          base, config, "\"max_position_embeddings\": 16",
          "\"max_position_embeddings\": \(huge)", "supported: 1 …"),
        Claim(base, "tokenizer.json", "\"A\": 65", "\"A\": \(huge)", "without gaps"),
        Claim(base, "tokenizer.json", "\"id\": 256", "\"id\": \(huge)", "without gaps"),
        Claim(HostileReader.interventions, reft, "\"rank\": 2", "\"rank\": 1099511627776", "rank"),
        Claim(HostileReader.interventions, reft, "\"rank\": 2", "\"rank\": \(huge)", "rank"),
        Claim(
          HostileReader.interventions, reft, "\"f1+l2\"", "\"f\(huge)+l\(huge)\"", "more tokens"),
        Claim(
          HostileReader.interventions, reft, "\"hidden_size\": 6", "\"hidden_size\": \(huge)",
          "made for hidden size"),
        Claim(
          HostileReader.classifier, "classifier.json", "\"hidden_size\": 6",
          "\"hidden_size\": \(huge)", "made for hidden size"),
        Claim(
          HostileReader.classifier, "classifier.json", "\"label 0\"",
          (2...10_000).map { "\"\($0)\"" }.joined(separator: ","), "has shape [2]"),
      ]
      + HostileReader.adapters.flatMap { reader in
        [
          Claim(reader, adapter, "\"size\": 2", "\"size\": \(huge)", "is not within"),
          Claim(reader, adapter, "\"size\": 2", "\"size\": 65536", "asks for more"),
        ]
      }
  }()

  @Test("a claim of 2⁶⁰ is refused with what is wrong", arguments: claims)
  func refused(claim: Claim) throws {
    let error = try #require(try claim.error(), "read")
    #expect("\(error)".contains(claim.message), "\(error)")
    HostileCampaign.check(error, claim.file, names: FileManager.default.temporaryDirectory.path)
  }

  /// In a process of its own, where nothing else takes memory.
  @Test("all of them together take less than 32 MB")
  func memory() async {
    await #expect(processExitsWith: .success) {
      let claims = HostileClaimsTests.claims
      _ = try claims[0].error()
      let before = peakMemory()
      for claim in claims { _ = try claim.error() }
      let grown = peakMemory() - before
      precondition(grown < 32, "\(grown) MB")
    }
  }

  @Test("a file of 2⁴⁰ bytes, all of them holes, is refused as too long")
  func sparse() throws {
    let folder = try TemporaryFolder()
    for name in ["config.json", "tokenizer.json", "model.safetensors"] {
      let handle = try FileHandle(forWritingTo: folder.file(name, [0x7B]))
      try handle.truncate(atOffset: 1 << 40)
      try handle.close()
    }
    func expect(
      _ name: String, _ message: String, at line: SourceLocation = #_sourceLocation,
      _ read: (URL) throws -> some Any
    ) {
      let url = folder.url.appending(path: name)
      expectError(url, message, sourceLocation: line) { try read(url) }
    }
    let size = 1 << 40
    let message = "cannot be read: it has \(size) bytes, and text may have at most 268435456"
    expect("config.json", "\(message); check the path") { _ in try BaseModel.read(folder.url) }
    expect("tokenizer.json", "\(message); check the path") { _ in
      try Tokenizer.read(directory: folder.url)
    }
    expect(
      "model.safetensors", "does not begin with a JSON object; is it a safetensors file?",
      Safetensors.read)
  }
}
