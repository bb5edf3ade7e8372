public typealias TokenizerError = FileError<TokenizerProblem>

/// The ways in which a tokenizer's files can fail.
public enum TokenizerProblem: Error, Equatable, CustomStringConvertible {
  /// The disk refused.
  case disk(DiskProblem)
  /// SentencePiece's own file stands there, and no tokenizer.json.
  case sentencePiece
  /// The file is not the JSON that it should be.
  case json(JSONProblem)
  /// A field asks for something that is not built here.
  case unsupported(field: String, found: String, accepted: String)
  /// Ids are not 0, 1, 2, …: this one is negative, or leaves a gap below it.
  case absurdID(Int, token: String)
  /// Two tokens have one id, or one token has two.
  case clash(id: Int, token: String)
  /// An added token has no text, and would be found everywhere.
  case emptyToken(id: Int)
  /// An added token is longer than any in use: every place of a text is compared with all of it.
  case longToken(id: Int, most: Int)
  /// A token is named, by its text or by its id, that does not exist.
  case unknownToken(field: String, name: String)
  /// Nothing says which token ends a text.
  case noEndOfText
  /// A tokenizer that came from files is to be written.
  case notWritten

  public var description: String {
    switch self {
    case .disk(let problem): problem.description
    case .sentencePiece:
      "is SentencePiece's own file, which is not read; in Python, from_pretrained(folder)"
        + ".save_pretrained(folder) of transformers' AutoTokenizer writes tokenizer.json"
    case .json(let problem): problem.description
    case .unsupported(let field, let found, let accepted):
      "has \(field) \(found), but only \(accepted) is supported; use another tokenizer"
    case .absurdID(let id, let token):
      "gives \(quoted(token)) the id \(id), but ids must be 0, 1, 2, … without gaps; correct it"
    case .clash(let id, let token):
      "gives \(quoted(token)) the id \(id), which does not agree with another token; correct it"
    case .emptyToken(let id): "has an added token without text, id \(id); remove it"
    case .longToken(let id, let most):
      "has an added token of more than \(most) characters, id \(id); shorten it"
    case .unknownToken(let field, let name):
      "names \(quoted(name)) in \(field), but no token is called so; add it or correct the name"
    case .noEndOfText:
      "has no token that ends a text; name it as eos_token in tokenizer_config.json"
    case .notWritten:
      "would not be as it was read; copy tokenizer.json and tokenizer_config.json instead"
    }
  }
}
