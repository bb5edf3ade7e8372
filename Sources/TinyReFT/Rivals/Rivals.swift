/// The methods that the paper compares ReFT with, and their kin: the only place that names them all.
public enum Rivals: RivalRegistry {
  public static let all: [any Rival.Type] = [
    LoRA.self,
    DoRA.self,
    SeriesAdapter.self,
    ParallelAdapter.self,
    RED.self,
    PrefixTuning.self, SoftPrompts.self, PTuning.self,
    WeightTuning<NormGains>.self, WeightTuning<LastBlock>.self, WeightTuning<AllWeights>.self,
  ]

  public static func check(
    _ configuration: RivalConfiguration, against decoder: DecoderConfiguration
  ) throws -> any Rival.Type {
    try configuration.check(against: decoder)
  }
}

extension Rival {
  /// What files call an edit of all that attention, or feed-forward, writes: by the part, and not by its
  /// last matrix.
  static func partName(_ name: String) -> String {
    name.replacing(".o_proj", with: "").replacing(".down_proj", with: "")
  }

  /// Hangs something in every adapted block. All that then hangs in the decoder learns, by peft's names.
  static func attach(
    _ c: RivalConfiguration, to decoder: inout Decoder, seed: UInt64,
    _ hang: (inout Block, inout RandomStream) -> Void
  ) -> [String: String] {
    // "riva": not the numbers that the base began with.
    var stream = RandomStream(seed: seed, 0x7269_7661)
    for layer in c.layers.sorted() { hang(&decoder.blocks[layer], &stream) }
    let own = Set(decoder.bare.parameters.map(\.name))
    let names = decoder.parameters.map(\.name).filter { !own.contains($0) }
    return Dictionary(uniqueKeysWithValues: names.map { ($0, "base_model.model." + $0) })
  }
}
