import Foundation

// Replaced by the command line's own entry point.
print(try Figures.write(to: URL(filePath: CommandLine.arguments[2])))
