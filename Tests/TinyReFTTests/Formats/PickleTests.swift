import Testing

@testable import TinyReFT

@Suite("Pickle (docs/54-outgrowing.md)")
struct PickleTests {
  @Test("by hand: the tuple (1, 'b'), in 16 bytes")
  func workedExample() {
    let expected: [UInt8] =
      [0x80, 2]  // protocol 2
      + [0x28]  // (: what follows, down to the t, becomes a tuple
      + [0x4A, 1, 0, 0, 0]  // J: a whole number, 1
      + [0x58, 1, 0, 0, 0, 0x62]  // X: a text of 1 byte, b
      + [0x74, 0x2E]  // t, and the end
    #expect(Pickle.tuple([.integer(1), .text("b")]).file == expected)
  }

  @Test("each kind of value, as the steps that Python's pickletools names")
  func kinds() {
    func check(_ pickle: Pickle, _ steps: [UInt8]...) {
      #expect(pickle.file == [0x80, 2] + steps.flatMap(\.self) + [0x2E])
    }
    // NEWTRUE and NEWFALSE.
    check(.boolean(true), [0x88])
    check(.boolean(false), [0x89])
    // BININT in two's complement: −2 is FFFFFFFE. 258 is 0x102.
    check(.integer(-2), [0x4A, 0xFE, 0xFF, 0xFF, 0xFF])
    check(.integer(258), [0x4A, 2, 1, 0, 0])
    // EMPTY_DICT, the key, the value, SETITEM.
    check(.dictionary([("k", .boolean(true))]), [0x7D, 0x58, 1, 0, 0, 0, 0x6B, 0x88, 0x73])
    // GLOBAL and two lines; MARK, TUPLE, REDUCE.
    check(
      .call(.global(module: "m", name: "f"), []), [0x63, 0x6D, 10, 0x66, 10], [0x28, 0x74, 0x52])
    // MARK, TUPLE, BINPERSID.
    check(.external([]), [0x28, 0x74, 0x51])
    // The class, called with nothing; an item; the attributes, and BUILD.
    let ordered = Array("ccollections\nOrderedDict\n(tR".utf8)
    check(.ordered([], attributes: []), ordered)
    check(
      .ordered([("", .boolean(true))], attributes: [("a", .boolean(false))]), ordered,
      [0x58, 0, 0, 0, 0, 0x88, 0x73], [0x7D, 0x58, 1, 0, 0, 0, 0x61, 0x89, 0x73, 0x62])
  }

  @Test("a text is counted in bytes, so that no character in it needs an escape")
  func oddTexts() {
    // é is C3 A9.
    #expect(
      Pickle.text("é'\n").file == [0x80, 2, 0x58, 4, 0, 0, 0, 0xC3, 0xA9, 0x27, 0x0A, 0x2E])
  }
}
