import Testing

@testable import TinyReFT

@Suite("Recipe (docs/60-runs.md)")
struct RecipeTests {
  @Test(
    "every task's recipe fits the base in data/",
    arguments: ["loud", "mirror", "quiz", "so", "sentiment", "kind", "mine"])
  func fits(task: String) throws {
    let recipe = Recipe(task: task)
    let c = Pretraining.configuration()
    for method in ReFTConfiguration.methods {
      let configuration = ReFTConfiguration(
        method: method.method, rank: recipe.rank,
        layers: recipe.layers ?? Array(0..<c.layerCount), positions: recipe.positions,
        sharing: recipe.sharing, hiddenSize: c.hiddenSize)
      #expect(try configuration.check(against: c).method == method.method)
    }
  }

  @Test("the main job is one rank-1 edit of one position of one block: 129 parameters")
  func mainJob() {
    let recipe = Recipe(task: "loud")
    let reft = ReFT<LoReFT>(
      rank: recipe.rank, width: 64, layers: recipe.layers ?? [], positions: recipe.positions,
      sharing: recipe.sharing, seed: 1)
    #expect(reft.parameterCount == 129)
    #expect(recipe.positions == .ends(prefix: 0, suffix: 1))
  }

  @Test("a folder of the user's own gets the paper's advice: all layers, first and last token")
  func general() {
    let recipe = Recipe(task: "/home/me/tasks/mine")
    #expect(recipe.layers == nil)
    #expect("\(recipe.positions)" == "f1+l1")
    #expect(recipe.rank == 4)
  }
}
