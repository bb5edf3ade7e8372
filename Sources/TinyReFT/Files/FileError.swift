import Foundation

/// Which file failed, and how: every error of this floor.
///
/// Its description is one line, fit to be shown to a user as it stands: the file, the problem, the
/// remedy.
public struct FileError<Problem>: Error, Equatable, CustomStringConvertible
where Problem: Error & Equatable & CustomStringConvertible {
  public let file: String
  public let problem: Problem

  init(_ url: URL, _ problem: Problem) {
    self.file = url.relativePath
    self.problem = problem
  }

  public var description: String { "\(file): \(problem)" }
}

/// What the disk refused, with the reason in words.
public enum DiskProblem: Error, Equatable, CustomStringConvertible {
  /// The file cannot be opened, or not be read to the end.
  case cannotRead(String)
  /// The file cannot be written; what stood there before still does.
  case cannotWrite(String)

  public var description: String {
    switch self {
    case .cannotRead(let reason): "cannot be read: \(reason); check the path"
    case .cannotWrite(let reason): "cannot be written: \(reason); choose another place"
    }
  }

  /// Foundation's own words differ between systems and seldom say what happened; these do.
  static func reason(_ error: any Error) -> String {
    guard let code = errorNumber(of: error) else { return error.localizedDescription }
    switch code {
    case ENOENT: return "there is no such file or folder"
    case EEXIST: return "something else has this name"
    case EISDIR: return "it is a folder"
    case ENOTDIR: return "a part of the path is not a folder"
    case EACCES, EPERM: return "permission is denied"
    case EROFS: return "the disk is read-only"
    case ENOSPC: return "the disk is full"
    case EDQUOT: return "the disk quota is used up"
    case EFBIG: return "a file may not grow so large here"
    default: return POSIXError(POSIXErrorCode(rawValue: code) ?? .EIO).localizedDescription
    }
  }

  /// The system's number of an error, where it has one.
  static func errorNumber(of error: any Error) -> Int32? {
    let cause =
      ((error as NSError).userInfo[NSUnderlyingErrorKey] as? any Error ?? error) as NSError
    return cause.domain == NSPOSIXErrorDomain ? Int32(exactly: cause.code) : nil
  }
}

/// Text from a file as an error message may show it: in quotes, on one line, and not too long.
///
/// What a terminal would act on is written as a number. Swift does so for the first 32 characters,
/// this does for the others that control or format and for the two that separate lines.
public func quoted(_ text: String) -> String {
  let most = 60
  let scalars = text.unicodeScalars
  let shown = String(String.UnicodeScalarView(scalars.prefix(most))).debugDescription
  let plain = shown.unicodeScalars.map { scalar in
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator:
      "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
    default: String(scalar)
    }
  }
  return plain.joined() + (scalars.dropFirst(most).isEmpty ? "" : "…")
}

/// Numbers from a file in the same way: the first few.
func quoted(_ numbers: [Int]) -> String {
  let most = 8
  return numbers.count <= most
    ? "\(numbers)" : "\(numbers.prefix(most))".dropLast() + ", … \(numbers.count) in all]"
}
