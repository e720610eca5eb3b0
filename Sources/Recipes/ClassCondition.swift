import Autodiff
import Kernels

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

    /// Of label maps, at each pixel a one in the channel of its class, zeros elsewhere.
    ///
    /// - Parameters:
    ///   - values: uint8 [N, H, W], below the classes.
    ///   - shape: [N, H, W, classes]
    public static func oneHotPixels(_ values: ArraySlice<UInt8>, shape: [Int]) -> Tensor {
        let classes = shape[shape.count - 1]
        let view = BufferView(count: values.count * classes)
        view.withUnsafeElements { numbers in
            numbers.update(repeating: 0)
            for (pixel, value) in values.enumerated() {
                precondition(Int(value) < classes, "label maps: value \(value) of \(classes)")
                numbers[pixel * classes + Int(value)] = 1
            }
        }
        return Tensor(view, shape: shape)
    }
}
