import Foundation
import Testing

@testable import TinyReFT

@Suite("Run folder (docs/80-trust.md)")
struct RunFolderTests {
  private let folder: TemporaryFolder
  private let files = FileManager.default

  init() throws { folder = try TemporaryFolder() }

  private var names: [String] {
    get throws { try files.contentsOfDirectory(atPath: folder.url.path).sorted() }
  }

  @Test("one run at a time; what a kill of ours left beside goes, what is anybody's stays")
  func locked() throws {
    let partial = partialFile(of: folder.url.appending(path: RunReport.file)).lastPathComponent
    // The second is how another program's Foundation calls a file that it is writing.
    let others = [".dat.nosync12.abcdef", "notes.txt"]
    for name in others + [partial] { _ = try folder.file(name, text: "x") }
    try withExtendedLifetime(RunFolder(new: folder.url)) { () throws in
      #expect(try names == others)
      #expect(throws: Refusal.busy(folder.url.relativePath)) {
        try RunFolder(folder.url, patience: .zero)
      }
    }
    _ = try RunFolder(new: folder.url)
  }

  @Test(
    "a folder with a file that a run, or a base, is made of is not for a new one",
    arguments: [
      "reft.json", "interventions.safetensors", "classifier.json", "classifier.safetensors",
      "report.json", "loss.svg", "checkpoint.safetensors", "config.json", "model.safetensors",
      "tokenizer.json", "tokenizer_config.json", "model.safetensors.index.json",
    ] + (Methods.registry?.files ?? []))
  func taken(file: String) throws {
    let url = try folder.file(file, text: "precious")
    let error = #expect(throws: Refusal.self) { try RunFolder(new: folder.url) }
    #expect(error?.description.contains("--resume") == (file == "checkpoint.safetensors"))
    #expect(error?.description.contains(file) == (file != "checkpoint.safetensors"))
    #expect(try String(contentsOf: url, encoding: .utf8) == "precious")
  }

  @Test("a link that leads nowhere stands there too")
  func danglingLink() throws {
    let link = folder.url.appending(path: "loss.svg")
    try files.createSymbolicLink(atPath: link.path, withDestinationPath: "/nowhere/at/all")
    #expect(throws: Refusal.taken(folder.url.relativePath, by: "loss.svg", goesOn: false)) {
      try RunFolder(new: folder.url)
    }
  }

  @Test("what a run has written is removed by name, and nothing else")
  func removing() throws {
    let own = try RunFolder(new: folder.url)
    let linked = try folder.file("elsewhere", text: "precious")
    try files.createSymbolicLink(
      at: folder.url.appending(path: "loss.svg"), withDestinationURL: linked)
    for name in ["reft.json", "notes.txt", "model.safetensors"] {
      _ = try folder.file(name, text: "x")
    }
    try own.removeRun()
    #expect(try names == ["elsewhere", "model.safetensors", "notes.txt"])
    try files.createDirectory(
      at: folder.url.appending(path: "report.json/precious"), withIntermediateDirectories: true)
    #expect(throws: FileError.self) { try own.removeRun() }
    #expect(try files.contentsOfDirectory(atPath: folder.url.path + "/report.json") == ["precious"])
  }

  @Test("a folder that was removed, or made again under a run, is not written to")
  func lost() throws {
    let url = folder.url.appending(path: "run")
    let first = try RunFolder(new: url)
    #expect(try first.place() == url)
    try files.removeItem(at: url)
    #expect(throws: Refusal.lost(url.relativePath)) { try first.place() }
    let second = try RunFolder(new: url)
    #expect(throws: Refusal.lost(url.relativePath)) { try first.write("x", to: "report.json") }
    #expect(try files.contentsOfDirectory(atPath: url.path) == [])
    try second.write("x", to: "report.json")
  }

  @Test("unnamed runs get folders of their own")
  func named() throws {
    let runs = folder.url.appending(path: "runs")
    let names = try (0..<3).map { _ in
      try RunFolder(named: "loud-loreft", in: runs).url.lastPathComponent
    }
    #expect(names == ["loud-loreft", "loud-loreft-2", "loud-loreft-3"])
  }
}
