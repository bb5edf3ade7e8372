import Foundation
import Testing

@testable import TinyReFT

@Suite("Weights in several files (docs/52-real-models.md)")
struct WeightFilesTests {
  static let types = ["bfloat16", "float16"]
  private static let first = "model-00001-of-00003.safetensors"

  /// A copy of a fixture, to be damaged: three shards, an index and config.json.
  private func copy(of type: String = "bfloat16") throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    for name in try FileManager.default.contentsOfDirectory(
      atPath: fixture("sharded/\(type)").path)
    {
      _ = try folder.file(name, Array(Data(contentsOf: fixture("sharded/\(type)/\(name)"))))
    }
    return folder
  }

  @Test("16-bit shards give the weights that PyTorch widens, and its logits", arguments: types)
  func equalsPyTorch(type: String) throws {
    let expected = try Safetensors.read(fixture("sharded/\(type)/expected.safetensors"))
    let decoder = try BaseModel.readDecoder(fixture("sharded/\(type)"))
    #expect(decoder.parameters.count == 21)
    for (name, tensor) in decoder.parameters {
      #expect(tensor == expected.tensors[name]?.tensor, "\(name)")
    }
    let model = AdaptedDecoder(decoder, Unadapted())
    let tokens = [3, 1, 4, 1, 5, 9, 2, 6]
    let (logits, _) = model.forward(Batch([TokenSequence(tokens: tokens + [0], promptLength: 1)]))
    let wanted = try #require(expected.tensors["logits"]?.tensor)
    expectClose(logits, wanted, tolerance: 1e-5)
  }

  @Test("a model that needs more memory than there is, is refused")
  func memory() throws {
    let folder = fixture("sharded/bfloat16")
    let c = try LlamaConfiguration.read(folder).decoder
    let least = UInt64(c.parameterCount * MemoryLayout<Scalar>.size)
    let files = try WeightFiles(folder)
    #expect(try files.decoder(c, memory: least).configuration == c)
    expectError(
      folder.appending(path: WeightFiles.index),
      "has \(c.parameterCount) parameters, more than fit in memory; use a smaller model"
    ) { try files.decoder(c, memory: least - 1) }
  }

  @Test("a tensor that is missing, in two shards, or not where the map says")
  func map() throws {
    let folder = try copy()
    let url = folder.url.appending(path: WeightFiles.index)
    let text = try String(contentsOf: url, encoding: .utf8)
    func expect(_ problem: String, _ old: String, _ new: String) throws {
      #expect(text.contains(old))
      _ = try folder.file(WeightFiles.index, text: text.replacingOccurrences(of: old, with: new))
      expectError(url, "\(problem); download the folder again") {
        try BaseModel.readDecoder(folder.url)
      }
    }
    let (third, line) = ("model-00003-of-00003.safetensors", #""model.norm.weight": "model-0000"#)
    try expect(
      #"does not name "model.norm.weight", which "\#(third)" holds"#, "model.norm.weight",
      "model.norm.weighs")
    try expect(
      #""model.norm.weight" is in "\#(third)" and belongs to "\#(Self.first)""#, line + "3",
      line + "1")
    try expect(
      #"puts "extra" into "\#(third)", which does not hold it"#, line,
      #""extra": "\#(third)", "# + line)
    try expect(
      #"needs "gone.safetensors", which is not there, for "model.norm.weight""#,
      line + "3-of-00003",
      #""model.norm.weight": "gone"#)
  }

  @Test(
    "an index leads to no file outside its folder",
    arguments: ["../x.safetensors", "/etc/x.safetensors", "a/x.safetensors", "..", "", "x.bin"])
  func outside(file: String) throws {
    let folder = try copy()
    let url = try folder.file(WeightFiles.index, text: #"{"weight_map": {"a": "\#(file)"}}"#)
    let message = #"puts "a" into "\#(file)", which is no safetensors file beside it"#
    expectError(url, message + "; download the folder again") {
      try BaseModel.readDecoder(folder.url)
    }
  }

  @Test("a shard of another model, or a config.json of another, is refused by name and shape")
  func otherModel() throws {
    let folder = try copy()
    let index = folder.url.appending(path: WeightFiles.index)
    let config = folder.url.appending(path: "config.json")
    let text = try String(contentsOf: config, encoding: .utf8)
    func expect(_ url: URL, _ message: String, _ old: String, _ new: String) throws {
      _ = try folder.file("config.json", text: text.replacingOccurrences(of: old, with: new))
      expectError(url, message) { try BaseModel.readDecoder(folder.url) }
    }
    try expect(
      index,
      #"has no tensor "model.layers.2.input_layernorm.weight"; it may belong to another model"#,
      #""num_hidden_layers": 2"#, #""num_hidden_layers": 3"#)
    try expect(
      index,
      #"has a tensor "model.layers.1.input_layernorm.weight" that the configuration does not ask "#
        + "for; check config.json, or drop it in Python: "
        + "transformers.AutoModelForCausalLM.from_pretrained(DIR).save_pretrained(DIR)",
      #""num_hidden_layers": 2"#, #""num_hidden_layers": 1"#)
    // A million by a million: compared, and never allocated.
    try expect(
      folder.url.appending(path: Self.first),
      #""model.embed_tokens.weight" has shape [11, 6], expected [1048576, 6]; check the JSON beside it"#,
      #""vocab_size": 11"#, #""vocab_size": 1048576"#)
  }

  @Test("as in transformers, old buffers and the head of a tied model are passed over")
  func passedOver() throws {
    let folder = try TemporaryFolder()
    let base = BaseModelTests.base()
    try base.write(to: folder.url)
    let url = folder.url.appending(path: WeightFiles.single)
    var file = try Safetensors.read(url)
    file.tensors["model.layers.0.self_attn.rotary_emb.inv_freq"] = .vector(Tensor([[7]]))
    file.tensors["lm_head.weight"] = .matrix(Tensor(repeating: 7, rows: 258, columns: 6))
    try file.write(to: url)
    let read = try BaseModel.readDecoder(folder.url)
    #expect(read.head == nil)
    #expect(read.embedding.weight == .throughFloat(base.decoder.embedding.weight))

    // Where it is alone, it is both.
    file.tensors["model.embed_tokens.weight"] = nil
    try file.write(to: url)
    #expect(try BaseModel.readDecoder(folder.url).embedding.weight.largestMagnitude == 7)
  }

  @Test("torch.compile's prefix is taken off, unless a name stands there with it and without")
  func compiled() throws {
    let folder = try TemporaryFolder()
    let base = BaseModelTests.base()
    try base.write(to: folder.url)
    let url = folder.url.appending(path: WeightFiles.single)
    var file = try Safetensors.read(url)
    let good = file.tensors
    file.tensors = .init(uniqueKeysWithValues: good.map { ("_orig_mod." + $0, $1) })
    try file.write(to: url)
    let read = try BaseModel.readDecoder(folder.url)
    #expect(read.embedding.weight == .throughFloat(base.decoder.embedding.weight))
    // The same in a shard with an index.
    let shard = "model-1.safetensors"
    let map = file.names.map { "\"\($0)\": \"\(shard)\"" }.joined(separator: ", ")
    _ = try folder.file(WeightFiles.index, text: "{\"weight_map\": {\(map)}}")
    try FileManager.default.moveItem(at: url, to: folder.url.appending(path: shard))
    let sharded = try BaseModel.readDecoder(folder.url)
    #expect(sharded.embedding.weight == read.embedding.weight)

    file.tensors["model.norm.weight"] = good["model.norm.weight"]
    try file.write(to: url)
    let message =
      #"has "model.norm.weight" twice, with torch.compile's prefix and without; remove one"#
    expectError(url, message) { try BaseModel.readDecoder(folder.url) }
  }

  @Test("a pickle is refused with what to do, an empty folder with what is missing")
  func pickled() throws {
    let folder = try copy()
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
    where name.hasPrefix("model") {
      try FileManager.default.removeItem(at: folder.url.appending(path: name))
    }
    func expect(_ name: String, _ message: String, at line: SourceLocation = #_sourceLocation) {
      expectError(folder.url.appending(path: name), message, sourceLocation: line) {
        try BaseModel.readDecoder(folder.url)
      }
    }
    expect(
      WeightFiles.single, "cannot be read: there is no such file or folder; check the path")
    for name in ["pytorch_model.bin", "pytorch_model.bin.index.json"] {
      let old = try folder.file(name, [0])
      expect(
        name,
        "is a pickle, a program and not data; write safetensors in Python: "
          + "transformers.AutoModelForCausalLM.from_pretrained(DIR).save_pretrained(DIR)")
      try FileManager.default.removeItem(at: old)
    }
    // What kind of model it is, is asked first.
    _ = try folder.file("config.json", text: #"{"model_type": "gpt2"}"#)
    expect("config.json", #""model_type" is "gpt2"; supported: "llama""#)
  }

  @Test("3,000 damaged folders are read or refused, and none traps")
  func damage() throws {
    let folder = try copy()
    var stream = RandomStream(seed: 1)
    var (read, refused) = (0, 0)
    for name in ["config.json", WeightFiles.index, Self.first] {
      let bytes = try readBytes(folder.url.appending(path: name))
      for _ in 0..<1000 {
        _ = try folder.file(name, stream.damaged(bytes))
        do {
          let decoder = try BaseModel.readDecoder(folder.url)
          #expect(decoder.parameterCount == decoder.configuration.parameterCount)
          read += 1
        } catch {
          #expect(!"\(error)".contains("\n") && "\(error)".hasPrefix(folder.url.path))
          refused += 1
        }
      }
      _ = try folder.file(name, bytes)
    }
    #expect(read > 100 && refused > 1000, "read \(read), refused \(refused)")
  }
}
