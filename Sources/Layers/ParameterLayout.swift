/// How a parameter lies in memory here, and how it lies in the reference's state dictionary.
public enum ParameterLayout: Hashable, Sendable {
    /// The same in both.
    case plain([Int])
    /// Here [k, k, input, output] (HWIO), there [output, input, k, k] (OIHW).
    case convolution(kernel: Int, input: Int, output: Int)
    /// Here [input, output], there [output, input].
    case dense(input: Int, output: Int)
    /// Here [1, height, width, channels], there [channels, height, width].
    case image(channels: Int, height: Int, width: Int)
    /// A window for each channel alone (a depthwise convolution). Here [1, height, width, channels], there
    /// [channels, 1, height, width].
    case depthwise(channels: Int, height: Int, width: Int)
    /// A dense layer on a flattened image. Here [height·width·channels, output], there [output, channels·height·width].
    case flattened(channels: Int, height: Int, width: Int, output: Int)
    /// A dense layer that makes an image. Here [input, height·width·channels], there [channels·height·width, input].
    case unflattened(input: Int, channels: Int, height: Int, width: Int)

    /// The shape that the kernels see.
    public var shape: [Int] {
        switch self {
        case .plain(let shape): shape
        case .convolution(let kernel, let input, let output): [kernel, kernel, input, output]
        case .dense(let input, let output): [input, output]
        case .image(let channels, let height, let width), .depthwise(let channels, let height, let width):
            [1, height, width, channels]
        case .flattened(let channels, let height, let width, let output): [height * width * channels, output]
        case .unflattened(let input, let channels, let height, let width): [input, height * width * channels]
        }
    }

    /// The shape in files.
    public var referenceShape: [Int] {
        switch self {
        case .plain(let shape): shape
        case .convolution(let kernel, let input, let output): [output, input, kernel, kernel]
        case .dense(let input, let output): [output, input]
        case .image(let channels, let height, let width): [channels, height, width]
        case .depthwise(let channels, let height, let width): [channels, 1, height, width]
        case .flattened(let channels, let height, let width, let output): [output, channels * height * width]
        case .unflattened(let input, let channels, let height, let width): [channels * height * width, input]
        }
    }

    public var count: Int { shape.reduce(1, *) }

    /// From the reference's order into the kernels'.
    public func fromReference(_ values: [Float]) -> [Float] { permuted(values, toReference: false) }

    /// From the kernels' order into the reference's.
    public func toReference(_ values: [Float]) -> [Float] { permuted(values, toReference: true) }

    // Every layout moves a block [outer, positions] of the reference to [positions, outer] here, in one of two ways:
    // (output, channels, positions) becomes (positions, channels, output).
    private func permuted(_ values: [Float], toReference: Bool) -> [Float] {
        let (output, channels, positions): (Int, Int, Int)
        switch self {
        case .plain: return values
        case .convolution(let kernel, let input, let out): (output, channels, positions) = (out, input, kernel * kernel)
        case .dense(let input, let out): (output, channels, positions) = (out, input, 1)
        case .image(let c, let h, let w), .depthwise(let c, let h, let w):
            (output, channels, positions) = (1, c, h * w)
        case .flattened(let c, let h, let w, let out): (output, channels, positions) = (out, c, h * w)
        // The innermost of the reference comes first here: its input takes the place of the positions.
        case .unflattened(let input, let c, let h, let w): (output, channels, positions) = (c, h * w, input)
        }
        precondition(values.count == count, "layout \(self): \(values.count) values")
        var result = [Float](repeating: 0, count: count)
        for o in 0..<output {
            for c in 0..<channels {
                for p in 0..<positions {
                    let there = (o * channels + c) * positions + p
                    let here = (p * channels + c) * output + o
                    if toReference { result[there] = values[here] } else { result[here] = values[there] }
                }
            }
        }
        return result
    }
}
