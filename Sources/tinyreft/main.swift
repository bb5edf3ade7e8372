import Foundation

// A step frees megabytes that the next step takes again. glibc gives blocks as large as these back to
// the system, which fills them with zeros each time, until it has seen one of their size freed (mallopt,
// M_MMAP_THRESHOLD). So it is shown a large one, into which nothing is written.
do {
  var block: [UInt8] = []
  block.reserveCapacity(31 << 20)
}

exit(Program.run(Array(CommandLine.arguments.dropFirst()), on: .standard()))
