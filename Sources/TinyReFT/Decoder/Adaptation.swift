/// What may be added to a decoder between its blocks, and learns.
///
/// The decoder knows this protocol and nothing of who conforms to it. `ReFT` is the conformance that
/// this repository is about.
///
///     forward    hˡ⁺¹ = edit(Blockˡ(hˡ))
///     backward   from ∂loss/∂hˡ⁺¹ to ∂loss/∂Blockˡ(hˡ)
///
///     shapes     h, dh: [T, d], all the rows of a batch
///     units      layers and tokens count from 0
///     paper      Wu et al. 2024, arXiv:2404.03592v3, section 3.3, eq. 7
///     differs    nothing
public protocol Adaptation: Parameterized {
  /// What `backward` needs of one block's edit.
  associatedtype Cache: Sendable

  /// The hidden states that block `layer` made, as the next block is to see them.
  func forward(
    _ h: consuming Tensor, afterBlock layer: Int, of batch: Batch
  ) -> (h: Tensor, cache: Cache)

  /// From ∂loss/∂(edited h) to ∂loss/∂(h as the block made it); adds its own to `gradient`.
  func backward(
    _ dh: consuming Tensor, _ cache: Cache, afterBlock layer: Int, into gradient: inout Self
  ) -> Tensor

  /// After which block, and at which token of a prompt of n tokens, the first edit is: below and before
  /// it nothing changes, whatever is learned. The block is the same for every prompt. nil where nothing
  /// is edited at all.
  func firstEdit(ofPrompt n: Int) -> (block: Int, token: Int)?

  /// Whether generated tokens are edited too, and not those of the prompt alone.
  var editsGenerated: Bool { get }
}

extension Adaptation {
  public var editsGenerated: Bool { false }
}

/// No adaptation at all: the frozen base, or the decoder that is being pretrained.
public struct Unadapted: Adaptation {
  public init() {}

  public mutating func walk(_ path: String, _ visit: TensorVisitor) rethrows {}

  public func forward(
    _ h: consuming Tensor, afterBlock layer: Int, of batch: Batch
  ) -> (h: Tensor, cache: Void) { (h, ()) }

  public func backward(
    _ dh: consuming Tensor, _ cache: Void, afterBlock layer: Int, into gradient: inout Unadapted
  ) -> Tensor { dh }

  public func firstEdit(ofPrompt n: Int) -> (block: Int, token: Int)? { nil }
}
