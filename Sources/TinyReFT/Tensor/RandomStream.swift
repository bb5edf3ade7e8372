import Foundation

/// A seeded source of randomness: the same seed gives the same stream for ever.
///
/// Swift's own generator cannot be seeded, so we bring the smallest good one, SplitMix64: a counter
/// that moves by an odd constant and is then stirred. `Int.random(in:using:)` and
/// `shuffled(using:)` of the standard library draw from it, in a way that is theirs to choose.
///
///     paper      Steele, Lea & Flood 2014, "Fast splittable pseudorandom number generators"
///     differs    never splits, so one odd constant serves all streams; the constants that stir are
///                those of its descendant in Java 8, `SplittableRandom` (Stafford's variant 13)
public struct RandomStream: RandomNumberGenerator, Sendable, Equatable {
  /// The seed of a stream that goes on from here.
  public private(set) var state: UInt64

  public init(seed: UInt64) { state = seed }

  /// An independent stream for one purpose, such as one step or one shard of a step.
  public init(seed: UInt64, _ purpose: Int...) { self.init(seed: Self.seed(seed, purpose)) }

  /// A seed for one purpose. Adding the purpose to the seed would not do: seed 1 with purpose 2 would
  /// then be seed 2 with purpose 1.
  public static func seed(_ seed: UInt64, _ purpose: Int...) -> UInt64 { Self.seed(seed, purpose) }

  private static func seed(_ seed: UInt64, _ purpose: [Int]) -> UInt64 {
    purpose.reduce(seed) { seed, part in
      var stream = RandomStream(seed: seed)
      return stream.next() ^ UInt64(bitPattern: Int64(part))
    }
  }

  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// Uniform in [0, 1): the upper 53 bits, which is as fine as a Double can be there.
  mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// From the normal distribution with mean 0 and deviation 1, by Box and Muller's transform of two
  /// uniform numbers: a random radius and a random angle. The sine would give a second number; it
  /// is not worth remembering. 1 − uniform() is never 0, whose logarithm is infinite.
  mutating func gaussian() -> Double {
    let radius = (-2 * log(1 - uniform())).squareRoot()
    return radius * cos(2 * .pi * uniform())
  }
}

extension Tensor {
  /// Elements uniform in [−bound, bound], up to rounding to `Scalar`.
  static func uniform(
    rows: Int = 1, columns: Int, bound: Double = 1, using stream: inout RandomStream
  ) -> Tensor {
    var tensor = Tensor(repeating: 0, rows: rows, columns: columns)
    for k in tensor.elements.indices {
      tensor.elements[k] = Scalar((2 * stream.uniform() - 1) * bound)
    }
    return tensor
  }

  /// Elements from the normal distribution with mean 0 and this deviation.
  static func gaussian(
    rows: Int = 1, columns: Int, deviation: Double = 1, using stream: inout RandomStream
  ) -> Tensor {
    var tensor = Tensor(repeating: 0, rows: rows, columns: columns)
    for k in tensor.elements.indices { tensor.elements[k] = Scalar(stream.gaussian() * deviation) }
    return tensor
  }

  /// Elements uniform in [−1, 1], from a stream of their own.
  public static func random(rows: Int = 1, columns: Int, seed: UInt64) -> Tensor {
    var stream = RandomStream(seed: seed)
    return uniform(rows: rows, columns: columns, using: &stream)
  }
}
