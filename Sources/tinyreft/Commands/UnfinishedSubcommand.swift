/// Stands in for a subcommand whose part of the library is still to come.
struct UnfinishedSubcommand: Error, CustomStringConvertible {
  let name: String

  var description: String {
    "'tinyreft \(name)' does not do its work yet; only its flags are here."
  }
}
