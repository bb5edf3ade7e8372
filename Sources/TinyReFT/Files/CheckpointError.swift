import Foundation

/// Which file of a checkpoint failed, and how; one line, fit to be shown as it stands.
public typealias CheckpointError = FileError<CheckpointProblem>

/// The ways in which a directory of weights can fail, beyond those of its single files.
public enum CheckpointProblem: Error, Equatable, CustomStringConvertible {
  /// This field has a value that is not supported; the last says what would be.
  case unsupported(field: String, value: String, accepted: String)
  case missingTensor(String)
  case unexpectedTensor(String)
  case shape(String, [Int], expected: [Int])
  /// The method that the JSON beside it describes has more numbers than the file.
  case tooFewNumbers(Int)
  /// An index names a file that is not in its folder.
  case notBeside(String, file: String)
  case missingShard(String, tensor: String)
  case notInIndex(String, file: String)
  case notInShard(String, file: String)
  case inTwoShards(String, String, String)
  /// Weights as a Python pickle, which is a program and not data.
  case pickled
  case tooLarge(parameters: Int)
  /// The tokenizer has tokens that the decoder has no vectors for.
  case vocabulary(Int, decoder: Int)
  case configuration(ReFTConfigurationError)
  /// What is wrong with a rival.
  case rival(String)
  /// max |R Rᵀ − I| of a stored R.
  case notOrthonormal(Double)
  /// Written by a version of this program that is newer than this one.
  case newerVersion(Double)
  /// No run stands in the folder that could go on.
  case noRun
  /// The metadata of a run's checkpoint do not say what it is a run of, or not in our JSON.
  case missingRun
  case run(JSONProblem)
  /// The run computes in Double, this build in Float, or the other way round.
  case otherPrecision(String)
  /// The base or the data are not those with which the run began.
  case otherBeginning
  case tooManySteps(Int, of: Int)

  public var description: String {
    switch self {
    case .unsupported(let field, let value, let accepted):
      "\"\(field)\" is \(value); supported: \(accepted)"
    case .missingTensor(let name): "has no tensor \"\(name)\"; it may belong to another model"
    case .unexpectedTensor(let name):
      "has a tensor \(quoted(name)) that the configuration does not ask for; check the JSON beside it"
    case .shape(let name, let shape, let expected):
      "\"\(name)\" has shape \(shape), expected \(expected); check the JSON beside it"
    case .tooFewNumbers(let count):
      "holds \(count) numbers, and the JSON beside it asks for more; they belong to different runs"
    case .notBeside, .missingShard, .notInIndex, .notInShard, .inTwoShards: shardDescription
    case .pickled:
      "is a pickle, a program and not data; write safetensors in Python: "
        + "transformers.AutoModelForCausalLM.from_pretrained(DIR).save_pretrained(DIR)"
    case .tooLarge(let parameters):
      "has \(parameters) parameters, more than fit in memory; use a smaller model"
    case .vocabulary(let size, let decoder):
      "has \(size) tokens, but the decoder only \(decoder); they may belong to different models"
    case .configuration(let error): error.description
    case .rival(let problem): problem
    case .notOrthonormal(let departure):
      "the rows of an R are \(departure) away from orthonormal; the file is damaged"
    case .newerVersion(let version):
      "has format_version \(FormatVersion.number(version)); tinyreft \(FormatVersion.program) reads "
        + "\(FormatVersion.current): use a newer one"
    case .noRun, .missingRun, .run, .otherPrecision, .otherBeginning, .tooManySteps: runDescription
    }
  }

  /// The problems of a run that should go on.
  private var runDescription: String {
    let anew = "begin the run anew in another --out"
    return switch self {
    case .noRun: "is not there: no run that could go on; name the folder of one that was ended"
    case .missingRun: "is no checkpoint of a run; \(anew)"
    case .run(let problem): "its \"run\" \(problem), or \(anew)"
    case .otherPrecision(let scalar):
      "computes in \(quoted(scalar)), this build in \(Scalar.self); go on with the build that began it"
    case .otherBeginning:
      "began with another base, other interventions or other data than are there now; put them back, "
        + "or \(anew)"
    case .tooManySteps(let steps, let total):
      "has taken \(steps) steps of \(total), which cannot be; \(anew)"
    default: ""
    }
  }

  /// The problems of an index, which names files.
  private var shardDescription: String {
    let again = "download the folder again"
    return switch self {
    case .notBeside(let tensor, let file):
      "puts \(quoted(tensor)) into \(quoted(file)), which is no safetensors file beside it; \(again)"
    case .missingShard(let file, let tensor):
      "needs \(quoted(file)), which is not there, for \(quoted(tensor)); \(again)"
    case .notInIndex(let tensor, let file):
      "does not name \(quoted(tensor)), which \(quoted(file)) holds; \(again)"
    case .notInShard(let tensor, let file):
      "puts \(quoted(tensor)) into \(quoted(file)), which does not hold it; \(again)"
    case .inTwoShards(let tensor, let one, let other):
      "\(quoted(tensor)) is in \(quoted(one)) and belongs to \(quoted(other)); \(again)"
    default: ""
    }
  }
}
