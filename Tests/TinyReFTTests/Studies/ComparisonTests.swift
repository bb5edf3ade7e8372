import Foundation
import Testing

@testable import TinyReFT

@Suite("Comparison (docs/71-comparison.md)")
struct ComparisonTests {
  private let comparison = Comparison(methods: ["loreft", "full"], tasks: ["so"], seeds: 3)

  private func report(
    dev: Double, loss: Double = 1, held: Double = 0.5, parameters: Int = 100
  ) -> RunReport {
    var report = RunReport()
    let result = Evaluation(accuracy: dev, tokenAccuracy: dev, loss: loss, count: 10)
    report.after = Measured(dev: result, test: result)
    (report.baseAccuracy, report.accuracy, report.devAccuracy) = (0.25, held, dev)
    (report.trainableParameters, report.seconds, report.peakMemoryMB) = (parameters, 2, 30)
    return report
  }

  @Test("every method has as many settings as any other, no two alike")
  func budget() {
    let methods = ReFTConfiguration.methods.map { $0.method } + Methods.rivals.map { $0.method }
    for method in methods {
      let settings = Comparison.settings(of: method)
      #expect(settings.count == Comparison.settingCount, "\(method)")
      #expect(Set(settings).count == Comparison.settingCount, "\(method)")
    }
    #expect(comparison.searches.count == 32)
    #expect(Set(comparison.searches.map(\.folder)).count == 32)
  }

  @Test("a LoReFT has its size in positions, as LoRA has in its rank")
  func sizes() {
    func values(_ flag: String, of method: String) -> Set<String> {
      Set(
        Comparison.settings(of: method).compactMap { words in
          words.firstIndex(of: flag).map { words[$0 + 1] }
        })
    }
    #expect(values("--positions", of: "loreft") == ["f3+l3", "all"])
    #expect(values("--rank", of: "loreft") == ["1", "4"])
    #expect(values("--rank", of: "lora") == ["1", "2", "4", "8"])
    #expect(values("--learning-rate", of: "full").count == 16)
    #expect(values("--learning-rate", of: "lora") == values("--learning-rate", of: "loreft"))
  }

  @Test(
    "dev chooses, whatever the held-out accuracy is; ties go to the least loss, then the smallest")
  func choice() {
    var reports: [Comparison.Run: RunReport] = [:]
    for run in comparison.searches where run.method == "loreft" {
      // Settings 3 to 5 are as accurate on dev, 4 and 5 with less loss, 5 is smaller than 4; 6 is best on
      // test alone.
      let dev = [0.1, 0.2, 0.9, 0.9, 0.9, 0.2][(run.setting - 1) % 6]
      reports[run] = report(
        dev: run.setting > 6 ? 0 : dev, loss: run.setting == 3 ? 2 : 1,
        held: run.setting == 6 ? 1 : 0.5, parameters: run.setting == 5 ? 50 : 100)
    }
    // The other method has no run that stayed finite: it has no row, and takes none away.
    let choices = comparison.choices(reports)
    #expect(choices.map(\.method) == ["loreft"])
    #expect(choices.map(\.setting) == [5])
    #expect(comparison.repeats(of: choices).map(\.seed) == [2, 3])
  }

  @Test("what is best on dev of the first task is taken on all, whatever is better there")
  func oneForAll() {
    let comparison = Comparison(methods: ["lora"], tasks: ["so", "quiz"], seeds: 2)
    var reports: [Comparison.Run: RunReport] = [:]
    for run in comparison.searches {
      let isBest = run.setting == (run.task == "so" ? 3 : 5)
      reports[run] = report(dev: isBest ? 1 : 0, held: Double(run.setting) / 16)
    }
    let lines = comparison.oneForAll(reports).lines
    // Setting 3 has 3 of 16 on both.
    #expect(lines == [["method", "so", "quiz"], ["`lora`", "18.8 %", "18.8 %"]])
    // A setting that did not stay finite there has no number.
    for run in comparison.searches where run.task == "quiz" && run.setting == 3 {
      reports[run] = nil
    }
    #expect(comparison.oneForAll(reports).lines[1] == ["`lora`", "18.8 %", ""])
  }

  @Test(
    "a task's path leads to no folder outside", arguments: ["../x", "..", "/a/b", ".", "a%2Fb"])
  func folders(task: String) {
    let run = Comparison.Run(method: "lora", task: task, setting: 1, seed: 2)
    let parts = run.folder.split(separator: "/")
    #expect(parts.count == 3 && !parts.contains("..") && !parts.contains("."))
    let other = Comparison.Run(method: "lora", task: "a/b", setting: 1, seed: 2)
    #expect(run.folder != other.folder)
  }

  @Test("a row has the mean, the least and the most over the seeds of the chosen setting")
  func rows() throws {
    let choice = try #require(comparison.searches.first)
    var reports = [choice: report(dev: 0.9, held: 0.5)]
    for (run, held) in zip(comparison.repeats(of: [choice]), [0.75, 1.0]) {
      reports[run] = report(dev: 0, held: held)
    }
    let rows = comparison.rows([choice], reports) { _ in 2000 }
    #expect(rows.map(\.accuracies) == [[0.5, 0.75, 1]])
    #expect(rows.map(\.mean) == [0.75])
    // A seed that has no report did not stay finite.
    let lost = try #require(comparison.repeats(of: [choice]).last)
    reports[lost] = nil
    #expect(comparison.rows([choice], reports) { _ in 0 }.map(\.accuracies) == [[0.5, 0.75, 0]])
    let line = "| `loreft` | 100 | 75.0 % (50.0 % to 100.0 %) | 30.0 % | 1.00 |"
    #expect(Comparison.markdown(rows).contains(line))
    #expect(Comparison.markdown(rows).contains("| 2.0 | 30 | 2.0 |"))
    // The first setting has the least rate of its list.
    #expect(Comparison.markdown(rows).contains("0.001`† |"))
    let inside = comparison.rows([comparison.searches[1]], [comparison.searches[1]: report(dev: 1)])
    { _ in 0 }
    #expect(!Comparison.markdown(inside).contains("†"))
  }

  @Test("the figure has a panel for each task and a point for each row")
  func figure() throws {
    let choice = try #require(comparison.searches.first)
    let rows = comparison.rows([choice], [choice: report(dev: 1, held: 0.5)]) { _ in 1 }
    let svg = ParameterChart(rows).drawing.svg
    #expect(svg.contains(">so</text>"))
    #expect(svg.contains(">loreft</text>"))
    // And one in the key, for the only kind of method that is there.
    #expect(svg.components(separatedBy: "<circle").count - 1 == 2)
    #expect(svg.contains("positions</text>") && !svg.contains("matrices</text>"))
    // 100 parameters: from 10² to 10³.
    #expect(svg.contains(">100</text>") && svg.contains(">1,000</text>"))
  }
}
