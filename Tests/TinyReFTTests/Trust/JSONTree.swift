/// A JSON text as a tree whose leaves are kept as they are written, so that a change may leave
/// something that is no JSON: a key twice, a number beyond any type, half a character.
indirect enum JSONTree {
  case leaf([UInt8])
  case array([JSONTree])
  /// Keys with their quotes.
  case object([(key: [UInt8], value: JSONTree)])

  /// nil unless the bytes are JSON; only good ones are read here.
  init?(_ bytes: [UInt8]) {
    var at = 0
    guard let tree = Self.value(bytes, &at) else { return nil }
    self = tree
  }

  var bytes: [UInt8] {
    var bytes: [UInt8] = []
    write(to: &bytes)
    return bytes
  }

  private func write(to bytes: inout [UInt8]) {
    switch self {
    case .leaf(let text): bytes += text
    case .array(let children):
      bytes.append(UInt8(ascii: "["))
      for (i, child) in children.enumerated() {
        if i > 0 { bytes.append(UInt8(ascii: ",")) }
        child.write(to: &bytes)
      }
      bytes.append(UInt8(ascii: "]"))
    case .object(let members):
      bytes.append(UInt8(ascii: "{"))
      for (i, member) in members.enumerated() {
        if i > 0 { bytes.append(UInt8(ascii: ",")) }
        bytes += member.key
        bytes.append(UInt8(ascii: ":"))
        member.value.write(to: &bytes)
      }
      bytes.append(UInt8(ascii: "}"))
    }
  }

  private static func value(_ bytes: [UInt8], _ at: inout Int) -> JSONTree? {
    skipSpace(bytes, &at)
    defer { skipSpace(bytes, &at) }
    guard at < bytes.count else { return nil }
    switch bytes[at] {
    case UInt8(ascii: "["):
      var children: [JSONTree] = []
      while let _ = next(bytes, &at, closing: "]") {
        guard let child = value(bytes, &at) else { return nil }
        children.append(child)
      }
      return .array(children)
    case UInt8(ascii: "{"):
      var members: [(key: [UInt8], value: JSONTree)] = []
      while let _ = next(bytes, &at, closing: "}") {
        guard case .leaf(let key)? = value(bytes, &at) else { return nil }
        at += 1
        guard let child = value(bytes, &at) else { return nil }
        members.append((key, child))
      }
      return .object(members)
    case UInt8(ascii: "\""):
      let start = at
      repeat { at += bytes[at] == UInt8(ascii: "\\") ? 2 : 1 } while bytes[at] != UInt8(ascii: "\"")
      at += 1
      return .leaf(Array(bytes[start..<at]))
    default:
      let start = at
      while at < bytes.count, !",]} \n\r\t".utf8.contains(bytes[at]) { at += 1 }
      return .leaf(Array(bytes[start..<at]))
    }
  }

  /// Goes past an opening bracket or a comma; nil, and past it, at the closing one.
  private static func next(_ bytes: [UInt8], _ at: inout Int, closing: Unicode.Scalar) -> Void? {
    if bytes[at] != UInt8(ascii: closing) {
      at += 1
      skipSpace(bytes, &at)
      guard bytes[at] == UInt8(ascii: closing) else { return () }
    }
    at += 1
    return nil
  }

  private static func skipSpace(_ bytes: [UInt8], _ at: inout Int) {
    while at < bytes.count, " \n\r\t".utf8.contains(bytes[at]) { at += 1 }
  }
}

// MARK: Changing a place

extension JSONTree {
  /// How many values there are, this one and all below.
  var count: Int {
    switch self {
    case .leaf: 1
    case .array(let children): children.reduce(1) { $0 + $1.count }
    case .object(let members): members.reduce(1) { $0 + $1.value.count }
    }
  }

  /// Changes value number `place`, counted as they are written.
  mutating func change(_ place: Int, _ change: (inout JSONTree) -> Void) {
    guard place > 0 else { return change(&self) }
    var rest = place - 1
    switch self {
    case .leaf: return
    case .array(var children):
      for i in children.indices {
        let count = children[i].count
        guard rest >= count else {
          children[i].change(rest, change)
          break
        }
        rest -= count
      }
      self = .array(children)
    case .object(var members):
      for i in members.indices {
        let count = members[i].value.count
        guard rest >= count else {
          members[i].value.change(rest, change)
          break
        }
        rest -= count
      }
      self = .object(members)
    }
  }

  /// Value number `place`.
  subscript(place: Int) -> JSONTree {
    var found = self
    var copy = self
    copy.change(place) { found = $0 }
    return found
  }
}
