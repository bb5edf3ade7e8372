import Dispatch
import Foundation
import Synchronization

/// A request to end early: the first Ctrl-C asks, and long work, which polls `isRequested`, ends
/// in good order and keeps what it has. A second one does not ask.
///
/// A pipe whose reader has gone asks too, instead of killing: `tinyreft train | tee log` loses
/// `tee` to the same Ctrl-C, and what was learned must survive that.
///
///     check      Tests/TinyReFTTests/Command/ConsoleTests.swift
final class Interruption: Sendable {
  /// That of the first request; 0 is none.
  private let code = Atomic<Int32>(0)

  var isRequested: Bool { exitCode != 0 }

  /// With what to end: 128 and the signal's number, as shells expect, or 0 when nobody asked.
  var exitCode: Int32 { code.load(ordering: .relaxed) }

  /// Asks. Returns true for the first who does.
  @discardableResult
  func request(exitCode: Int32) -> Bool {
    code.compareExchange(expected: 0, desired: exitCode, ordering: .relaxed).exchanged
  }

  /// Does the work with Ctrl-C and the polite `kill` in our hands.
  func watchingSignals(_ work: () throws -> Void) rethrows {
    // A queue of its own, so that it runs though the work keeps every core busy.
    let queue = DispatchQueue(label: "tinyreft.signals")
    let registered = DispatchGroup()
    let sources = [SIGINT, SIGTERM].map { number in
      // On a Mac the source only watches: the default action would end the process all the same.
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      source.setEventHandler { [self] in received(number) }
      registered.enter()
      source.setRegistrationHandler { registered.leave() }
      source.resume()
      return source
    }
    // Until then a signal would be lost.
    registered.wait()
    // A source ends when nobody holds it.
    try withExtendedLifetime(sources, work)
  }

  private func received(_ number: Int32) {
    // Not `exit`: that runs clean-up code beside threads that are still computing.
    guard request(exitCode: 128 + number) else { _exit(128 + number) }
    writeToStandardError("\nStopping after this step. Once more to stop at once.\n")
  }
}
