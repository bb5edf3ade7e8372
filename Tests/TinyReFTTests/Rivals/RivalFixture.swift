import Foundation
import Testing

@testable import TinyReFT

/// A file of `peft-prompts` or `hooked`: what learns, and what PyTorch computed with it.
struct RivalFixture {
  private let file: Safetensors

  /// The fixtures were computed in float64 and are stored as float32, to 6e-8.
  private static let tolerance = Scalar.self == Double.self ? 1e-6 : 1e-5

  init(_ path: String) throws { file = try Safetensors.read(fixture(path)) }

  /// Gives the rival the file's numbers, compares everything that the file has, and returns the model.
  func check(_ rival: any Rival.Type) throws -> AdaptedDecoder<Unadapted> {
    let base = try BaseModel.readDecoder(fixture("peft-prompts/base"))
    let c = RivalConfiguration(method: rival.method, size: 3, alpha: 2, layers: [0, 1])
    var trained = Trained(AdaptedBase(rival, c, of: base, seed: 1).model)
    try trained.walk("") { name, tensor in
      let theirs = try #require(file.tensors[name]).tensor
      try #require(theirs.count == tensor.count, "\(name)")
      tensor = theirs
    }
    let model = trained.model
    let tokens = try #require(file.metadata["tokens"]).split(separator: ",").compactMap { Int($0) }
    let promptLength = try #require(file.metadata["prompt_length"].flatMap { Int($0) })
    let example = TokenSequence(tokens: tokens, promptLength: promptLength)
    try expect(model.forward(Batch([model.decoder.placed(example)])).logits, "logits")
    let (loss, gradient) = model.lossAndGradient(
      of: [example], zero: model.adaptationOnly, threads: 1)
    try expect(Tensor([[Scalar(loss)]]), "loss")
    let slopes = Trained(gradient).parameters
    for (name, slope) in slopes { try expect(slope, "grad.\(name)") }
    #expect(slopes.count == file.names.count { $0.hasPrefix("grad.") }, "\(rival.method)")
    return model
  }

  /// Equal to the file's tensor of this name, relative in norm.
  func expect(_ ours: Tensor, _ name: String) throws {
    let theirs = try #require(file.tensors[name]).tensor
    let difference =
      ours - Tensor(rows: ours.rows, columns: ours.columns, elements: theirs.elements)
    let error = (difference.dot(difference) / theirs.dot(theirs)).squareRoot()
    #expect(error <= Self.tolerance, "\(name): \(error)")
  }
}

@Suite("Adapters, RED and weights against PyTorch (docs/70-rivals.md)")
struct HookedRivalTests {
  @Test(
    "loss, logits and every gradient are PyTorch's",
    arguments: [
      SeriesAdapter.self, ParallelAdapter.self, RED.self,
      WeightTuning<LastBlock>.self,
    ] as [any Rival.Type])
  func equal(rival: any Rival.Type) throws {
    _ = try RivalFixture("hooked/\(rival.method).safetensors").check(rival)
  }
}
