import Foundation

/// What pyreft calls a Φ, and its tensors.
///
///     format     ours → theirs; `rotate_layer` is R transposed, [d, r], all others have our shape
///     differs    DiReFT is `NodireftIntervention`: pyreft's `DireftIntervention` keeps R orthonormal
struct PyreftClass: Sendable {
  let name: String
  let tensors: [String: String]

  /// The modules inside that hold `weight` and `bias`, from where the names above are read.
  let modules: [String]

  /// Whether its file is what PyTorch writes of any module: it tells its width too, and R in two
  /// parts (`PyreftFrame`). LoreftIntervention has a format of its own.
  let isPlain: Bool

  /// By our method.
  static let all: [String: PyreftClass] = [
    LoReFT.method: PyreftClass(
      name: "LoreftIntervention",
      tensors: ["W": "weight", "b": "bias", "R": "rotate_layer"], modules: [""],
      isPlain: false),
    DiReFT.method: free("NodireftIntervention"),
    NoReFT.method: free("NoreftIntervention"),
    ConsReFT.method: constant("ConsreftIntervention"),
    LobiReFT.method: constant("LobireftIntervention"),
    OrthonormalDiReFT.method: PyreftClass(
      name: "DireftIntervention",
      tensors: ["W": "learned_source.weight", "b": "learned_source.bias", "R": "rotate_layer"],
      modules: ["learned_source"], isPlain: true),
  ]

  /// Two linear layers, of which one has a bias.
  private static func free(_ name: String) -> PyreftClass {
    PyreftClass(
      name: name,
      tensors: [
        "W1": "learned_source.weight", "b": "learned_source.bias", "W2": "proj_layer.weight",
      ],
      modules: ["learned_source", "proj_layer"], isPlain: true)
  }

  /// What it writes does not depend on h. pyreft always makes these in float32.
  private static func constant(_ name: String) -> PyreftClass {
    PyreftClass(
      name: name, tensors: ["b": "learned_source", "R": "rotate_layer"], modules: [],
      isPlain: true)
  }

  /// Whether a file's tensors go by pyreft's names. Throws when some do, and others by ours.
  func names(_ file: Safetensors, at url: URL) throws(CheckpointError) -> Bool {
    func first(of endings: some Sequence<String>) -> String? {
      let endings = endings.map { "." + $0 }
      return file.names.first { name in endings.contains { name.hasSuffix($0) } }
    }
    let (ours, theirs) = (first(of: tensors.keys), first(of: tensors.values))
    if let ours, let theirs { throw CheckpointError(url, .mixedNames(ours, pyreft: theirs)) }
    return theirs != nil
  }
}

/// The same tensors in a walk that shows them under pyreft's names and in pyreft's shape: what
/// loads and stores by the walk then loads and stores pyreft's.
struct PyreftNamed<Method: Parameterized>: Parameterized {
  var method: Method
  let pyreft: PyreftClass

  mutating func walk(_ path: String, _ visit: TensorVisitor) rethrows {
    let names = pyreft.tensors
    try method.walk(path) { name, tensor in
      let ours = name.split(separator: ".").last.map(String.init) ?? name
      let theirs = names[ours] ?? ours
      let isTransposed = theirs == "rotate_layer"
      if isTransposed { tensor = tensor.transposed }
      defer { if isTransposed { tensor = tensor.transposed } }
      try visit(name.dropLast(ours.count) + theirs, &tensor)
    }
  }
}
