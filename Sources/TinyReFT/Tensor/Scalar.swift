// One number type for the whole library, so that no reader carries a generic parameter.
//
// Debug builds compute in Double, because central differences keep only two thirds of the digits:
// a wrong term of relative size 1e-6 hides in Float's rounding and stands out in Double's. Release
// builds compute in Float, which is twice as fast and what checkpoints hold. The same source is
// compiled for both, and CI tests both.

#if DEBUG
  /// The number that everything is made of: Double here, Float in release builds.
  public typealias Scalar = Double
  /// As many scalars as one 64-byte vector register holds.
  typealias Lanes = SIMD8<Double>
#else
  /// The number that everything is made of: Float here, Double in debug builds.
  public typealias Scalar = Float
  /// As many scalars as one 64-byte vector register holds.
  typealias Lanes = SIMD16<Float>
#endif
