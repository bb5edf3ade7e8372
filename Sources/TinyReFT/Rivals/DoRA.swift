/// Weight-decomposed low-rank adaptation: LoRA turns the rows of a matrix, and their lengths are
/// learned apart.
///
///     forward    V = W + s B A     c = ‖V‖, of every row     W′ = m/c ⊙ V
///                by rows: v = y + s x Aᵀ Bᵀ,   y ← m/c ⊙ v
///     backward   dm = Σᵢ dyᵢ ⊙ vᵢ / c     dv = m/c ⊙ dy, and from there as LoRA; c is a constant
///
///     shapes     x: [n, in]     y, v: [n, out]     m, c: [out]     W, V: [out, in]     A, B: LoRA's
///     paper      Liu et al. 2024, arXiv:2402.09353v6, eq. 5; section 4.3: no gradient through c
///     differs    the paper takes the norm of every column of W, one number for each input; as in
///                Hugging Face's peft, ours has one for each output. m begins at ‖W‖, so that the
///                base is unchanged. A row of zeros stays zero; peft makes NaN of it
public struct DoRA: MergingPart {
  public static let method = "dora"

  public static let choices: Set<RivalChoice> = [.size, .alpha, .maps, .layers]

  public private(set) var lora: LoRA
  /// m, by map.
  public private(set) var magnitudes: [BlockMap: Tensor]
  /// W, by map: the base's own, whose memory it shares.
  private let weights: [BlockMap: Tensor]
  /// c, by map, where it is held; made anew in every pass where it is not.
  private var heldNorms: [BlockMap: Tensor] = [:]

  public var maps: Set<BlockMap> { lora.maps }

  public init(_ c: RivalConfiguration, for block: Block, using stream: inout RandomStream) {
    lora = LoRA(c, for: block, using: &stream)
    let pairs = c.matrices.map { ($0, block[$0].weight) }
    weights = Dictionary(uniqueKeysWithValues: pairs)
    magnitudes = weights.mapValues(\.rowNorms)
  }

  /// LoRA's, and one number for each output.
  public static func parameterCount(
    _ c: RivalConfiguration, inBlockOf base: DecoderConfiguration
  ) -> Int {
    c.matrices.reduce(LoRA.parameterCount(c, inBlockOf: base)) { $0 + base.shape(of: $1)[0] }
  }

  public mutating func walk(_ path: String, _ visit: TensorVisitor) rethrows {
    try lora.walk(path, visit)
    for map in BlockMap.matrices {
      guard var m = magnitudes.removeValue(forKey: map) else { continue }
      defer { magnitudes[map] = m }
      try visit(path + "\(map.path).lora_magnitude_vector", &m)
    }
  }

  public var held: DoRA {
    var copy = self
    for map in maps { copy.heldNorms[map] = norms(of: map) }
    return copy
  }

  /// What `backward` needs.
  public struct Cache: Sendable {
    let lora: LoRA.Cache
    let v: Tensor
    let c: Tensor
  }

  public func forward(
    _ y: consuming Tensor, from x: Tensor, at map: BlockMap
  ) -> (y: Tensor, cache: Cache) {
    let (v, cache) = lora.forward(y, from: x, at: map)
    let c = norms(of: map)
    return (v.scalingColumns(by: ratio(map, c)), Cache(lora: cache, v: v, c: c))
  }

  public func backward(
    _ dy: consuming Tensor, _ cache: Cache, at map: BlockMap, into gradient: inout DoRA
  ) -> (dy: Tensor, dx: Tensor?) {
    let dm = dy.map(with: cache.v) { dy, v in dy * v }.columnSums
    gradient.magnitudes[map]? += dm.map(with: cache.c) { dm, c in dm / c }
    let dv = dy.scalingColumns(by: ratio(map, cache.c))
    return lora.backward(dv, cache.lora, at: map, into: &gradient.lora)
  }

  /// W′: the rows of V, each as long as m says.
  public func merged(_ weight: Tensor, at map: BlockMap) -> Tensor {
    var V = lora.merged(weight, at: map)
    let ratio = ratio(map, V.rowNorms)
    for i in 0..<V.rows { V.update(in: V.row(i)) { v in v * ratio.elements[i] } }
    return V
  }

  /// c, [out].
  private func norms(of map: BlockMap) -> Tensor {
    if let held = heldNorms[map] { return held }
    return lora.merged(weights[map] ?? .none, at: map).rowNorms
  }

  /// m / c. Traps for a map that is not adapted.
  private func ratio(_ map: BlockMap, _ c: Tensor) -> Tensor {
    guard let m = magnitudes[map] else { preconditionFailure("DoRA: \(map) is not adapted") }
    return m.map(with: c) { m, c in m / c }
  }
}

extension Tensor {
  /// The length of every row, as a vector; for a row of zeros the least number by which one can
  /// still divide.
  fileprivate var rowNorms: Tensor {
    let norms = (0..<rows).map { i in sum(in: row(i)) { x in x * x }.squareRoot() }
    return Tensor(columns: rows, elements: norms.map { max($0, .leastNormalMagnitude) })
  }
}
