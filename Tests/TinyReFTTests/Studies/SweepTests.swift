import Testing

@testable import TinyReFT

@Suite("Sweep (docs/72-sweep.md)")
struct SweepTests {
  private let sweep = Sweep(
    [.init("rank", ["1", "4"]), .init("positions", ["l1", "f1+l1", "all"])], seeds: 2)

  @Test("a grid is every combination, the last axis fastest")
  func points() {
    #expect(sweep.points.count == 6)
    #expect(sweep.points[1] == ["1", "f1+l1"])
    #expect(sweep.arguments(of: sweep.points[3]) == ["--rank", "4", "--positions", "l1"])
    #expect(Set(sweep.points.map { sweep.folder(of: $0, seed: 1) }).count == 6)
    #expect(Sweep([], seeds: 1).points == [[]])
  }

  @Test("the best mean is bold; a run that did not stay finite counts as nothing learned")
  func table() {
    var results = [[0.5, 0.75], [1, 0.5]].map { accuracies in
      Sweep.Result(
        setting: ["rank": "1", "positions": "l1"], trainedParameters: 129,
        devAccuracies: accuracies, devTokenAccuracy: 0.875, devLoss: 0.25)
    }
    let text = sweep.markdown(results)
    #expect(text.contains("| 1 | l1 | 129 | 0.625 | 0.500 to 0.750 | 0.875 | 0.250 |"))
    #expect(text.contains("| 1 | l1 | 129 | **0.750** | 0.500 to 1.000 | 0.875 | 0.250 |"))
    // Held-out accuracy is told of the best on dev, though another was better there.
    (results[0].heldOut, results[1].heldOut) = ([1, 1], [0.25, 0.75])
    #expect(sweep.markdown(results).hasSuffix("with 129 parameters: 0.500 (0.250 to 0.750).\n"))
    #expect(sweep.result(of: ["1", "l1"], [nil, nil]).mean == 0)
    #expect(sweep.result(of: ["1", "l1"], [nil, nil]).devLoss == nil)
    var report = RunReport()
    let dev = Evaluation(accuracy: 1, tokenAccuracy: 0.5, loss: 0.25, count: 4)
    report.after = Measured(dev: dev, test: dev)
    let both = sweep.result(of: ["1", "l1"], [report, report])
    #expect(both.devLoss == 0.25 && both.devTokenAccuracy == 0.5)
    #expect(sweep.result(of: ["1", "l1"], [report, nil]).devLoss == nil)
  }

  @Test("the figure has a panel for each list, a dot for each setting, and a line through the best")
  func figure() {
    let results = sweep.points.enumerated().map { i, point in
      Sweep.Result(
        setting: ["rank": point[0], "positions": point[1]], trainedParameters: 1,
        devAccuracies: [Double(i) / 5], devTokenAccuracy: 1, devLoss: 1)
    }
    let svg = SweepChart(sweep, results).drawing.svg
    #expect(svg.contains(">rank</text>") && svg.contains(">positions</text>"))
    // Six settings in each of two panels, and upon them the best of two ranks and of three positions.
    #expect(svg.components(separatedBy: "<circle").count - 1 == 12 + 5)
    // Rank 4 has the three last; of each positions the second setting is better.
    #expect(svg.contains("the best over rank: 0.400 at 1, 1.000 at 4"))
    #expect(svg.contains("positions: 0.600 at l1, 0.800 at f1+l1, 1.000 at all"))
  }

  @Test("of several that are as accurate that with the least loss is the best, then the smallest")
  func ties() {
    func result(_ accuracy: Double, _ loss: Double?, _ parameters: Int) -> Sweep.Result {
      Sweep.Result(
        setting: [:], trainedParameters: parameters, devAccuracies: [accuracy],
        devTokenAccuracy: 1, devLoss: loss)
    }
    let all = [
      result(0.9, nil, 1), result(0.9, 0.2, 9), result(0.9, 0.1, 8), result(0.9, 0.1, 7),
      result(0.8, 0, 1),
    ]
    #expect(Sweep.best(of: all) == all[3])
    // Nothing that was trained, nothing that is best.
    #expect(Sweep.best(of: [result(0, nil, 0)]) == nil)
  }
}
