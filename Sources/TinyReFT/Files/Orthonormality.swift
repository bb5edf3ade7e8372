/// What is done with a free A when its training is over: R takes its place, which is the same function,
/// because the R of R is R, bit for bit.
///
/// A model is evaluated and written with R, so that the run, the file and whoever reads it have the same
/// bits. The trainer and its checkpoints keep A: they go on from there.
///
///     paper      Wu et al. 2024, arXiv:2404.03592v3, section 3.2: R has orthonormal rows
///     differs    pyreft hands A over to torch, which keeps both
extension Parameterized {
  /// The same with R = GramSchmidt(A) in the place of every A.
  var orthonormalised: Self {
    var copy = self
    copy.walk("") { name, tensor in
      if isR(name) { tensor = GramSchmidt.forward(tensor).R }
    }
    return copy
  }

  /// max |R Rᵀ − I| over every tensor that goes by the name of R, as it stands; nil where there is none.
  public var departure: Scalar? {
    parameters.filter { isR($0.name) }.map { GramSchmidt.departure($0.tensor) }.max()
  }
}

private func isR(_ name: String) -> Bool { name.split(separator: ".").last == "R" }

extension GramSchmidt {
  /// max |R Rᵀ − I|: how far the rows are from orthonormal.
  static func departure(_ R: Tensor) -> Scalar {
    var gram = matmul(R, transposed: R)
    for i in 0..<R.rows { gram[i, i] -= 1 }
    return gram.largestMagnitude
  }
}
