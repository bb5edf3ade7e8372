import Foundation
import Testing

@testable import TinyReFT

@Suite("As a library (docs/62-library.md)")
struct LibraryTests {
  /// The chapter's blocks of Swift: the manifest's lines and the program.
  private static let blocks: [String] = {
    let chapter = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../docs/62-library.md")
    let text = (try? String(contentsOf: chapter, encoding: .utf8)) ?? ""
    return text.matches(of: /```swift client\n((?:(?!```).*\n)+)```/).map { String($0.1) }
  }()

  @Test("the chapter's program, at most 20 lines, compiles as a client's and does what it says")
  func program() throws {
    let program = try #require(Self.blocks.last)
    let lines = program.split(separator: "\n").count { !$0.hasPrefix("import ") }
    #expect((10...20).contains(lines))
    let folder = try TemporaryFolder()
    let source = try folder.file("main.swift", text: program)
    let client = folder.url.appending(path: "client")
    // What a build has made: the module, and an object of each source; others are an older build's.
    let built = try executable().deletingLastPathComponent()
    let objects = try Repository.sources(of: "Sources/TinyReFT")
      .map { built.appending(path: "TinyReFT.build/\(URL(filePath: $0).lastPathComponent).o").path }
    try run(
      "swiftc",
      ["-I", built.appending(path: "Modules").path, source.path, "-o", client.path, "-lm"]
        + objects,
      in: folder.url)
    try FileManager.default.createSymbolicLink(
      at: folder.url.appending(path: "data"), withDestinationURL: DataFolder.find())
    #expect(try run(client.path, [], in: folder.url) == "WOLF\n")
    // It has written interventions that anybody can use.
    let generated = try tinyreft([
      "generate", "--interventions", folder.url.appending(path: "shout").path, "--adapted-only",
      "--prompt", "do bear -> ",
    ])
    #expect(generated.output == "BEAR\n")
  }

  @Test("the manifest's lines name the product and the package as they are called")
  func manifest() throws {
    let lines = try #require(Self.blocks.first)
    let own = try Repository.text("Package.swift")
    #expect(lines.contains(".product(name: \"TinyReFT\", package: \"TinyReFT\")"))
    #expect(own.contains(".library(name: \"TinyReFT\"") && own.contains("name: \"TinyReFT\",\n"))
    let platform = try #require(lines.firstMatch(of: /\.macOS\([^)]*\)/)).output
    #expect(own.contains(platform))
  }

  /// What a program prints; fails when it does.
  @discardableResult
  private func run(_ program: String, _ words: [String], in folder: URL) throws -> String {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [program] + words
    process.currentDirectoryURL = folder
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let data = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0, "\(program) failed")
    return String(decoding: data, as: UTF8.self)
  }
}
