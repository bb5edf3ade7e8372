import Testing

@testable import TinyReFT

@Suite("Human numbers")
struct HumanNumbersTests {
  @Test(
    "numbers are rounded for people",
    arguments: [
      (0, "0"), (0.12345, "0.123"), (12.35, "12.3"), (123.4, "123"), (999.7, "1,000"),
      (1234, "1,230"), (-9876, "-9,880"), (0.0000123, "1.23e-05"), (.infinity, "inf"),
      (0.5, "0.500"),
    ])
  func digits(value: Double, text: String) {
    #expect(threeDigits(value) == text)
  }

  @Test("so are times and counts")
  func times() {
    #expect(brief(.milliseconds(420)) == "0.42 s")
    #expect(brief(.milliseconds(12_340)) == "12.3 s")
    #expect(brief(.seconds(125)) == "2 min 5 s")
    #expect(brief(.seconds(3720)) == "1 h 2 min")
    #expect(grouped(1_234_567) == "1,234,567")
    #expect(grouped(-123) == "-123")
    #expect(grouped(.min) == "-9,223,372,036,854,775,808")
  }
}
