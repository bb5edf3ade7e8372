import Foundation
import Synchronization
import Testing

@testable import Command
@testable import TinyReFT

/// A reader under attack: folders of good files, and what reads such a folder.
struct HostileReader: Sendable {
  typealias Files = [String: [UInt8]]

  let name: String

  /// Good folders. Inputs take them in turn, and change one file, or now and then two.
  let seeds: [Files]

  /// Reads a folder. Returns what uses the thing that was read.
  let read: @Sendable (URL) throws -> () throws -> Void

  /// Files that a change would make pointless, such as what is only there beside the attacked one.
  var spared: Set<String> = []
}

/// Many hostile inputs for one reader, and what is held of each: it is read, and then can be used,
/// or it is refused; in time, in memory, in words, and without a trace on the disk.
///
/// `TINYREFT_INPUTS=100000 swift test --filter HostileInput` makes it a campaign (so many inputs for
/// every reader, from number `TINYREFT_FIRST` on), and `TINYREFT_TRACE=1` tells each input before it
/// is read: after a crash the last line names it.
struct HostileCampaign {
  /// The seed of every stream; input number i of a reader is always the same.
  static let seed: UInt64 = 6

  /// No input may take longer, in seconds.
  static let longest = 10.0

  /// What a campaign may add to the memory of a process, in 10⁶ bytes. An input has at most about
  /// 0.3 MB, the longest hostile value and the file around it. A byte of JSON becomes at most 100: a
  /// digit and a comma are a value of some 100 bytes in Foundation's tree and some 50 in ours. That
  /// is 30 MB, and as much again for what the allocator keeps of inputs before.
  static let mostMemoryMB = 64.0

  /// The longest message, in bytes, beside the path that it begins with.
  static let longestMessage = 1000

  private static let environment = ProcessInfo.processInfo.environment

  static func number(_ name: String) -> Int? { environment[name].flatMap { Int($0) } }

  let reader: HostileReader
  var (accepted, refused, slowest) = (0, 0, 0.0)

  init(_ reader: HostileReader) { self.reader = reader }

  /// `usual` inputs, or as many as the environment says; prints a line for the script.
  static func run(_ reader: Result<HostileReader, any Error>, usual: Int) throws {
    let reader = try reader.get()
    let (inputs, first) = (number("TINYREFT_INPUTS"), number("TINYREFT_FIRST") ?? 0)
    var campaign = HostileCampaign(reader)
    let folders = try reader.seeds.map { files in
      let folder = try TemporaryFolder()
      for (name, bytes) in files { _ = try folder.file(name, bytes) }
      return folder
    }
    // Once in peace: what is made once, such as tables of characters, is not an input's doing.
    for folder in folders { try reader.read(folder.url)() }
    let before = peakMemory()
    let watch = HostileWatch(reader.name)
    for index in first..<first + (inputs ?? usual) {
      if environment["TINYREFT_TRACE"] != nil { print("input: \(reader.name) \(index)") }
      watch.begin(index)
      try campaign.input(index, folders[index % folders.count])
    }
    watch.end()
    // Beside other tests the memory is not this one's alone.
    guard inputs != nil else { return }
    let grown = peakMemory() - before
    #expect(grown <= mostMemoryMB, "\(reader.name): \(grown) MB")
    let (accepted, refused) = (campaign.accepted, campaign.refused)
    print(
      "inputs: \(reader.name) \(accepted + refused) \(accepted) \(refused)",
      String(format: "%.3f %.1f", campaign.slowest, grown))
  }

  /// Number `index`: the folder with one or two files changed; afterwards it is as before.
  private mutating func input(_ index: Int, _ folder: TemporaryFolder) throws {
    let good = reader.seeds[index % reader.seeds.count]
    var (stream, files) = (RandomStream(seed: Self.seed, index), good)
    let names = good.keys.filter { !reader.spared.contains($0) }.sorted()
    for _ in 0..<(Int.random(in: 0..<8, using: &stream) == 0 ? 2 : 1) {
      let name = names[Int.random(in: names.indices, using: &stream)]
      let other = names[Int.random(in: names.indices, using: &stream)]
      files[name] = stream.hostile(good[name] ?? [], named: name, other: good[other] ?? [])
    }
    for (name, bytes) in files where bytes != good[name] { _ = try folder.file(name, bytes) }
    defer {
      for (name, bytes) in files where bytes != good[name] {
        _ = try? folder.file(name, good[name] ?? [])
      }
    }
    let place = "\(reader.name), input \(index) of seed \(Self.seed)"
    let start = ContinuousClock.now
    attack(folder.url, place)
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    slowest = max(slowest, seconds)
    #expect(seconds < Self.longest, "\(place) took \(seconds) s")
    guard index % 8 == 0 else { return }
    let left = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
    #expect(left.sorted() == files.keys.sorted(), "\(place) left \(left)")
    for (name, bytes) in files {
      #expect(try readBytes(folder.url.appending(path: name)) == bytes, "\(place) changed \(name)")
    }
  }

  private mutating func attack(_ folder: URL, _ place: String) {
    let use: () throws -> Void
    do { use = try reader.read(folder) } catch {
      refused += 1
      return Self.check(error, place, names: folder.path)
    }
    accepted += 1
    do { try use() } catch { Self.check(error, place, names: "") }
  }

  /// An error of ours, on one line that is not too long, and that names the file.
  static func check(_ error: any Error, _ place: String, names file: String) {
    let type = String(reflecting: type(of: error))
    let isOurs = type.hasPrefix("TinyReFT.") || type.hasPrefix("Command.")
    #expect(isOurs, "\(place): \(type): \(error)")
    let text = "\(error)"
    let isOneLine = text.unicodeScalars.allSatisfy {
      ![.control, .lineSeparator, .paragraphSeparator].contains($0.properties.generalCategory)
    }
    #expect(isOneLine && text.utf8.count < longestMessage, "\(place): \(text.debugDescription)")
    #expect(file.isEmpty || text.contains(file), "\(place): \(text)")
  }
}

/// Ends the tests when an input does not come to an end, and says which.
final class HostileWatch: Sendable {
  private let state = Mutex((index: 0, begin: ContinuousClock.now, isOver: false))

  init(_ reader: String) {
    let state = { @Sendable in self.state.withLock { $0 } }
    Thread.detachNewThread {
      while !state().isOver {
        Thread.sleep(forTimeInterval: 1)
        let now = state()
        // Thrice as long as is allowed: other tests may keep the cores busy.
        guard now.isOver || ContinuousClock.now - now.begin < .seconds(3 * HostileCampaign.longest)
        else { fatalError("\(reader), input \(now.index) of seed 6: does not end") }
      }
    }
  }

  func begin(_ index: Int) { state.withLock { $0 = (index, .now, false) } }

  func end() { state.withLock { $0.isOver = true } }
}
