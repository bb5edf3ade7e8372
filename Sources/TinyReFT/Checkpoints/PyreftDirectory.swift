import Foundation

/// A ReFT method as pyreft keeps it: `pyreft.ReftModel.load(directory, model)` opens it.
///
///     format     config.json: where each intervention attaches, its rank, its class
///                intkey_layer_{l}_comp_block_output_unit_pos_nunit_1#{k}.bin: its tensors, as
///                `torch.save` writes them; k tells interventions of one layer apart
///     differs    pyreft does not store positions, the caller passes them: ours stand in config.json
///                under "tinyreft". Its two ends are two interventions a layer, first all prefixes,
///                then all suffixes; one for each position it has not
public enum PyreftDirectory {
  /// One intervention: of which layer and positions, and where its tensors are.
  public struct Entry: Equatable, Sendable {
    public let layer: Int
    /// `shared`, `prefix` or `suffix`.
    public let group: String
    let key: String
    public var file: String { "intkey_\(key).bin" }
  }

  /// Writes what `InterventionsDirectory` reads in `interventions`. Of the base only the sizes are
  /// needed. The entries are in the order in which pyreft wants their positions.
  public static func export(
    _ interventions: URL, base: URL, to directory: URL
  ) throws -> [Entry] {
    let (c, adaptation) = try InterventionsDirectory.read(
      interventions, for: LlamaConfiguration.read(base).decoder)
    func unsupported(_ field: String, _ value: String, _ accepted: String) -> CheckpointError {
      CheckpointError(
        interventions.appending(path: InterventionsDirectory.configuration),
        .unsupported(field: field, value: quoted(value), accepted: "\(accepted) for pyreft"))
    }
    guard let pyreft = PyreftClass.all[c.method] else {
      throw unsupported("method", c.method, PyreftClass.all.keys.sorted().joined(separator: ", "))
    }
    guard c.positions != .every else {
      throw unsupported("positions", "\(c.positions)", "fP+lS, fP, lS, all")
    }
    guard c.sharing != .position else {
      throw unsupported("sharing", c.sharing.rawValue, "layer, side")
    }
    let entries = entries(c)
    try createFolder(directory)
    let tensors = tensors(of: adaptation, pyreft)
    for entry in entries {
      let path = "layers.\(entry.layer).\(entry.group)."
      try file(pyreft, c.hiddenSize) { tensors[path + $0] }
        .write(to: directory.appending(path: entry.file))
    }
    let url = directory.appending(path: "config.json")
    try JSONText.write(PyreftConfiguration(c, entries, pyreft), to: url)
    return entries
  }

  static func entries(_ c: ReFTConfiguration) -> [Entry] {
    c.sharing.groups(of: c.positions).enumerated().flatMap { k, group in
      c.layers.map { layer in
        Entry(
          layer: layer, group: group.name,
          key: "layer_\(layer)_comp_block_output_unit_pos_nunit_1#\(k)")
      }
    }
  }

  private static func tensors(
    of method: some Parameterized, _ pyreft: PyreftClass
  ) -> [String: Safetensors.Stored] {
    Safetensors(PyreftNamed(method: method, pyreft: pyreft)).tensors
  }

  /// The tensors of one Φ. pyreft makes its linear layers in bfloat16 unless it is told otherwise,
  /// which its config.json cannot do: so the tensors replace what it made, and stay float32.
  private static func file(
    _ pyreft: PyreftClass, _ width: Int, _ stored: (String) -> Safetensors.Stored?
  ) -> PickledTensors {
    var file = PickledTensors(items: [], replacing: pyreft.modules)
    if pyreft.isPlain {
      file.items = [("embed_dim", .whole(width)), ("interchange_dim", .whole(width))]
    }
    for name in pyreft.tensors.values.sorted() {
      guard let numbers = stored(name) else { continue }
      let isSplit = name == "rotate_layer" && pyreft.isPlain
      file.items +=
        isSplit ? PyreftFrame.stored(rotation: numbers.tensor) : [(name, .numbers(numbers))]
    }
    return file
  }
}

/// pyreft's `config.json`.
private struct PyreftConfiguration: Encodable {
  let keys: [String]
  let types: [String]
  let widths: [Int]
  let sources: [Bool]
  let representations: [Representation]
  let mode = "parallel"
  let tinyreft: [String: String]

  init(_ c: ReFTConfiguration, _ entries: [PyreftDirectory.Entry], _ pyreft: PyreftClass) {
    keys = entries.map(\.key)
    types = entries.map { _ in "<class 'pyreft.interventions.\(pyreft.name)'>" }
    widths = entries.map { _ in c.hiddenSize }
    sources = entries.map { _ in true }
    representations = entries.map { Representation(layer: $0.layer, rank: c.rank) }
    tinyreft = ["positions": "\(c.positions)", "sharing": c.sharing.rawValue]
  }

  enum CodingKeys: String, CodingKey {
    case keys = "sorted_keys"
    case types = "intervention_types"
    case widths = "intervention_dimensions"
    case sources = "intervention_constant_sources"
    case representations, mode, tinyreft
  }

  /// Fourteen fields by their place: layer, component, unit, number of units, rank, and nine that
  /// ReFT leaves at None.
  struct Representation: Encodable {
    let layer: Int
    let rank: Int

    func encode(to encoder: any Encoder) throws {
      var fields = encoder.unkeyedContainer()
      try fields.encode(layer)
      try fields.encode("block_output")
      try fields.encode("pos")
      try fields.encode(1)
      try fields.encode(rank)
      for _ in 0..<9 { try fields.encodeNil() }
    }
  }
}
