/// A heap: gives back its least element first, in about log n steps each.
///
/// Element k stands above elements 2k + 1 and 2k + 2 and is not greater than either, so the first
/// one is the least. A new element rises from the end until that is true again; in the place of one
/// that was taken the last one is put, and sinks.
struct Heap<Element: Comparable> {
  private var elements: [Element] = []

  mutating func insert(_ element: Element) {
    elements.append(element)
    var k = elements.count - 1
    while k > 0, elements[k] < elements[(k - 1) / 2] {
      elements.swapAt(k, (k - 1) / 2)
      k = (k - 1) / 2
    }
  }

  mutating func removeLeast() -> Element? {
    guard let last = elements.popLast() else { return nil }
    guard let least = elements.first else { return last }
    elements[0] = last
    var k = 0
    while let child = lesserChild(of: k), elements[child] < elements[k] {
      elements.swapAt(k, child)
      k = child
    }
    return least
  }

  private func lesserChild(of k: Int) -> Int? {
    let (left, right) = (2 * k + 1, 2 * k + 2)
    guard left < elements.count else { return nil }
    return right < elements.count && elements[right] < elements[left] ? right : left
  }
}
