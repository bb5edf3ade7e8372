import Foundation
import Testing

@testable import TinyReFT

/// What the program did, run as a shell runs it.
struct ProgramRun {
  let exitCode: Int32
  let output: String
  let errors: String
}

/// Runs the program with the words of `line`; unless `isRead`, nobody reads its output.
func tinyreft(_ line: String, isRead: Bool = true) throws -> ProgramRun {
  try tinyreft(line.split(separator: " ").map(String.init), isRead: isRead)
}

/// The same for words that may hold spaces.
func tinyreft(
  _ words: [String], isRead: Bool = true, in folder: URL? = nil
) throws -> ProgramRun {
  let process = Process()
  if let folder { process.currentDirectoryURL = folder }
  process.executableURL = try executable()
  process.arguments = words
  let (output, errors) = (Pipe(), Pipe())
  process.standardOutput = output
  process.standardError = errors
  if !isRead { try output.fileHandleForReading.close() }
  try process.run()
  let outputData = isRead ? try output.fileHandleForReading.readToEnd() : nil
  let errorData = try errors.fileHandleForReading.readToEnd()
  process.waitUntilExit()
  #expect(process.terminationReason == .exit, "a signal ended it: this is a crash")
  return ProgramRun(
    exitCode: process.terminationStatus,
    output: String(decoding: outputData ?? Data(), as: UTF8.self),
    errors: String(decoding: errorData ?? Data(), as: UTF8.self))
}

/// Starts the program, and whoever started it goes on.
func tinyreftBegun(_ words: [String]) throws -> Process {
  let process = Process()
  process.executableURL = try executable()
  process.arguments = words
  process.standardOutput = FileHandle.nullDevice
  process.standardError = FileHandle.nullDevice
  try process.run()
  return process
}

/// Starts a run that writes a checkpoint after every step, and ends it after the first.
func tinyreft(_ words: [String], in folder: URL, endedBy signal: Int32) throws {
  let process = try tinyreftBegun(words + ["--checkpoint-every", "0", "--out", folder.path])
  while !RunCheckpoint.isIn(folder), process.isRunning { Thread.sleep(forTimeInterval: 0.001) }
  kill(process.processIdentifier, signal)
  process.waitUntilExit()
  let (reason, status) = (process.terminationReason, process.terminationStatus)
  #expect(reason == (signal == SIGKILL ? .uncaughtSignal : .exit))
  #expect(status == (signal == SIGKILL ? SIGKILL : 128 + signal))
  try #require(RunCheckpoint.isIn(folder))
}

/// The program stands beside the tests: beside their executable on Linux, and on a Mac beside their
/// bundle, to which this class leads.
func executable() throws -> URL {
  final class InTheseTests {}
  let bundle = Bundle(for: InTheseTests.self).bundleURL
  let places = [
    bundle, bundle.deletingLastPathComponent(), Bundle.main.bundleURL,
    URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent(),
  ]
  let candidates = places.map { $0.appending(path: "tinyreft", directoryHint: .notDirectory) }
  return try #require(
    candidates.first { FileManager.default.isExecutableFile(atPath: $0.path) },
    "not built: \(candidates.map(\.path))")
}
