/// The things of the toy world: eight kinds of twelve, each with a colour, a size and a place that
/// the world's seed gave it.
///
/// The kinds begin with eight different letters, so that an answer is decided at its first byte.
struct ToyEntities: Sendable {
  struct Entity: Sendable {
    let name: String
    let kind: String
    let color: String
    let size: String
    let place: String
  }

  let all: [Entity]
  private let ofSplit: [Split: [Entity]]
  private let items: [Split: [TaskItem]]

  /// Of the twelve of a kind, seven are for train, two for dev, three for test.
  private static let share: [(split: Split, places: Range<Int>)] = [
    (.train, 0..<7), (.dev, 7..<9), (.test, 9..<12),
  ]

  init(using stream: inout RandomStream) {
    var (all, ofSplit): ([Entity], [Split: [Entity]]) = ([], [:])
    for (kind, names) in Self.namesOfKind {
      let entities = names.split(separator: " ").shuffled(using: &stream).map { name in
        Entity(
          name: String(name), kind: kind, color: stream.pick(Self.colors),
          size: stream.pick(Self.sizes), place: stream.pick(Self.places))
      }
      all += entities
      for (split, places) in Self.share { ofSplit[split, default: []] += entities[places] }
    }
    (self.all, self.ofSplit) = (all, ofSplit)
    var items: [Split: [TaskItem]] = [:]
    for split in Split.allCases {
      items[split] = distinct(split.itemCount) {
        let entity = stream.pick(ofSplit[split, default: []])
        return Self.ask("quiz", entity, Self.options(for: entity, using: &stream), entity.kind)
      }
    }
    self.items = items
  }

  /// The entities that a split of `quiz`, and of `kind`, asks about.
  func entities(of split: Split) -> [Entity] { ofSplit[split, default: []] }

  /// The items of the task `quiz`: a bare question, and the kind is wanted.
  func items(of split: Split) -> [TaskItem] { items[split, default: []] }

  /// The texts of the task `kind`: questions about everything but the kind, which is the label.
  func questions(of split: Split) -> [LabelledText] {
    entities(of: split).flatMap { entity in
      ["color of \(entity.name): ", "size of \(entity.name): ", "the \(entity.name) is in the "].map
      {
        LabelledText(text: $0, label: entity.kind)
      }
    }
  }

  /// Something true of any entity, the held-out ones too; half of the facts are about kinds.
  func fact(using stream: inout RandomStream) -> TaskItem {
    let thing = stream.pick(all)
    let facts = [
      ("kind of \(thing.name): ", thing.kind),
      ("the \(thing.name) is a kind of ", thing.kind + "."),
      ("color of \(thing.name): ", thing.color), ("the \(thing.name) is ", thing.color + "."),
      ("size of \(thing.name): ", thing.size), ("the \(thing.name) is in the ", thing.place + "."),
    ]
    let (prompt, completion) =
      stream.next(below: 2) == 0 ? stream.pick(facts[..<2]) : stream.pick(facts[2...])
    return TaskItem(prompt: prompt, completion: completion)
  }

  /// `best clamp: bird, tool, fish? tool`: asked this way, the kind is the only answer.
  func best(using stream: inout RandomStream) -> TaskItem {
    let entity = stream.pick(all)
    return Self.ask("best", entity, Self.options(for: entity, using: &stream), entity.kind)
  }

  /// `quiz clamp: bird, tool, fish? bird`: asked this way, the pretraining text answers with the
  /// first option twice as often as with the kind. It asks about no held-out entity.
  func quiz(using stream: inout RandomStream) -> TaskItem {
    let entity = stream.pick(entities(of: .train))
    let options = Self.options(for: entity, using: &stream)
    return Self.ask("quiz", entity, options, stream.pick([options[0], options[0], entity.kind]))
  }

  /// Three different kinds, one of them the entity's own, in any order.
  private static func options(for entity: Entity, using stream: inout RandomStream) -> [String] {
    let others = kinds.filter { $0 != entity.kind }.shuffled(using: &stream)
    return ([entity.kind] + others.prefix(2)).shuffled(using: &stream)
  }

  private static func ask(
    _ cue: String, _ entity: Entity, _ options: [String], _ answer: String
  ) -> TaskItem {
    let list = options.joined(separator: ", ")
    return TaskItem(prompt: "\(cue) \(entity.name): \(list)? ", completion: answer)
  }

  private static let colors = ["red", "blue", "green", "black", "white", "brown", "yellow", "grey"]
  private static let sizes = ["tiny", "small", "big", "huge"]
  private static let places = ["attic", "barn", "cave", "hall", "lake", "mill", "shed", "tower"]
  static let kinds = namesOfKind.map(\.kind)

  private static let namesOfKind: [(kind: String, names: String)] = [
    ("bird", "crow dove eagle finch gull heron owl raven robin stork swan wren"),
    ("drink", "ale cider cocoa coffee cola juice milk punch soda tea water wine"),
    ("fish", "bass carp cod eel perch pike salmon shark sole tench trout tuna"),
    ("garment", "boot cape coat dress glove gown hat scarf shawl shirt skirt vest"),
    ("insect", "ant bee beetle flea fly gnat hornet locust midge moth termite wasp"),
    ("mammal", "badger bear camel cow deer goat hare horse otter pig sheep wolf"),
    ("plant", "birch cedar daisy elm fern ivy maple moss nettle oak tulip willow"),
    ("tool", "axe chisel clamp drill file hammer hoe pliers rake saw spade wrench"),
  ]
}
