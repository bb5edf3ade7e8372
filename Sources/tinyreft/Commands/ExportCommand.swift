import Foundation
import TinyReFT

/// `tinyreft export`: how does it go on elsewhere?
enum ExportCommand: Subcommand {
  static let name = "export"

  static let summary = "Write trained interventions for another program."

  static let discussion = """
    For pyreft (PyTorch): makes a folder that pyreft.ReftModel.load(DIR, model) opens, model being \
    the same base in transformers. LoReFT becomes LoreftIntervention, DiReFT NodireftIntervention; \
    chapter 54 has the others. Prints the interventions in the order in which pyreft wants their \
    positions. The chapter also says how to pass them, and what pyreft needs to be told before it \
    opens DiReFT.
    """

  enum Target: String, CaseIterable { case pyreft }

  static let interventions = Flag.path("interventions", "DIR", "What 'tinyreft train' wrote.")

  static let target = Flag<Target>.choice("to", "Who is to open it.")

  static let out = Flag.path("out", "DIR", "A new folder, or an empty one.")

  static let flagGroups = [
    FlagGroup("What", [SharedFlags.base, interventions]), FlagGroup("Where", [target, out]),
  ]

  static let examples = [
    Example(
      "tinyreft export --interventions runs/loud-loreft --to pyreft --out runs/loud-pyreft",
      "From Python: pyreft.ReftModel.load(\"runs/loud-pyreft\", model).")
  ]

  static func run(_ arguments: Arguments, on console: Console) throws {
    let out = URL(filePath: try arguments[out])
    guard isFree(out) else { throw FolderTaken(folder: shown(out)) }
    let base = try SharedFlags.readDecoder(arguments, on: console).directory
    let entries = try PyreftDirectory.export(
      URL(filePath: arguments[interventions]), base: base, to: out)
    console.print("Wrote \(shown(out))")
    for entry in entries { console.print("  layer \(entry.layer), \(entry.group): \(entry.file)") }
  }

  /// Not there yet, or without files: what stands there is not mixed with what is written.
  private static func isFree(_ folder: URL) -> Bool {
    let files = FileManager.default
    guard files.fileExists(atPath: folder.path) else { return true }
    return (try? files.contentsOfDirectory(atPath: folder.path))?.isEmpty ?? false
  }

  private struct FolderTaken: Error, CustomStringConvertible {
    let folder: String

    var description: String { "\(folder) is not an empty folder; choose another --out" }
  }
}
