/// Finetuning: weights of the base learn, all or some, and nothing is added to it.
///
///     forward    the decoder's own
///     backward   the decoder's own; what stays frozen has no room in the gradient
///
///     ln-tuning   the gain g of every RMSNorm
///     last-layer  the last block, and the norm behind it
///     full        every weight
///
///     paper      biases alone: Ben-Zaken et al. 2021, arXiv:2106.10199v5 (BitFit); norms alone: Zhao
///                et al. 2023, arXiv:2312.11420v1
///     differs    Llama has no biases: g is its only vector of weights, so that ln-tuning, which has its
///                name and its choice of norms from Hugging Face's peft, stands where BitFit would.
///                last-layer leaves the head alone, tied or not: a tied one is the embedding, with
///                which every block would change. The base is unchanged at the start
enum WeightTuning<Choice: WeightChoice>: Rival {
  static var method: String { Choice.method }

  static var choices: Set<RivalChoice> { [] }

  /// Nothing is hung anywhere.
  static func attach(
    _ c: RivalConfiguration, to decoder: inout Decoder, seed: UInt64
  ) -> [String: String] {
    Dictionary(uniqueKeysWithValues: learned(in: decoder.configuration).map { ($0, $0) })
  }

  /// The names of what learns: as `Decoder` walks them, for a decoder that need not be there.
  private static func learned(in c: DecoderConfiguration) -> [String] {
    Decoder(unfilled: c).parameters.map(\.name)
      .filter { Choice.learns($0, layerCount: c.layerCount) }
  }

  static func parameterCount(
    _ c: RivalConfiguration, for base: DecoderConfiguration
  ) -> Int {
    learned(in: base).reduce(0) { $0 + base.shape(of: $1).reduce(1, *) }
  }
}

/// Which weights learn.
protocol WeightChoice: Sendable {
  static var method: String { get }

  /// Whether the weight with this name in the decoder's walk does.
  static func learns(_ weight: String, layerCount: Int) -> Bool
}

enum NormGains: WeightChoice {
  static let method = "ln-tuning"

  static func learns(_ weight: String, layerCount: Int) -> Bool {
    weight.hasSuffix("norm.weight")
  }
}

enum LastBlock: WeightChoice {
  static let method = "last-layer"

  static func learns(_ weight: String, layerCount: Int) -> Bool {
    weight.hasPrefix("model.layers.\(layerCount - 1).") || weight == "model.norm.weight"
  }
}

enum AllWeights: WeightChoice {
  static let method = "full"

  static func learns(_ weight: String, layerCount: Int) -> Bool { true }
}
