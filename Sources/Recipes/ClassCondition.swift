import Autodiff

/// What networks are fed of a class: the one place where labels become numbers.
extension Tensor {
    /// Rows of zeros with a one at the class, [N, classes].
    ///
    /// - Parameter isGiven: of each row; where it is false, the class is left out: zeros alone.
    public static func oneHot(_ labels: [Int32], classes: Int, isGiven: [Bool]? = nil) -> Tensor {
        var values = [Float](repeating: 0, count: labels.count * classes)
        for (row, label) in labels.enumerated() where isGiven?[row] ?? true {
            values[row * classes + Int(label)] = 1
        }
        return Tensor(values, shape: [labels.count, classes])
    }
}
