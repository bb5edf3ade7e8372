/// What `--help` prints, all of it made from the declarations.
struct HelpText {
  let console: Console

  /// Longer lines are tiring, however wide the window.
  private var width: Int { min(console.width, 100) }

  static func usage(of subcommand: (any Subcommand.Type)?) -> String {
    guard let subcommand else { return "tinyreft SUBCOMMAND [--flag value]" }
    let required = subcommand.flags.filter(\.isRequired).map { flag in
      " " + (flag.name == subcommand.operand?.name ? flag.placeholder ?? "" : flag.spelling)
    }.joined()
    let others = subcommand.flags.contains { !$0.isRequired } ? " [--flag value]" : ""
    return "tinyreft \(subcommand.name)\(required)\(others)"
  }

  func program() -> String {
    let overview = """
      A small transformer, and Representation Finetuning (ReFT) of it, in plain Swift: the base \
      stays frozen, and an intervention learns to edit its hidden states at a few positions.
      """
    let list = Program.subcommands.map { row($0.name, $0.summary, margin: 13) }
    return [
      section("OVERVIEW", wrapped(overview, indent: 0)),
      section("USAGE", "  " + Self.usage(of: nil)),
      section("SUBCOMMANDS", list.joined(separator: "\n")),
      section(
        "FLAGS",
        [row("-h, --help", Self.helpHelp), row("--version", "Print the version.")]
          .joined(separator: "\n")),
      "See 'tinyreft help SUBCOMMAND' for the flags of one, with examples.",
    ].joined(separator: "\n\n")
  }

  func subcommand(_ subcommand: any Subcommand.Type) -> String {
    var sections = [
      section("OVERVIEW", wrapped(subcommand.summary, indent: 0)),
      wrapped(subcommand.discussion, indent: 0),
      section("USAGE", "  " + Self.usage(of: subcommand)),
    ]
    for group in subcommand.flagGroups {
      let rows = group.flags.map { row(spelling(of: $0), help(of: $0)) }
      sections.append(section(group.title.uppercased(), rows.joined(separator: "\n")))
    }
    sections.append(row("-h, --help", Self.helpHelp))
    let examples = subcommand.examples.map { example in
      "  \(example.commandLine)\n" + wrapped(example.lesson, indent: 6)
    }
    sections.append(section("EXAMPLES", examples.joined(separator: "\n")))
    return sections.joined(separator: "\n\n")
  }

  private static let helpHelp = "Print this help."

  private func section(_ title: String, _ body: String) -> String {
    console.paint("\(title):", .bold) + "\n" + body
  }

  private func spelling(of flag: any FlagDeclaration) -> String {
    // Nobody needs to switch off what is off.
    flag.isSwitch && flag.typedDefault == "yes"
      ? "--\(flag.name)/--no-\(flag.name)" : flag.spelling
  }

  private func help(of flag: any FlagDeclaration) -> String {
    if flag.isSwitch { return flag.help }
    if let shown = flag.typedDefault ?? flag.absence { return "\(flag.help) (default: \(shown))" }
    return flag.isRequired ? "\(flag.help) (required)" : flag.help
  }

  /// A name on the left and its explanation on the right, or under it when the name is long.
  private func row(_ name: String, _ explanation: String, margin: Int = 28) -> String {
    let left = "  " + name
    let right = wrapped(explanation, indent: margin)
    guard left.count < margin else { return left + "\n" + right }
    return left + right.dropFirst(left.count)
  }

  /// Breaks a text between words, and indents every line.
  private func wrapped(_ text: String, indent: Int) -> String {
    let available = max(width - indent, 20)
    var lines: [String] = []
    for word in text.split(separator: " ") {
      if let last = lines.last, last.count + 1 + word.count <= available {
        lines[lines.count - 1] = last + " " + word
      } else {
        lines.append(String(word))
      }
    }
    return lines.map { String(repeating: " ", count: indent) + $0 }.joined(separator: "\n")
  }
}
