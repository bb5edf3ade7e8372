import Foundation
import Testing

@testable import TinyReFT

@Suite("config.json (docs/50-files.md)")
struct LlamaConfigurationTests {
  private static let llama = """
    {"model_type": "llama", "vocab_size": 300, "hidden_size": 12, "intermediate_size": 20,
     "num_hidden_layers": 2, "num_attention_heads": 3, "unknown_key": [1]}
    """

  private func read(_ text: String) throws -> DecoderConfiguration {
    let folder = try TemporaryFolder()
    _ = try folder.file("config.json", text: text)
    return try LlamaConfiguration.read(folder.url)
  }

  @Test("missing fields have transformers' defaults")
  func defaults() throws {
    let c = try read(Self.llama)
    #expect(c.keyValueHeadCount == 3)
    #expect(c.headWidth == 4)
    #expect(c.rotaryBase == 10_000)
    #expect(c.normEpsilon == 1e-6)
    #expect(c.contextLength == 2048)
    #expect(!c.tiesEmbeddings)
  }

  @Test(
    "what would be computed differently is refused by its field",
    arguments: [
      ("\"llama\"", "\"mistral\"", "model_type"),
      ("\"vocab_size\": 300", "\"vocab_size\": 0", "vocab_size"),
      ("\"hidden_size\": 12", "\"hidden_size\": -1", "hidden_size"),
      ("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 1000000000", "num_hidden_layers"),
      ("[1]", "1, \"hidden_act\": \"gelu\"", "hidden_act"),
      ("[1]", "1, \"attention_bias\": true", "attention_bias"),
      ("[1]", "1, \"mlp_bias\": true", "mlp_bias"),
      ("[1]", "1, \"num_key_value_heads\": 2", "num_key_value_heads"),
      ("[1]", "1, \"head_dim\": 5", "head_dim"), ("[1]", "1, \"head_dim\": 1000000", "head_dim"),
      ("[1]", "1, \"rope_scaling\": {\"rope_type\": \"llama3\"}", "rope_scaling"),
      ("[1]", "1, \"rope_parameters\": {\"rope_theta\": 500000}", "rope_parameters"),
      ("[1]", "1, \"architectures\": [\"GPT2LMHeadModel\"]", "architectures"),
      ("[1]", "1, \"rope_theta\": 0", "rope_theta"),
      ("[1]", "1, \"rms_norm_eps\": -1", "rms_norm_eps"),
      ("\"num_attention_heads\": 3", "\"num_attention_heads\": 5", "num_attention_heads"),
    ])
  func refused(part: String, replacement: String, field: String) throws {
    let text = Self.llama.replacingOccurrences(of: part, with: replacement)
    #expect(text != Self.llama)
    let error = #expect(throws: CheckpointError.self) { try read(text) }
    guard case .unsupported(let named, _, _) = error?.problem else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(named == field)
  }

  @Test("broken JSON and missing keys name the file and the key")
  func malformed() {
    #expect(throws: FileError<JSONFileProblem>.self) { try read("{") }
    let error = #expect(throws: FileError<JSONFileProblem>.self) { try read("{}") }
    #expect(error?.description.contains("\"vocab_size\"") == true)
  }
}
