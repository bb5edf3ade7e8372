import Testing

@testable import TinyReFT

@Suite("Schedule (docs/40-training.md)")
struct ScheduleTests {
  private func factors(_ schedule: Schedule, steps: Int, warmup: Double) -> Tensor {
    Tensor([
      (0..<steps).map { Scalar(schedule.factor(step: $0, of: steps, warmup: warmup)) }
    ])
  }

  @Test("by hand: four steps up, eight steps down")
  func workedExample() {
    // w = ⌊⅓ · 12⌋ = 4 steps of warm-up; then x = 0, 1/8, … 7/8.
    expectClose(
      factors(.linear, steps: 12, warmup: 1.0 / 3),
      [0, 0.25, 0.5, 0.75, 1, 0.875, 0.75, 0.625, 0.5, 0.375, 0.25, 0.125])
  }

  @Test("agrees with Hugging Face's schedules: 10 steps, 3 of them warm-up")
  func huggingFace() {
    // transformers 5.23.0, get_linear_schedule_with_warmup(optimizer, 3, 10) and the cosine one:
    // get_last_lr() before each of the 10 steps, with a learning rate of 1.
    let up: [Scalar] = [0, 0.3333333333333333, 0.6666666666666666]
    expectClose(
      factors(.linear, steps: 10, warmup: 0.3),
      up + [
        1, 0.8571428571428571, 0.7142857142857143, 0.5714285714285714, 0.42857142857142855,
        0.2857142857142857, 0.14285714285714285,
      ])
    expectClose(
      factors(.cosine, steps: 10, warmup: 0.3),
      up + [
        1, 0.9504844339512095, 0.8117449009293668, 0.6112604669781572, 0.38873953302184283,
        0.18825509907063326, 0.04951556604879048,
      ])
    expectClose(factors(.constant, steps: 10, warmup: 0.3), up + [1, 1, 1, 1, 1, 1, 1])
  }

  @Test("a warm-up of no step starts at one", arguments: Schedule.allCases)
  func noWarmup(schedule: Schedule) {
    #expect(schedule.factor(step: 0, of: 4, warmup: 0) == 1)
    // A quarter of three steps is rounded down to none, so that a short run learns from its first.
    #expect(schedule.factor(step: 0, of: 3, warmup: 0.25) == 1)
  }

  @Test("a warm-up of the whole run only rises", arguments: Schedule.allCases)
  func wholeWarmup(schedule: Schedule) {
    expectClose(factors(schedule, steps: 4, warmup: 1), [0, 0.25, 0.5, 0.75])
  }

  @Test("one step is taken at the full rate", arguments: Schedule.allCases)
  func oneStep(schedule: Schedule) {
    expectClose(factors(schedule, steps: 1, warmup: 0.1), [1])
  }

  @Test("after the end, the rate never turns negative and never rises again")
  func afterTheEnd() {
    for step in [4, 5, 6, 100] {
      #expect(Schedule.linear.factor(step: step, of: 4, warmup: 0.5) == 0)
      #expect(Schedule.cosine.factor(step: step, of: 4, warmup: 0.5) == 0)
      #expect(Schedule.constant.factor(step: step, of: 4, warmup: 0.5) == 1)
      #expect(Schedule.linear.factor(step: step, of: 4, warmup: 1) == 0)
    }
  }

  @Test("a warm-up that is no share traps")
  func noShare() async {
    await #expect(processExitsWith: .failure) {
      // Would be the factor 0.91…, as if the run had begun ten steps earlier.
      _ = Schedule.linear.factor(step: 0, of: 100, warmup: -0.1)
    }
  }
}
