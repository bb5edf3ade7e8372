/// A Python value as Python's pickle writes it: a program for a small machine with a stack.
///
/// Each value is written as the steps that leave it on top of the stack; a step that needs others
/// takes them from there, so they come first.
///
///     format     80 02, protocol 2; the steps; a full stop. One byte names a step, its data follow
///     units      lengths and whole numbers in 32 bits, lowest byte first
///     differs    only writes, and only what `torch.save` needs. No "memo", by which Python writes
///                a value once that occurs twice
indirect enum Pickle {
  case text(String)
  case boolean(Bool)
  /// Traps beyond 32 bits.
  case integer(Int)
  case tuple([Pickle])
  case dictionary([(key: String, value: Pickle)])
  /// A function or class, by the module that Python finds it in.
  case global(module: String, name: String)
  /// What the function returns for these arguments.
  case call(Pickle, [Pickle])
  /// Something that stands outside the pickle; who reads it knows what the parts mean.
  case external([Pickle])
  /// A `collections.OrderedDict`, and attributes that hang on it.
  case ordered([(key: String, value: Pickle)], attributes: [(key: String, value: Pickle)])

  /// The whole file.
  var file: [UInt8] { [0x80, 2] + steps + Array(".".utf8) }

  private var steps: [UInt8] {
    switch self {
    case .text(let text): step("X") + littleEndian(UInt32(text.utf8.count)) + Array(text.utf8)
    case .boolean(let value): [value ? 0x88 : 0x89]
    case .integer(let value): step("J") + littleEndian(Int32(value))
    case .tuple(let parts): step("(") + parts.flatMap(\.steps) + step("t")
    case .dictionary(let items): step("}") + setting(items)
    case .global(let module, let name): step("c") + Array("\(module)\n\(name)\n".utf8)
    case .call(let function, let arguments):
      function.steps + Pickle.tuple(arguments).steps + step("R")
    case .external(let parts): Pickle.tuple(parts).steps + step("Q")
    case .ordered(let items, let attributes):
      Pickle.call(.global(module: "collections", name: "OrderedDict"), []).steps + setting(items)
        + (attributes.isEmpty ? [] : Pickle.dictionary(attributes).steps + step("b"))
    }
  }

  private func step(_ name: Unicode.Scalar) -> [UInt8] { [UInt8(ascii: name)] }

  /// Puts each value under its key into the dictionary below them on the stack.
  private func setting(_ items: [(key: String, value: Pickle)]) -> [UInt8] {
    items.flatMap { Pickle.text($0.key).steps + $0.value.steps + step("s") }
  }
}
