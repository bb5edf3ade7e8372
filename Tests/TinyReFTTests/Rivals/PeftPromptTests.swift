import Foundation
import Testing

@testable import TinyReFT

@Suite("Prompts and prefixes against Hugging Face's peft (docs/70-rivals.md)")
struct PeftPromptTests {
  /// The fixtures were computed in float64 and are stored as float32, to 6e-8.
  private static let tolerance = Scalar.self == Double.self ? 1e-6 : 1e-5

  @Test(
    "loss, logits and every gradient are peft's",
    arguments: [PrefixTuning.self, SoftPrompts.self, PTuning.self] as [any Rival.Type])
  func equal(rival: any Rival.Type) throws {
    func check<R: Rival>(_ rival: R.Type) throws {
      let file = try Safetensors.read(fixture("peft-prompts/\(R.method).safetensors"))
      let base = try BaseModel.readDecoder(fixture("peft-prompts/base"))
      let c = RivalConfiguration(method: R.method, size: 3, layers: [0, 1])
      var model = AdaptedDecoder(base, R(c, for: base, seed: 1))
      try model.adaptation.walk("") { name, tensor in
        let theirs = try #require(file.tensors[name]).tensor
        try #require(theirs.count == tensor.count, "\(name)")
        tensor = theirs
      }
      let tokens = try #require(file.metadata["tokens"]).split(separator: ",").compactMap {
        Int($0)
      }
      let promptLength = try #require(file.metadata["prompt_length"].flatMap { Int($0) })
      let example = TokenSequence(tokens: tokens, promptLength: promptLength)
      func expect(_ ours: Tensor, _ name: String) throws {
        let theirs = try #require(file.tensors[name]).tensor
        let difference =
          ours
          - Tensor(
            rows: ours.rows, columns: ours.columns, elements: theirs.elements)
        let error = (difference.dot(difference) / theirs.dot(theirs)).squareRoot()
        #expect(error <= Self.tolerance, "\(R.method) \(name): \(error)")
      }
      try expect(model.forward(Batch([model.placed(example)])).logits, "logits")
      let (loss, gradient) = model.lossAndGradient(
        of: [example], zero: model.adaptationOnly, threads: 1)
      try expect(Tensor([[Scalar(loss)]]), "loss")
      for (name, slope) in gradient.adaptation.parameters { try expect(slope, "grad.\(name)") }
      if let network = model.adaptation as? PTuning {
        try expect(network.prompts.prompt, "prompt_embeddings")
      }
    }
    try check(rival)
  }

  @Test("in ln-tuning the same weights learn as in peft")
  func norms() throws {
    let names = try String(contentsOf: fixture("peft-prompts/ln-tuning.txt"), encoding: .utf8)
    let base = try BaseModel.readDecoder(fixture("peft-prompts/base"))
    let rival = WeightTuning<NormGains>(
      RivalConfiguration(method: "ln-tuning", size: 0, layers: [0, 1]), for: base, seed: 1)
    #expect(
      AdaptedDecoder(base, rival).trainedParameters.map(\.name)
        == names.split(separator: "\n").map(String.init))
  }
}
