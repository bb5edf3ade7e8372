@testable import TinyReFT

extension Figures {
  /// The three schedules over a run of 144 steps, the first tenth of which is warm-up.
  @Sendable static func schedules() -> Drawing {
    let colors: [Drawing.Color] = [.blue, .orange, .green]
    let series = zip(Schedule.allCases, colors).map { schedule, color in
      Chart.Series(
        schedule.rawValue, color: color,
        points: (0..<144).map { step in
          (Double(step), schedule.factor(step: step, of: 144, warmup: 0.1))
        })
    }
    return Chart(
      title: "The learning rate over a run of 144 steps, warm-up 0.1", xLabel: "step",
      yLabel: "factor", series: series, yRange: 0...1
    ).drawing
  }
}
