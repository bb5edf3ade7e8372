import Foundation

/// What is wrong with a file, where in it, and what to do: the one error of all that reads and writes.
///
/// Its description is one line, fit to be shown to a user as it stands: the file, the place, the problem,
/// the remedy.
public struct FileError: Error, Equatable, CustomStringConvertible {
  public let file: String

  /// A line, a key, the name of a tensor; empty where it is the file as a whole.
  public let place: String
  public let problem: String
  let remedy: String

  init(_ url: URL, at place: String = "", _ problem: String, _ remedy: String) {
    (file, self.place) = (url.relativePath, place)
    (self.problem, self.remedy) = (problem, remedy)
  }

  public var description: String {
    "\(file): \(place)\(place.isEmpty ? "" : " ")\(problem)"
      + (remedy.isEmpty ? "" : "; \(remedy)")
  }

  /// The file cannot be opened, or not be read to the end.
  static func cannotRead(_ url: URL, _ reason: String) -> FileError {
    FileError(
      url, "cannot be read: \(reason)",
      reason == tooMany ? "close some, or allow more with ulimit -n" : "check the path")
  }

  /// The file cannot be written; what stood there before still does.
  static func cannotWrite(_ url: URL, _ reason: String) -> FileError {
    FileError(url, "cannot be written: \(reason)", "choose another place")
  }

  /// What the disk refused, in words. Foundation's own differ between systems and seldom say what
  /// happened; these do.
  public static func reason(_ error: any Error) -> String {
    guard let code = errorNumber(of: error) else { return error.localizedDescription }
    switch code {
    case ENOENT: return "there is no such file or folder"
    case EEXIST: return "something else has this name"
    case EISDIR: return "it is a folder"
    case ENOTDIR: return "a part of the path is not a folder"
    case EACCES, EPERM: return "permission is denied"
    case EBADF: return "it is closed"
    case EROFS: return "the disk is read-only"
    case ENOSPC: return "the disk is full"
    case EDQUOT: return "the disk quota is used up"
    case EMFILE, ENFILE: return tooMany
    case EFBIG: return "a file may not grow so large here"
    default: return POSIXError(POSIXErrorCode(rawValue: code) ?? .EIO).localizedDescription
    }
  }

  private static let tooMany = "too many files are open"

  /// The system's number of an error, where it has one.
  static func errorNumber(of error: any Error) -> Int32? {
    let cause =
      ((error as NSError).userInfo[NSUnderlyingErrorKey] as? any Error ?? error) as NSError
    return cause.domain == NSPOSIXErrorDomain ? Int32(exactly: cause.code) : nil
  }
}

/// Why something that flags or a file ask for is not done, and what to do.
public struct Refusal: Error, Equatable, CustomStringConvertible {
  let problem: String
  let remedy: String

  public init(_ problem: String, _ remedy: String = "") {
    (self.problem, self.remedy) = (problem, remedy)
  }

  public var description: String { problem + (remedy.isEmpty ? "" : "; \(remedy)") }

  /// The file that asks for it.
  func of(_ url: URL) -> FileError { FileError(url, problem, remedy) }
}

/// Text from a file as an error message may show it: in quotes, on one line, and not too long.
public func quoted(_ text: String) -> String {
  let most = 60
  let scalars = text.unicodeScalars
  let shown = String(String.UnicodeScalarView(scalars.prefix(most)))
  return oneLine(shown.debugDescription) + (scalars.dropFirst(most).isEmpty ? "" : "…")
}

/// What a terminal would act on is written as a number. Swift's own quotes do so for the first 32
/// characters, this does for the others that control or format and for the two that separate lines, but
/// for those in `kept`.
public func oneLine(_ text: String, keeping kept: String = "") -> String {
  let plain = text.unicodeScalars.map { scalar in
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator:
      kept.unicodeScalars.contains(scalar)
        ? String(scalar) : "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
    default: String(scalar)
    }
  }
  return plain.joined()
}

/// Numbers from a file in the same way: the first few.
func quoted(_ numbers: [Int]) -> String {
  let most = 8
  return numbers.count <= most
    ? "\(numbers)" : "\(numbers.prefix(most))".dropLast() + ", … \(numbers.count) in all]"
}
