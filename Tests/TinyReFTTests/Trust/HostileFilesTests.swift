import Foundation
import Testing

@testable import Command
@testable import TinyReFT

/// What stands where a file should: a pipe, a device without end, a folder, a link to itself.
@Suite("Hostile files (docs/80-trust.md)", .serialized)
struct HostileFilesTests {
  enum Kind: CaseIterable { case pipe, device, folder, loop, dangling, empty }

  private typealias R = HostileReader

  private func put(_ kind: Kind, at place: URL) throws {
    let manager = FileManager.default
    try? manager.removeItem(at: place)
    func link(to path: String) throws {
      try manager.createSymbolicLink(atPath: place.path, withDestinationPath: path)
    }
    switch kind {
    case .pipe: try #require(unsafe mkfifo(place.path, 0o600) == 0)
    case .device: try link(to: "/dev/zero")
    case .folder: try manager.createDirectory(at: place, withIntermediateDirectories: true)
    case .loop: try link(to: place.lastPathComponent)
    case .dangling: try link(to: "nowhere")
    case .empty: try Data().write(to: place)
    }
  }

  @Test("each reader refuses each of them for each of its files, at once", arguments: Kind.allCases)
  func everyReader(kind: Kind) throws {
    let readers = [
      R.base, R.shards, R.safetensors, R.tokenizer, R.task, R.interventions, R.classifier,
      R.reports, R.settings,
    ]
    for reader in try (readers + R.adapters).map({ try $0.get() }) {
      let good = reader.seeds[0]
      for name in good.keys.sorted() where !reader.spared.contains(name) {
        let folder = try TemporaryFolder()
        for (name, bytes) in good { _ = try folder.file(name, bytes) }
        try put(kind, at: folder.url.appending(path: name))
        let place = "\(reader.name), \(kind) for \(name)"
        let watch = HostileWatch(place)
        do {
          _ = try reader.read(folder.url)
          // A link that leads nowhere is no file, and some files may be missing.
          let isMissing = kind == .loop || kind == .dangling
          let mayMiss = ["tokenizer_config.json", "classifier.json"].contains(name)
          #expect(isMissing && mayMiss, "\(place) was read")
        } catch { HostileCampaign.check(error, place, names: folder.url.path) }
        watch.end()
      }
    }
  }

  @Test("a file that grows, shrinks and changes while it is read is read or refused")
  func changing() async throws {
    let folder = try TemporaryFolder()
    let line = Array("{\"completion\":\"a\",\"prompt\":\"b\"}\n".utf8)
    let good = Array(repeatElement(line, count: 2000).joined())
    let url = try folder.file("test.jsonl", good)
    async let writing: Void = Task.detached {
      for length in (0..<60).map({ $0 * 7919 % good.count }) {
        _ = try folder.file("test.jsonl", Array(good.prefix(length)))
        _ = try folder.file("test.jsonl", good + good)
      }
    }.value
    for _ in 0..<10 {
      do { _ = try JSONLines.read(url) } catch {
        HostileCampaign.check(error, "changing", names: url.path)
      }
    }
    try await writing
  }
}
