import Kernels

extension KernelBenchmark {
    /// Our matrix product and OpenBLAS's, of one shape, measured in turns.
    public struct Product: Codable, Sendable {
        public var name: String
        /// Medians.
        public var microseconds: Double
        public var openBLASMicroseconds: Double
        public var gflops: Double
        public var openBLASGflops: Double
        /// The kernels that OpenBLAS runs as.
        public var core: String
        public var spread: Double

        enum CodingKeys: String, CodingKey {
            case name, microseconds, gflops, core, spread
            case openBLASMicroseconds = "openblas_microseconds"
            case openBLASGflops = "openblas_gflops"
        }
    }

    /// A general product, and those of 1×1 convolutions and dense layers with their gradients.
    static let products: [ProductShape] =
        [ProductShape(rows: 1024, columns: 1024, depth: 1024)]
        + [(8192, 64, 128), (8192, 128, 3), (512, 256, 128), (8, 512, 512), (16, 8192, 512)].flatMap {
            rows, input, output in
            [
                ProductShape(rows: rows, columns: output, depth: input),
                ProductShape(rows: rows, columns: input, depth: output, transposeB: true),
                ProductShape(rows: input, columns: output, depth: rows, transposeA: true),
            ]
        }

    struct ProductShape {
        var rows: Int
        var columns: Int
        var depth: Int
        var transposeA = false
        var transposeB = false

        /// Plain letters, so that it can be typed after `--filter`.
        var name: String {
            "product \(rows)x\(columns)x\(depth)\(transposeA ? " ta" : "")\(transposeB ? " tb" : "")"
        }
    }

    func measure(_ shape: ProductShape) -> Product {
        let (rows, columns, depth) = (shape.rows, shape.columns, shape.depth)
        let (a, b) = (Self.random(rows * depth, stream: 1), Self.random(depth * columns, stream: 2))
        let (c, other) = (BufferView(count: rows * columns), BufferView(count: rows * columns))
        let timings = Timings.interleaved(
            [
                {
                    MatrixProduct.multiply(
                        a, b, into: c, rows: rows, columns: columns, depth: depth, transposeA: shape.transposeA,
                        transposeB: shape.transposeB)
                },
                {
                    OpenBLAS.multiply(
                        a, b, into: other, rows: rows, columns: columns, depth: depth, transposeA: shape.transposeA,
                        transposeB: shape.transposeB)
                },
            ], seconds: seconds)
        let operations = 2 * Double(rows) * Double(columns) * Double(depth)
        return Product(
            name: shape.name, microseconds: timings[0].median * 1e6, openBLASMicroseconds: timings[1].median * 1e6,
            gflops: operations / timings[0].median / 1e9, openBLASGflops: operations / timings[1].median / 1e9,
            core: OpenBLAS.core, spread: timings[0].spread)
    }
}
