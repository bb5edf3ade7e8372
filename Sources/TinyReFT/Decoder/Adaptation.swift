/// What may be added to a decoder, and learns.
///
/// It changes the hidden states between two blocks; everything else that it can do is nothing unless
/// it says so. The decoder knows this protocol and nothing of who conforms to it. `ReFT` is the
/// conformance that this repository is about.
///
///     forward    h⁰ = edit(embed(tokens)),  hˡ⁺¹ = edit(Blockˡ(hˡ))
///     backward   from ∂loss/∂hˡ⁺¹ to ∂loss/∂Blockˡ(hˡ)
///
///     shapes     h, dh: [T, d], all the rows of a batch
///     units      layers count from 0; the embedding counts as block −1
///     paper      Wu et al. 2024, arXiv:2404.03592v3, section 3.3, eq. 7
///     differs    nothing
public protocol Adaptation: Parameterized {
  /// What `backward` needs of one block's edit.
  associatedtype Cache: Sendable

  /// How many blocks, from the lowest on, make the same hidden states whatever is learned: edits
  /// come after them.
  var fixedBlockCount: Int { get }

  /// How many tokens of a prompt of this length, from the first on, no edit touches in any block.
  func fixedTokenCount(ofPrompt length: Int) -> Int

  /// The rows of the batch that are edited after block `layer`.
  func editedRows(afterBlock layer: Int, of batch: Batch) -> [Int]

  /// The hidden states that block `layer` made, as the next block is to see them.
  func forward(
    _ h: consuming Tensor, afterBlock layer: Int, of batch: Batch
  ) -> (h: Tensor, cache: Cache)

  /// From ∂loss/∂(edited h) to ∂loss/∂(h as the block made it); adds its own to `gradient`.
  func backward(
    _ dh: consuming Tensor, _ cache: Cache, afterBlock layer: Int, into gradient: inout Self
  ) -> Tensor

  /// Whether generated tokens are edited after blocks too, and not those of the prompt alone.
  var editsGenerated: Bool { get }

  /// What can act inside a block.
  associatedtype Inside: BlockAdaptation = NothingInside

  /// What acts inside block `layer`; nil for nothing.
  subscript(insideBlock layer: Int) -> Inside? { get set }

  /// How many keys and values `Inside` puts before the tokens' own, whose positions then begin there.
  var prefixLength: Int { get }

  /// How many places for vectors of its own it needs before every sequence; with any, the embedding
  /// is edited too.
  var softTokenCount: Int { get }

  /// Whether this weight of the decoder learns too.
  func learns(_ weight: String) -> Bool
}

extension Adaptation {
  public var fixedBlockCount: Int { 0 }

  public func fixedTokenCount(ofPrompt length: Int) -> Int { 0 }

  public func editedRows(afterBlock layer: Int, of batch: Batch) -> [Int] {
    Array(batch.tokens.indices)
  }

  public var editsGenerated: Bool { false }

  public var prefixLength: Int { 0 }

  public var softTokenCount: Int { 0 }

  public func learns(_ weight: String) -> Bool { false }
}

extension Adaptation where Inside == NothingInside {
  public subscript(insideBlock layer: Int) -> NothingInside? {
    get { nil }
    set {}
  }
}

/// What acts inside blocks only, or not at all, leaves the states between them as they are.
extension Adaptation where Cache == Void {
  public func forward(
    _ h: consuming Tensor, afterBlock layer: Int, of batch: Batch
  ) -> (h: Tensor, cache: Void) { (h, ()) }

  public func backward(
    _ dh: consuming Tensor, _ cache: Void, afterBlock layer: Int, into gradient: inout Self
  ) -> Tensor { dh }
}

/// No adaptation at all: the frozen base, or the decoder that is being pretrained.
public struct Unadapted: Adaptation {
  public typealias Cache = Void

  public init() {}

  public mutating func walk(_ path: String, _ visit: TensorVisitor) rethrows {}
}
