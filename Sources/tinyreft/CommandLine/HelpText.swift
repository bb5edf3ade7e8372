/// What `--help` prints, all of it made from the declarations.
struct HelpText {
  let console: Console

  /// Longer lines are tiring, however wide the window.
  private var width: Int { min(console.width, 100) }

  /// The usage line where no subcommand is known.
  static let usage = "tinyreft SUBCOMMAND [--flag value]"

  static func usage<S: Subcommand>(of subcommand: S.Type) -> String {
    let required = S.settings.filter(\.isRequired).map { setting in
      " " + (setting.name == S.operand ? setting.placeholder ?? "" : setting.spelling)
    }.joined()
    let others = S.settings.contains { !$0.isRequired } ? " [--flag value]" : ""
    return "tinyreft \(S.name)\(required)\(others)"
  }

  func program() -> String {
    let overview = """
      A small transformer, and Representation Finetuning (ReFT) of it, in plain Swift: the base \
      stays frozen, and an intervention learns to edit its hidden states at a few positions.
      """
    let list = Program.subcommands.map { row($0.name, $0.summary, margin: 13) }
    return [
      section("OVERVIEW", wrapped(overview, indent: 0)),
      section("USAGE", "  " + Self.usage),
      section("SUBCOMMANDS", list.joined(separator: "\n")),
      section(
        "FLAGS",
        [row("-h, --help", Self.helpHelp), row("--version", "Print the version.")]
          .joined(separator: "\n")),
      "See 'tinyreft help SUBCOMMAND' for the flags of one, with examples.",
    ].joined(separator: "\n\n")
  }

  func subcommand<S: Subcommand>(_ subcommand: S.Type) -> String {
    var sections = [
      section("OVERVIEW", wrapped(S.summary, indent: 0)),
      wrapped(S.discussion, indent: 0),
      section("USAGE", "  " + Self.usage(of: subcommand)),
    ]
    let defaults = S()
    for group in S.groups {
      let rows = group.settings.map { setting in
        let typed = setting.write(defaults)
        return row(spelling(of: setting, typed), help(of: setting, typed))
      }
      sections.append(section(group.title.uppercased(), rows.joined(separator: "\n")))
    }
    sections.append(row("-h, --help", Self.helpHelp))
    let examples = S.examples.map { example in
      "  \(example.commandLine)\n" + wrapped(example.lesson, indent: 6)
    }
    sections.append(section("EXAMPLES", examples.joined(separator: "\n")))
    return sections.joined(separator: "\n\n")
  }

  private static let helpHelp = "Print this help."

  private func section(_ title: String, _ body: String) -> String {
    console.paint("\(title):", .bold) + "\n" + body
  }

  /// `typed` is what one would type to get the default.
  private func spelling<S>(of setting: Setting<S>, _ typed: String?) -> String {
    // Nobody needs to switch off what is off.
    setting.isSwitch && typed == "yes"
      ? "--\(setting.name)/--no-\(setting.name)" : setting.spelling
  }

  private func help<S>(of setting: Setting<S>, _ typed: String?) -> String {
    if setting.isSwitch { return setting.help }
    if setting.isRequired { return "\(setting.help) (required)" }
    return (setting.absence ?? typed).map { "\(setting.help) (default: \($0))" } ?? setting.help
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
