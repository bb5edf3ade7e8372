/// The maps inside a block: each reads x and makes y.
///
/// `attention` and `feedForward` are the two parts as wholes: they read the normalised stream and make
/// what is added to it. The others are the matrices that they are made of.
public enum BlockMap: String, Sendable, CaseIterable {
  case queries = "q_proj"
  case keys = "k_proj"
  case values = "v_proj"
  case output = "o_proj"
  case gate = "gate_proj"
  case up = "up_proj"
  case down = "down_proj"
  case attention = "self_attn"
  case feedForward = "mlp"

  /// The seven matrices, by the names that Hugging Face gives them.
  public static let matrices: [BlockMap] = [.queries, .keys, .values, .output, .gate, .up, .down]

  /// Where it stands in a block, by Hugging Face's names.
  public var path: String {
    switch self {
    case .queries, .keys, .values, .output: "self_attn.\(rawValue)"
    case .gate, .up, .down: "mlp.\(rawValue)"
    case .attention, .feedForward: rawValue
    }
  }
}

extension Block {
  /// One of the seven matrices, [out, in]. Traps for `attention` and `feedForward`, which are more.
  public subscript(map: BlockMap) -> Linear {
    get {
      switch map {
      case .queries: attention.queries
      case .keys: attention.keys
      case .values: attention.values
      case .output: attention.output
      case .gate: feedForward.gate
      case .up: feedForward.up
      case .down: feedForward.down
      case .attention, .feedForward: preconditionFailure("Block: \(map) is more than one matrix")
      }
    }
    set {
      switch map {
      case .queries: attention.queries = newValue
      case .keys: attention.keys = newValue
      case .values: attention.values = newValue
      case .output: attention.output = newValue
      case .gate: feedForward.gate = newValue
      case .up: feedForward.up = newValue
      case .down: feedForward.down = newValue
      case .attention, .feedForward: preconditionFailure("Block: \(map) is more than one matrix")
      }
    }
  }
}

/// What adapts the inside of one block at every token, generated ones too: it may change what a map
/// makes, seeing what the map read, and may put keys and values before those of the tokens.
///
///     forward    y ← edit(y, x)
///     backward   from ∂loss/∂(edited y) to ∂loss/∂y, and to what the edit adds to ∂loss/∂x
///
///     shapes     x, dx: [n, in]     y, dy: [n, out], of the map
///     paper      Wu et al. 2024, arXiv:2404.03592v3, appendix B: other methods "edit every token"
///     differs    nothing
public protocol BlockAdaptation: Parameterized {
  /// What `backward` needs of one map's edit.
  associatedtype Cache: Sendable

  /// The maps that are edited; no other is asked about.
  var maps: Set<BlockMap> { get }

  func forward(
    _ y: consuming Tensor, from x: Tensor, at map: BlockMap
  ) -> (y: Tensor, cache: Cache)

  /// dy of the map, and what is to be added to its dx: nil for nothing. Adds its own to `gradient`.
  func backward(
    _ dy: consuming Tensor, _ cache: Cache, at map: BlockMap, into gradient: inout Self
  ) -> (dy: Tensor, dx: Tensor?)

  /// Keys and values that every token of every sequence sees before the tokens' own; nil for none.
  var prefix: KeysAndValues? { get }

  /// Takes the gradient of `prefix`, summed over the sequences.
  func backward(prefix: KeysAndValues, into gradient: inout Self)
}

extension BlockAdaptation {
  public var maps: Set<BlockMap> { [] }

  public var prefix: KeysAndValues? { nil }

  public func backward(prefix: KeysAndValues, into gradient: inout Self) {}
}

extension BlockAdaptation where Cache == Never {
  public func forward(
    _ y: consuming Tensor, from x: Tensor, at map: BlockMap
  ) -> (y: Tensor, cache: Never) { preconditionFailure("\(Self.self) edits no map") }

  public func backward(
    _ dy: consuming Tensor, _ cache: Never, at map: BlockMap, into gradient: inout Self
  ) -> (dy: Tensor, dx: Tensor?) {}
}

/// Of what acts between blocks only.
public struct NothingInside: BlockAdaptation {
  public typealias Cache = Never

  public mutating func walk(_ path: String, _ visit: TensorVisitor) rethrows {}
}

/// One block's adaptation during one pass: what the layers of the block know of it.
public protocol BlockEditing: AnyObject {
  func edits(_ map: BlockMap) -> Bool
  func forward(_ y: consuming Tensor, from x: Tensor, at map: BlockMap) -> Tensor
  func backward(_ dy: consuming Tensor, at map: BlockMap) -> (dy: Tensor, dx: Tensor?)
  func backward(prefix: KeysAndValues)
}

extension BlockEditing {
  /// The edit of one map; nil where there is none.
  func at(_ map: BlockMap) -> MapEdit? { edits(map) ? MapEdit(edits: self, map: map) : nil }
}

/// The edit of one map during one pass.
public struct MapEdit {
  fileprivate let edits: any BlockEditing
  fileprivate let map: BlockMap

  func forward(_ y: consuming Tensor, from x: Tensor) -> Tensor {
    edits.forward(y, from: x, at: map)
  }

  func backward(_ dy: consuming Tensor) -> (dy: Tensor, dx: Tensor?) {
    edits.backward(dy, at: map)
  }
}

/// Keeps what the backward passes of a block's edits need, from one pass to the other.
final class BlockEdits<Inside: BlockAdaptation>: BlockEditing {
  private let adaptation: Inside
  private(set) var caches: [BlockMap: Inside.Cache]
  /// Where the backward passes add.
  private(set) var gradient: Inside

  init(_ adaptation: Inside, caches: [BlockMap: Inside.Cache] = [:], gradient: Inside) {
    (self.adaptation, self.caches, self.gradient) = (adaptation, caches, gradient)
  }

  func edits(_ map: BlockMap) -> Bool { adaptation.maps.contains(map) }

  func forward(_ y: consuming Tensor, from x: Tensor, at map: BlockMap) -> Tensor {
    let (edited, cache) = adaptation.forward(y, from: x, at: map)
    caches[map] = cache
    return edited
  }

  func backward(_ dy: consuming Tensor, at map: BlockMap) -> (dy: Tensor, dx: Tensor?) {
    guard let cache = caches.removeValue(forKey: map) else {
      preconditionFailure("BlockEdits: \(map) was not edited in this pass")
    }
    return adaptation.backward(dy, cache, at: map, into: &gradient)
  }

  func backward(prefix: KeysAndValues) {
    adaptation.backward(prefix: prefix, into: &gradient)
  }
}
