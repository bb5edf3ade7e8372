import Foundation

extension Tokenizer {
  /// Writes what `AutoTokenizer.from_pretrained` needs, and `read` gives back.
  ///
  /// Only for `Tokenizer.bytes`: every other one came from files, which are better copied than made
  /// again from the parts that were read.
  public func write(directory: URL) throws {
    let main = directory.appending(path: Self.file)
    guard self == .bytes else {
      throw FileError(
        main, "would not be as it was read",
        "copy tokenizer.json and tokenizer_config.json instead")
    }
    let config = JSONObject([
      "tokenizer_class": "PreTrainedTokenizerFast", "bos_token": "<s>", "eos_token": "</s>",
      "clean_up_tokenization_spaces": false, "model_input_names": ["input_ids", "attention_mask"],
    ])
    do {
      try writeAtomically(JSONCoding.text(Self.bytesFile, indented: true), to: main)
      let side = directory.appending(path: Self.configuration)
      try writeAtomically(JSONCoding.text(config, indented: true), to: side)
    } catch { throw error as? FileError ?? .hasNoForm(main) }
  }

  private static var bytesFile: JSONObject {
    let byteLevel = JSONObject([
      "type": "ByteLevel", "add_prefix_space": false, "use_regex": false, "trim_offsets": false,
    ])
    // The template: `$A` with <s> in front of it; two texts, `$A` and `$B`, each with its own.
    func item(_ letter: String, _ type: Int) -> [JSONObject] {
      let (first, text) = (
        JSONObject(["id": "<s>", "type_id": type]), JSONObject(["id": letter, "type_id": type])
      )
      return [JSONObject(["SpecialToken": first]), JSONObject(["Sequence": text])]
    }
    let special = JSONObject(["id": "<s>", "ids": [256], "tokens": ["<s>"]])
    let letters = zip(ByteAlphabet.characters.map(String.init), 0...)
    return JSONObject([
      "version": "1.0", "pre_tokenizer": byteLevel, "decoder": byteLevel,
      "added_tokens": Tokenizer.bytes.addedTokens.map { token in
        JSONObject([
          "id": token.id, "content": token.text, "special": token.isSpecial, "single_word": false,
          "lstrip": false, "rstrip": false, "normalized": false,
        ])
      },
      "post_processor": JSONObject([
        "type": "TemplateProcessing", "single": item("A", 0), "pair": item("A", 0) + item("B", 1),
        "special_tokens": JSONObject(["<s>": special]),
      ]),
      "model": JSONObject([
        "type": "BPE", "merges": [String](), "vocab": Dictionary(uniqueKeysWithValues: letters),
      ]),
    ])
  }
}
