import Foundation
import TinyReFT

/// Where a run prints: standard output, with colour and a live line when a person is watching.
struct Console: Sendable {
  /// True in a terminal that can rewrite a line and show colours. Pipes, CI and `NO_COLOR` get
  /// plain lines.
  let isLive: Bool

  /// Whether what is written goes to a terminal, with colours or without.
  private let isTerminal: Bool

  /// Columns, as they are now; at least 20.
  var width: Int { max(columns(), 20) }

  private let columns: @Sendable () -> Int

  let interruption: Interruption

  private let sink: @Sendable (String) throws -> Void

  /// For tests, and for whatever prints elsewhere.
  init(
    isLive: Bool, isTerminal: Bool = false, width: @escaping @Sendable () -> Int = { 80 },
    interruption: Interruption = Interruption(), sink: @escaping @Sendable (String) throws -> Void
  ) {
    self.isLive = isLive
    (self.isTerminal, columns) = (isTerminal, width)
    self.interruption = interruption
    self.sink = sink
  }

  /// Standard output. Not by way of `print`, which would keep lines back from a pipe and would not
  /// tell that its reader has gone.
  static func standard() -> Console {
    signal(SIGPIPE, SIG_IGN)
    // A file that may not grow further is an error like a full disk, and no reason to be killed.
    signal(SIGXFSZ, SIG_IGN)
    let isOpen = fcntl(STDOUT_FILENO, F_GETFD) >= 0
    let isTerminal = isatty(STDOUT_FILENO) == 1
    let environment = ProcessInfo.processInfo.environment
    return Console(
      isLive: isTerminal && allowsLiveText(environment), isTerminal: isTerminal,
      width: { isTerminal ? terminalWidth() ?? 80 : 80 }
    ) { text in
      // Asked at the beginning: something else may have its number by now.
      guard isOpen else { throw POSIXError(.EBADF) }
      try FileHandle.standardOutput.write(contentsOf: Data(text.utf8))
    }
  }

  static func allowsLiveText(_ environment: [String: String]) -> Bool {
    let isSet = { (name: String) in !["", "0", "false"].contains(environment[name] ?? "") }
    return environment["TERM"] != "dumb" && (environment["NO_COLOR"] ?? "").isEmpty && !isSet("CI")
  }

  /// Prints a line for people.
  func print(_ line: String = "") { write(safe(line) + "\n") }

  /// Prints what a model wrote: to a terminal nothing that it would obey, to a pipe every byte.
  func writeText(_ text: String) { write(isTerminal ? oneLine(text, keeping: "\n\t") : text) }

  /// What in a text is for the terminal and not for people is written as a number, but for our colours.
  func safe(_ text: String) -> String {
    Ink.allCases.reduce(oneLine(text, keeping: "\n\t")) { text, ink in
      isLive ? text.replacing(ink.mark, with: "\u{1B}[\(ink.rawValue)m") : text
    }
  }

  /// Prints a value as one line of JSON.
  func print(_ value: some Encodable) throws {
    write(String(decoding: try JSONCoding.text(value), as: UTF8.self) + "\n")
  }

  /// Prints a table for people, or for a script: its rows by a name, or its only row.
  func print(_ table: Table, named name: String? = nil, asJSON: Bool) throws {
    guard asJSON else { return write(safe(table.text)) }
    if let name { return try print(JSONObject([name: table.objects])) }
    for row in table.objects { try print(row) }
  }

  /// Prints a text as it is. When nobody can read it any more, that is a request to end.
  func write(_ text: String) {
    do {
      try sink(text)
    } catch {
      // A reader who left, as `head` does, had enough; a full disk is news.
      let isClosed = isClosedPipe(error)
      guard interruption.request(exitCode: isClosed ? 128 + SIGPIPE : 1), !isClosed else { return }
      complain("Error: Cannot write to standard output: \(FileError.reason(error))")
    }
  }

  /// Prints lines about a failure, on standard error, and of long ones the beginning.
  func complain(_ lines: String) {
    let cut = lines.split(separator: "\n").map { line in
      let rest = line.unicodeScalars.dropFirst(1000)
      return String(String.UnicodeScalarView(line.unicodeScalars.prefix(1000)))
        + (rest.isEmpty ? "" : "…")
    }
    writeToStandardError(oneLine(cut.joined(separator: "\n"), keeping: "\n") + "\n")
  }

  /// The text in a colour or weight, where there are any.
  func paint(_ text: String, _ ink: Ink) -> String {
    isLive ? "\(ink.mark)\(text)\(Ink.plain.mark)" : text
  }

  /// The numbers by which terminals know them.
  enum Ink: Int, CaseIterable {
    case plain = 0
    case bold = 1
    case dim = 2
    case red = 31
    case green = 32
    case yellow = 33
    case cyan = 36

    /// What stands for it until a line is printed: no text from outside can know it.
    fileprivate var mark: String { "\(Self.secret)\(rawValue)m" }

    private static let secret = UUID().uuidString
  }

  private func isClosedPipe(_ error: any Error) -> Bool {
    let cause = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError ?? error as NSError
    return cause.domain == NSPOSIXErrorDomain && cause.code == Int(EPIPE)
  }

  private static func terminalWidth() -> Int? {
    var size = winsize()
    // Safe: the request fills exactly this structure.
    guard unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 else { return nil }
    return size.ws_col > 0 ? Int(size.ws_col) : nil
  }
}

/// When standard error is gone too there is nobody left to tell.
func writeToStandardError(_ text: String) {
  try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
}

/// A path as one can type it from here: relative when it lies below the working directory, and neither
/// a flag nor somebody's home.
func shown(_ url: URL) -> String {
  let here = FileManager.default.currentDirectoryPath + "/"
  let path = url.path.hasPrefix(here) ? String(url.path.dropFirst(here.count)) : url.relativePath
  return path.hasPrefix("-") || path.hasPrefix("~") ? "./" + path : path
}
