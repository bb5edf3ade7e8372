import Dispatch
import Foundation
import Synchronization

/// A request to end early: the first Ctrl-C asks, and long work, which polls `isRequested`, ends
/// in good order and keeps what it has. A second one does not ask.
///
/// A pipe whose reader has gone asks too, instead of killing: `tinyreft train | tee log` loses
/// `tee` to the same Ctrl-C, and what was learned must survive that.
final class Interruption: Sendable {
  /// That of the first request; 0 is none.
  private let code = Atomic<Int32>(0)
  /// Processes of ours. They have process groups of their own, which no key of the terminal reaches.
  private let children = Mutex<[Process]>([])

  var isRequested: Bool { exitCode != 0 }

  /// With what to end: 128 and the signal's number, as shells expect, or 0 when nobody asked.
  var exitCode: Int32 { code.load(ordering: .relaxed) }

  /// Asks. Returns true for the first who does.
  @discardableResult
  func request(exitCode: Int32) -> Bool {
    guard code.compareExchange(expected: 0, desired: exitCode, ordering: .relaxed).exchanged
    else { return false }
    tellChildren(SIGINT)
    return true
  }

  /// Starts a process that will be asked to end when this one is.
  func start(_ process: Process) throws {
    try children.withLock { children in
      children.removeAll { !$0.isRunning }
      try process.run()
      children.append(process)
    }
    if isRequested { process.interrupt() }
  }

  private func tellChildren(_ signal: Int32) {
    children.withLock { children in
      for child in children where child.isRunning { kill(child.processIdentifier, signal) }
    }
  }

  /// Does the work with Ctrl-C, the polite `kill` and a terminal that is closed in our hands.
  func watchingSignals(_ work: () throws -> Void) rethrows {
    // A queue of its own, so that it runs though the work keeps every core busy.
    let queue = DispatchQueue(label: "tinyreft.signals")
    let registered = DispatchGroup()
    // Who was started by a thread that blocks signals blocks them too, and from now on ignores them:
    // one that has come already would be lost. Safe: the set is filled by the call.
    var waiting = sigset_t()
    unsafe sigpending(&waiting)
    var watched = [SIGINT, SIGTERM]
    // `nohup` has said that a closed terminal is no reason to end. Safe: the two are compared as bits.
    let hangUp = signal(SIGHUP, SIG_IGN)
    let ignored = unsafe unsafeBitCast(SIG_IGN, to: Int.self)
    if unsafe unsafeBitCast(hangUp, to: Int.self) != ignored { watched.append(SIGHUP) }
    let sources = watched.map { number in
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
    for number in watched where unsafe sigismember(&waiting, number) == 1 {
      queue.async { [self] in received(number) }
    }
    // A source ends when nobody holds it.
    try withExtendedLifetime((sources, Parent.watch(on: queue)), work)
  }

  private func received(_ number: Int32) {
    // Not `exit`: that runs clean-up code beside threads that are still computing.
    guard request(exitCode: 128 + number) else {
      tellChildren(SIGKILL)
      _exit(128 + number)
    }
    writeToStandardError("\nStopping after this step. Once more to stop at once.\n")
  }
}

/// The process that started this one as a part of its own work, if one did: this one ends with it, also
/// when it was killed, for nobody is left to read what it would find.
enum Parent {
  private static let variable = "TINYREFT_PARENT"

  /// For the processes that this one starts.
  static var environment: [String: String] {
    ProcessInfo.processInfo.environment.merging([variable: "\(getpid())"]) { $1 }
  }

  /// Looks for it five times a second; nil when there is none.
  static func watch(on queue: DispatchQueue) -> (any DispatchSourceTimer)? {
    guard let parent = ProcessInfo.processInfo.environment[variable].flatMap({ Int32($0) }) else {
      return nil
    }
    let timer = DispatchSource.makeTimerSource(queue: queue)
    timer.schedule(deadline: .now(), repeating: .milliseconds(200))
    // A process whose parent has ended is given another.
    timer.setEventHandler { if getppid() != parent { _exit(128 + SIGHUP) } }
    timer.resume()
    return timer
  }
}
