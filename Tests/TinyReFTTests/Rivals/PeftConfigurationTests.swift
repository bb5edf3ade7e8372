import Foundation
import Testing

@testable import TinyReFT

@Suite("peft's configuration (docs/50-files.md)")
struct PeftConfigurationTests {
  private let decoder = SmallDecoder.configuration

  /// What `LoraConfig(r=3, lora_alpha=5)` of peft 0.13.2 writes, and what else is asked for.
  private func read(_ more: String = "", in folder: TemporaryFolder) throws -> RivalConfiguration {
    let text = """
      {"alpha_pattern": {}, "auto_mapping": null, "bias": "none", "fan_in_fan_out": false,
      "init_lora_weights": true, "layer_replication": null, "layers_pattern": null,
      "lora_alpha": 5, "modules_to_save": null, "r": 3, "rank_pattern": {}, "revision": null,
      \(more) "task_type": "CAUSAL_LM"}
      """
    let url = try folder.file("adapter_config.json", text: text)
    return try RivalConfiguration(peft: JSON.read(url), for: decoder)
  }

  private static let plain = #""peft_type": "LORA", "target_modules": ["v_proj", "q_proj"],"#

  @Test("a LoRA, a DoRA, rank-stabilised, of some layers, of all matrices")
  func kinds() throws {
    let folder = try TemporaryFolder()
    let all = Array(0..<decoder.layerCount)
    let lora = try read(Self.plain, in: folder)
    #expect(
      lora
        == RivalConfiguration(
          method: "lora", size: 3, alpha: 5, maps: [.values, .queries], layers: all))
    let dora = try read(Self.plain + #""use_dora": true, "layers_to_transform": 1,"#, in: folder)
    #expect(dora.method == "dora" && dora.layers == [1])
    let stable = try read(
      Self.plain + #""use_rslora": true, "layers_to_transform": [0],"#, in: folder)
    #expect(abs(Double(stable.scale) - 5 / 3.0.squareRoot()) < 1e-6 && stable.layers == [0])
    let linear = try read(#""peft_type": "LORA", "target_modules": "all-linear","#, in: folder)
    #expect(linear.maps == BlockMap.allCases)
  }

  @Test(
    "what would change a number, and is not built here, is refused by its name",
    arguments: [
      (#""rank_pattern": {"q_proj": 2},"#, #""rank_pattern" is set; supported: {}"#),
      (#""alpha_pattern": {"q_proj": 2},"#, #""alpha_pattern" is set; supported: {}"#),
      (#""modules_to_save": ["lm_head"],"#, #""modules_to_save" is set; supported: null"#),
      (#""bias": "all","#, #""bias" is "all"; supported: "none""#),
      (#""fan_in_fan_out": true,"#, #""fan_in_fan_out" is true; supported: false"#),
      (#""init_lora_weights": "pissa","#, #""init_lora_weights" is "pissa"; supported: true"#),
      (#""r": 0,"#, #""r" is 0; supported: 1"#),
    ])
  func refused(member: String, message: String) throws {
    let folder = try TemporaryFolder()
    // The last of two members of one name would count, so that the first is taken out.
    let name = member.prefix { $0 != ":" }
    let text = """
      {"lora_alpha": 5, \(name == "\"r\"" ? "" : "\"r\": 3,") \(Self.plain) \(member)
      "task_type": "CAUSAL_LM"}
      """
    let url = try folder.file("adapter_config.json", text: text)
    let error = try #require(throws: FileError.self) {
      try RivalConfiguration(peft: JSON.read(url), for: decoder)
    }
    #expect(error.description.contains(message), "\(error)")
  }

  @Test(
    "a folder of something else is called what it is",
    arguments: [
      (#""peft_type": "IA3","#, #""peft_type" is "IA3"; supported: "LORA""#),
      (#""fine_tune_type": "lora", "lora_parameters": {},"#, "is MLX's"),
      ("", "names no peft_type"),
      (#""peft_type": "LORA", "target_modules": ["lm_head"],"#, "supported: q_proj"),
    ])
  func foreign(members: String, message: String) throws {
    let error = try #require(throws: FileError.self) {
      try read(members, in: TemporaryFolder())
    }
    #expect(error.description.contains(message), "\(error)")
  }

  @Test("peft's folder is read as it is; two files that disagree are refused")
  func folders() throws {
    let (folder, base) = (try TemporaryFolder(), Decoder(decoder, seed: 7))
    let c = RivalConfiguration(method: "lora", size: 2, alpha: 3, layers: [0, 2])
    let model = AdaptedBase(LoRA.self, c, of: base, seed: 1).model
    try Rivals.write(model, c, base: "00ff", to: folder.url)
    let ours = try Rivals.read(folder.url, for: base)
    let file = folder.url.appending(path: "adapter_config.json")
    let text = try String(contentsOf: file, encoding: .utf8)
    _ = try folder.file("adapter_config.json", text: text.replacing(#""r" : 2"#, with: #""r" : 1"#))
    expectError(file, "does not say what adapter.json says; remove one of the two") {
      try Rivals.read(folder.url, for: base)
    }
    _ = try folder.file("adapter_config.json", text: text)
    try FileManager.default.removeItem(at: folder.url.appending(path: "adapter.json"))
    #expect(Rivals.isOne(folder.url))
    let theirs = try Rivals.read(folder.url, for: base)
    #expect(theirs.configuration.agrees(with: ours.configuration))
    #expect(
      zip(theirs.adapted.decoder.parameters, ours.adapted.decoder.parameters)
        .allSatisfy { $0.tensor == $1.tensor })
  }
}
