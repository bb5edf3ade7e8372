import Foundation
import Testing

@testable import Command
@testable import TinyReFT

@Suite("Run folder (docs/80-trust.md)")
struct RunFolderTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test("one run at a time; what a kill left beside goes, other files stay")
  func locked() throws {
    let (partial, other) = (".dat.nosync12.abcdef", "notes.txt")
    for name in [partial, other] { _ = try folder.file(name, text: "x") }
    try claim {
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
      #expect(names == [other])
      #expect(throws: FolderBusy.self) { try RunFolder(folder.url) }
    }
    try claim {}
  }

  private func claim(_ body: () throws -> Void) throws {
    try withExtendedLifetime(RunFolder(new: folder.url)) { try body() }
  }

  @Test(
    "a folder with a run, a base, or a run that is not over is not for a new one",
    arguments: [
      "reft.json", "adapter.json", "report.json", "model.safetensors", "checkpoint.safetensors",
    ])
  func taken(file: String) throws {
    let url = try folder.file(file, text: "precious")
    let error = #expect(throws: OutputTaken.self) { try RunFolder(new: folder.url) }
    #expect(error?.description.contains("--resume") == (file == "checkpoint.safetensors"))
    #expect(try String(contentsOf: url, encoding: .utf8) == "precious")
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
