/// How a task is trained when the flags do not say otherwise: here, and in `TrainingOptions` for what
/// all tasks share. Chosen on the dev splits; held-out accuracy is measured with it.
public struct Recipe: Sendable, Equatable {
  public var rank = 1
  /// nil for every block.
  public var layers: [Int]?
  public var positions = Positions.ends(prefix: 1, suffix: 1)
  public var sharing = Sharing.side
  public var start = Start.identity
  public var dropout: Scalar = 0
  /// Of rivals that scale what they add; nil for the rank.
  public var alpha: Double?
  /// Of rivals that choose matrices.
  public var maps = [BlockMap.queries, .values]
  public var options = TrainingOptions()
  /// How many steps lie between two looks at dev; nil for an epoch, on a part of dev, and 0 for none.
  public var evalEvery: Int?
  /// nil for the last.
  public var keep: DevWatch.Keep?

  /// For a rival: the task's epochs, and a learning rate and size that serve most of them.
  public init(rivalTask task: String) {
    self.init(task: task)
    (rank, layers, dropout) = (4, nil, 0)
    options.learningRate = 5e-3
  }

  /// The recipe of a task of the toy world, by its name; a folder of the user's own gets the general one,
  /// whatever it is called.
  public init(task: String) {
    switch task {
    case "loud":
      layers = [1]
      positions = .ends(prefix: 0, suffix: 1)
    case "mirror":
      positions = .all
      dropout = 0.05
      options.epochs = 24
    case "quiz":
      positions = .ends(prefix: 3, suffix: 3)
      dropout = 0.1
      options.learningRate = 3e-3
    case "so":
      positions = .ends(prefix: 3, suffix: 3)
    case "sentiment":
      rank = 4
      positions = .ends(prefix: 3, suffix: 3)
      options.epochs = 24
      options.learningRate = 5e-3
    case "kind":
      rank = 4
      positions = .ends(prefix: 3, suffix: 3)
      options.epochs = 36
    default:
      rank = 4
    }
  }
}
