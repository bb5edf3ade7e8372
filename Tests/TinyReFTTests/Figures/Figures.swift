import TinyReFT

/// The figures of the chapters, each drawn from the code or the numbers that its chapter is about.
enum Figures {
  /// Every figure with the name of its file in `docs/figures`.
  static let all: [(name: String, draw: @Sendable () -> Drawing)] = [
    ("10-tensor.svg", tensor),
    ("11-matrix-product.svg", matrixProduct),
    ("20-backprop.svg", backprop),
    ("21-embedding.svg", embedding),
    ("22-rmsnorm.svg", rmsNorm),
    ("23-rotary-embedding.svg", rotaryEmbedding),
    ("24-attention.svg", attention),
    ("25-swiglu.svg", swiGLU),
    ("26-decoder.svg", decoder),
    ("28-generation.svg", generation),
    ("30-interventions.svg", interventions),
    ("31-positions.svg", positions),
    ("32-gram-schmidt.svg", gramSchmidt),
    ("33-loreft.svg", loReFT),
    ("35-interchange.svg", interchange),
    ("40-training.svg", schedules),
    ("43-frozen-base.svg", frozenBase),
    ("45-toy-world.svg", toyWorld),
    ("70-rivals.svg", rivals),
  ]
}
