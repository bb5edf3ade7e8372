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
