/// The square matrix that torch turns to keep Rᵀ orthonormal: what pyreft's files hold instead of it.
///
/// torch's parametrization multiplies a fixed frame, an orthogonal matrix, by a turn that is trained.
/// Where the turn is none, Rᵀ is the first r columns of the frame: so we store no turn, and a frame
/// that begins with Rᵀ.
///
///     forward    M = I;  for each row rₖ of R:  c = M rₖ,  v = c ± eₖ,  M ← (I − 2 v vᵀ / ‖v‖²) M
///                Each is Householder's reflection: it swaps c and ∓eₖ, so that row k of M is then
///                ∓rₖ. c is 0 before k, for rₖ is at right angles to the rows that are done.
///     shapes     R: [r, d]     M, the frame transposed: [d, d]     c, v: [d]
///     paper      Householder 1958, doi:10.1145/320941.320947
///     differs    torch completes Rᵀ at random; which completion it is never shows
enum PyreftFrame {
  /// M, orthogonal, whose first rows are those of R, bit for bit.
  static func completed(_ R: Tensor) -> Tensor {
    let d = R.columns
    var M = identity(rows: d, columns: d, 1)
    for k in 0..<R.rows {
      var v = matmul(R.gathered(rows: [k]), transposed: M)
      // Of the two signs the one that makes v long: nothing cancels.
      v[0, k] += v[0, k] < 0 ? -1 : 1
      M.add(matmul(transposed: v, matmul(v, M)), scaledBy: -2 / Scalar(v.dot(v)))
    }
    M[rows: 0..<R.rows, columns: 0..<d] = R
    return M
  }

  /// The tensors of `rotate_layer` in a file, by name. torch writes no turn as −I.
  static func stored(rotation Rt: Tensor) -> [(name: String, value: PickledTensors.Value)] {
    let turn = identity(rows: Rt.rows, columns: Rt.columns, -1)
    let frame = completed(Rt.transposed).transposed
    let path = "rotate_layer.parametrizations.weight."
    return [
      (path + "original", .numbers(.matrix(turn))), (path + "0.base", .numbers(.matrix(frame))),
    ]
  }

  private static func identity(rows: Int, columns: Int, _ value: Scalar) -> Tensor {
    var matrix = Tensor(repeating: 0, rows: rows, columns: columns)
    for i in 0..<min(rows, columns) { matrix[i, i] = value }
    return matrix
  }
}
