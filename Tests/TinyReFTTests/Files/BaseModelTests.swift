import Foundation
import Testing

@testable import TinyReFT

@Suite("Base model (docs/50-files.md)")
struct BaseModelTests {
  static let configuration = DecoderConfiguration(
    vocabularySize: 258, hiddenSize: 6, layerCount: 2, headCount: 4, keyValueHeadCount: 2,
    headWidth: 2, feedForwardSize: 5, contextLength: 16, rotaryBase: 500, normEpsilon: 1e-6)

  static func base(tied: Bool = true) -> BaseModel {
    var c = configuration
    c.tiesEmbeddings = tied
    return BaseModel(decoder: Decoder(c, seed: 1), tokenizer: .bytes)
  }

  @Test("what is written is read again, tied and untied", arguments: [true, false])
  func roundTrip(tied: Bool) throws {
    let folder = try TemporaryFolder()
    let base = Self.base(tied: tied)
    try base.write(to: folder.url)
    let read = try BaseModel.read(folder.url)
    #expect(read.decoder.configuration == base.decoder.configuration)
    #expect(read.tokenizer == base.tokenizer)
    for (a, b) in zip(read.decoder.parameters, base.decoder.parameters) {
      #expect(a.name == b.name)
      #expect(a.tensor == Tensor.throughFloat(b.tensor))
    }
    let names = try Safetensors.read(folder.url.appending(path: "model.safetensors")).names
    #expect(names.contains("lm_head.weight") == !tied)
  }

  @Test("norms are vectors on disk, weights are [out, in]")
  func shapes() throws {
    let folder = try TemporaryFolder()
    try Self.base().write(to: folder.url)
    let file = try Safetensors.read(folder.url.appending(path: "model.safetensors"))
    #expect(file.tensors["model.norm.weight"]?.shape == [6])
    #expect(file.tensors["model.layers.1.input_layernorm.weight"]?.shape == [6])
    #expect(file.tensors["model.layers.0.self_attn.k_proj.weight"]?.shape == [4, 6])
    #expect(file.tensors["model.layers.0.mlp.down_proj.weight"]?.shape == [6, 5])
  }

  @Test("weights that are missing, left over, of another shape or of another model are refused")
  func wrongWeights() throws {
    let folder = try TemporaryFolder()
    try Self.base().write(to: folder.url)
    let url = folder.url.appending(path: "model.safetensors")
    let good = try Safetensors.read(url)
    let norm = "model.norm.weight"
    func expect(_ message: String, _ change: (inout Safetensors) -> Void) throws {
      var file = good
      change(&file)
      try file.write(to: url)
      expectError(url, message) { try BaseModel.read(folder.url) }
    }
    try expect(#"has no tensor "model.norm.weight"; it may belong to another model"#) {
      $0.tensors[norm] = nil
    }
    let extra = #"has a tensor "extra" that the configuration does not ask for"#
    let anew = "transformers.AutoModelForCausalLM.from_pretrained(DIR).save_pretrained(DIR)"
    try expect("\(extra); check config.json, or drop it in Python: \(anew)") {
      $0.tensors["extra"] = $0.tensors[norm]
    }
    let shape = #""model.norm.weight" has shape [1, 6], expected [6]; check the JSON beside it"#
    try expect(shape) { $0.tensors[norm] = .matrix(Tensor(repeating: 1, columns: 6)) }
  }

  @Test("a text may end as the tokenizer, config.json or generation_config.json says")
  func ends() throws {
    let folder = try TemporaryFolder()
    let base = Self.base()
    #expect(base.ends == [257])
    try BaseModel(decoder: base.decoder, tokenizer: .bytes, ends: [9]).write(to: folder.url)
    #expect(try BaseModel.read(folder.url).ends == [9, 257])
    _ = try folder.file("generation_config.json", text: #"{"eos_token_id": [9, 10]}"#)
    #expect(try BaseModel.read(folder.url).ends == [9, 10, 257])
    // A link to nowhere, as a cache may have, is no file that is not there.
    let link = folder.url.appending(path: "generation_config.json")
    try FileManager.default.removeItem(at: link)
    try FileManager.default.createSymbolicLink(
      at: link, withDestinationURL: folder.url.appending(path: "gone"))
    expectError(link, "cannot be read: it is a link that leads to no file; check the path") {
      try BaseModel.read(folder.url)
    }
    _ = try folder.file("generation_config.json", text: #"{"eos_token_id": 11}"#)
    #expect(try BaseModel.read(folder.url).ends == [9, 11, 257])
    let url = try folder.file("generation_config.json", text: #"{"eos_token_id": "x"}"#)
    let message = #""eos_token_id" is "x", where a whole number belongs; correct it"#
    expectError(url, message) { try BaseModel.read(folder.url) }
  }

  @Test("a folder that is none of ours says which file is missing")
  func missing() throws {
    let folder = try TemporaryFolder()
    let message = "cannot be read: there is no such file or folder; check the path"
    expectError(folder.url.appending(path: "config.json"), message) {
      try BaseModel.read(folder.url)
    }
  }

  @Test("a token without a row is refused where a text spells it, and not before")
  func surplus() throws {
    let folder = try TemporaryFolder()
    var c = Self.configuration
    c.vocabularySize = 258
    try BaseModel(decoder: Decoder(c, seed: 1), tokenizer: .bytes).write(to: folder.url)
    let config = #"{"bos_token":"<s>","eos_token":"</s>","pad_token":"<pad>"}"#
    _ = try folder.file("tokenizer_config.json", text: config)
    let base = try BaseModel.read(folder.url)
    #expect(base.tokenizer.vocabularySize == 259)
    let lines = ["a", "<pad>"].map { #"{"prompt":"\#($0)","completion":"b"}"# }
    let url = try folder.file("train.jsonl", text: "\n" + lines.joined(separator: "\n"))
    let message =
      #"line 3 has the token "<pad>", for which the base has no row; write it otherwise"#
    expectError(url, message) {
      try TaskData(
        TaskPlace(folder.url), split: .train, tokenizer: base.tokenizer, contextLength: 9)
    }
    let run = try tinyreft(["generate", "--base", folder.url.path, "--prompt", "a<pad>"])
    #expect(run.exitCode == 64 && run.errors.contains("has the token \"<pad>\""), "\(run.errors)")
  }

  @Test("a tokenizer whose first or last token has no row is of another model")
  func vocabulary() throws {
    let folder = try TemporaryFolder()
    var c = Self.configuration
    c.vocabularySize = 200
    try BaseModel(decoder: Decoder(c, seed: 1), tokenizer: .bytes).write(to: folder.url)
    let message =
      #"begins or ends a text with "<s>", for which the decoder has no row; "#
      + "they may belong to different models"
    expectError(folder.url.appending(path: "tokenizer.json"), message) {
      try BaseModel.read(folder.url)
    }
  }
}

extension Tensor {
  /// The nearest float32 of every element: what a file keeps of a Double.
  static func throughFloat(_ tensor: Tensor) -> Tensor {
    Tensor(
      rows: tensor.rows, columns: tensor.columns,
      elements: tensor.elements.map { Scalar(Float($0)) })
  }
}
