import Foundation
import Testing

@testable import TinyReFT

@Suite("tinyreft export")
struct ExportCommandTests {
  @Test("writes once, names what it wrote, and takes a folder only when it is empty")
  func run() throws {
    let folder = try TemporaryFolder()
    let c = ReFTConfiguration(
      method: "loreft", rank: 1, layers: [3], positions: .ends(prefix: 1, suffix: 1),
      sharing: .side, hiddenSize: 64)
    let from = folder.url.appending(path: "reft").path
    try InterventionsDirectory.write(
      ReFT<LoReFT>(c, start: .identity, seed: 1), c,
      base: BaseModel.read(DataFolder.find().appending(path: "base")).decoder.fingerprint,
      to: URL(filePath: from))
    let out = folder.url.appending(path: "out").path
    try createFolder(URL(filePath: out))
    let base = try DataFolder.find().appending(path: "base").path
    let words = ["export", "--interventions", from, "--base", base, "--to", "pyreft", "--out"]

    let run = try tinyreft(words + [out])
    #expect(run.exitCode == 0 && run.errors == "")
    let file = "intkey_layer_3_comp_block_output_unit_pos_nunit_1"
    #expect(
      run.output == """
        Wrote \(out)
          layer 3, prefix: \(file)#0.bin
          layer 3, suffix: \(file)#1.bin

        """)
    let before = try Data(contentsOf: URL(filePath: "\(out)/\(file)#0.bin"))

    for taken in [out, "\(out)/config.json"] {
      let again = try tinyreft(words + [taken])
      #expect(again.exitCode == 1 && again.output == "")
      #expect(again.errors == "Error: \(taken) is not an empty folder; choose another --out\n")
    }
    #expect(try Data(contentsOf: URL(filePath: "\(out)/\(file)#0.bin")) == before)
  }

  @Test(
    "a usage error says what is missing or wrong",
    arguments: [
      ("--to pyreft --out x", "Missing flag '--interventions DIR'."),
      ("--interventions x --out y", "Missing flag '--to pyreft'."),
      ("--interventions x --to onnx --out y", "The value 'onnx' is invalid for '--to pyreft'"),
    ])
  func usage(line: String, problem: String) throws {
    let run = try tinyreft("export \(line)")
    #expect(run.exitCode == 64)
    #expect(run.errors.hasPrefix("Error: \(problem)"))
  }
}
