import Autodiff
import Kernels

/// Measures the kernels one by one, on the workers that are running.
public struct KernelBenchmark {
    let filter: String?
    let seconds: Double
    let spin: Int

    /// - Parameters:
    ///   - filter: measures only lines whose name contains this; nil for all.
    ///   - seconds: to measure each line for, at least.
    ///   - spin: how long workers poll, see `Workers.start`; they are started anew to measure loops.
    public init(filter: String? = nil, seconds: Double = 0.2, spin: Int = 20_000) {
        self.filter = filter
        self.seconds = seconds
        self.spin = spin
    }

    /// What `ganglion bench kernels --json` has under `kernels`.
    public struct Report: Codable, Sendable {
        public var threads: Int
        public var peak = Peak()
        public var convolutions: [Arithmetic] = []
        public var dense: [Arithmetic] = []
        public var products: [Product] = []
        public var memory: [Bandwidth] = []
        public var loops: [Loop] = []
        public var accuracy: [Accuracy] = []

        public var isEmpty: Bool {
            convolutions.isEmpty && dense.isEmpty && products.isEmpty && memory.isEmpty && loops.isEmpty
                && accuracy.isEmpty
        }
    }

    /// Of a matrix product of 1024³, on all threads: the best of the run, by which all else is judged.
    public struct Peak: Codable, Sendable {
        public var gflops = 0.0
        /// Of the times between other measurements: how steady the machine was.
        public var spread = 0.0
    }

    public enum Operation: String, Codable, Sendable, CaseIterable {
        case forward
        case inputGradient = "input_gradient"
        case weightGradient = "weight_gradient"
    }

    /// A kernel that computes.
    public struct Arithmetic: Codable, Sendable {
        public var name: String
        public var operation: Operation
        /// Median.
        public var microseconds: Double
        /// Operations of the direct computation over time.
        public var gflops: Double
        public var shareOfPeak = 0.0
        public var spread: Double

        enum CodingKeys: String, CodingKey {
            case name, operation, microseconds, gflops, spread
            case shareOfPeak = "share_of_peak"
        }

        init(_ name: String, _ operation: Operation, operations: Int, _ timings: Timings) {
            self.name = name
            self.operation = operation
            microseconds = timings.median * 1e6
            gflops = Double(operations) / timings.median / 1e9
            spread = timings.spread
        }
    }

    /// A kernel that reads and writes.
    public struct Bandwidth: Codable, Sendable {
        public var name: String
        /// Median.
        public var microseconds: Double
        /// Bytes of all operands, each counted once when read and once when written, over time.
        public var gigabytesPerSecond: Double
        public var spread: Double

        enum CodingKeys: String, CodingKey {
            case name, microseconds, spread
            case gigabytesPerSecond = "gb_per_second"
        }
    }

    /// An empty loop: the cost of waking the workers and of waiting for them.
    public struct Loop: Codable, Sendable {
        public var name: String
        public var threads: Int
        public var items: Int
        /// Median.
        public var microseconds: Double
        public var spread: Double
    }

    /// - Throws: ``WorkersError`` when threads cannot be started.
    public func run() throws -> Report {
        var report = Report(threads: Workers.count)
        var peak = Timings()
        for shape in Self.convolutions where isWanted(shape.name) {
            peak.add(Self.peakSeconds())
            report.convolutions += measure(shape)
        }
        for shape in Self.grouped where isWanted(shape.name) {
            peak.add(Self.peakSeconds())
            report.convolutions += measure(shape)
        }
        for shape in Self.dense where isWanted(shape.name) {
            peak.add(Self.peakSeconds())
            report.dense += measure(shape)
        }
        for _ in peak.count..<max(peak.count, 5) { peak.add(Self.peakSeconds()) }
        report.peak = Peak(gflops: Self.peakOperations / peak.best / 1e9, spread: peak.spread)
        for k in report.convolutions.indices {
            report.convolutions[k].shareOfPeak = report.convolutions[k].gflops / report.peak.gflops
        }
        for k in report.dense.indices { report.dense[k].shareOfPeak = report.dense[k].gflops / report.peak.gflops }
        report.products = Self.products.filter { isWanted($0.name) }.map(measure)
        for map in Self.maps { report.memory += measure(map) }
        report.accuracy = Self.accuracy.filter { isWanted($0.name) }.map { $0.measure() }.flatMap { $0 }
        report.loops = try measureLoops()
        return report
    }

    func isWanted(_ name: String) -> Bool {
        filter.map { name.lowercased().contains($0.lowercased()) } ?? true
    }
}

extension KernelBenchmark {
    private static let peakSide = 1024
    private static var peakOperations: Double { 2 * Double(peakSide * peakSide * peakSide) }

    /// What the machine computes at most.
    static func peakGflops() -> Double { peakOperations / peakSeconds() / 1e9 }

    /// The best of a few, the first of which brings the operands into the caches.
    private static func peakSeconds() -> Double {
        let a = random(peakSide * peakSide, stream: 0)
        let c = BufferView(count: peakSide * peakSide)
        let timings = Timings.interleaved(
            [{ MatrixProduct.multiply(a, a, into: c, rows: peakSide, columns: peakSide, depth: peakSide) }],
            seconds: 0)
        return timings[0].best
    }

    /// With the weights' transforms kept, as from one phase of a step to the next.
    private func measure(_ shape: ConvolutionShape) -> [Arithmetic] {
        let (x, w) = (Self.random(shape.inputCount, stream: 1), Self.random(shape.weightCount, stream: 2))
        let g = Self.random(shape.outputCount, stream: 3)
        let (y, dx) = (BufferView(count: shape.outputCount), BufferView(count: shape.inputCount))
        let dw = BufferView(count: shape.weightCount)
        let cache = TransformCache()
        return lines(
            shape.name, operations: shape.arithmetic,
            [
                { Convolution.forward(x, w, into: y, shape: shape, cache: cache) },
                { Convolution.inputGradient(g, w, into: dx, shape: shape, cache: cache) },
                { Convolution.weightGradient(x, g, into: dw, shape: shape) },
            ])
    }

    private func measure(_ shape: GroupedConvolution) -> [Arithmetic] {
        let (x, w) = (Self.random(shape.imageCount, stream: 1), Self.random(shape.weightCount, stream: 2))
        let g = Self.random(shape.imageCount, stream: 3)
        let (y, dx) = (BufferView(count: shape.imageCount), BufferView(count: shape.imageCount))
        let dw = BufferView(count: shape.weightCount)
        let cache = TransformCache()
        return lines(
            shape.name, operations: shape.arithmetic,
            [
                { shape.forward(x, w, into: y, cache: cache) }, { shape.inputGradient(g, w, into: dx, cache: cache) },
                { shape.weightGradient(x, g, into: dw) },
            ])
    }

    private func measure(_ shape: DenseShape) -> [Arithmetic] {
        let (rows, input, output) = (shape.rows, shape.input, shape.output)
        let (x, w) = (Self.random(rows * input, stream: 1), Self.random(input * output, stream: 2))
        let g = Self.random(rows * output, stream: 3)
        let (y, dx, dw) = (
            BufferView(count: rows * output), BufferView(count: rows * input), BufferView(count: input * output)
        )
        return lines(
            shape.name, operations: 2 * rows * input * output,
            [
                { MatrixProduct.multiply(x, w, into: y, rows: rows, columns: output, depth: input) },
                {
                    MatrixProduct.multiply(
                        g, w, into: dx, rows: rows, columns: input, depth: output, transposeB: true)
                },
                {
                    MatrixProduct.multiply(
                        x, g, into: dw, rows: input, columns: output, depth: rows, transposeA: true)
                },
            ])
    }

    /// One line for each of the three operations.
    private func lines(_ name: String, operations: Int, _ works: [() -> Void]) -> [Arithmetic] {
        zip(Operation.allCases, Timings.interleaved(works, seconds: seconds)).map { operation, timings in
            Arithmetic(name, operation, operations: operations, timings)
        }
    }

    /// For every number of threads up to that of the run: as many items, and many.
    private func measureLoops() throws -> [Loop] {
        let all = Workers.count
        var loops: [Loop] = []
        for threads in 1...all {
            let counts = Set([threads, 64]).sorted().filter { isWanted(Self.loopName(threads, $0)) }
            guard !counts.isEmpty else { continue }
            try Workers.start(threads: threads, spin: spin)
            // Each item writes its own number, or the compiler would see that the loop does nothing.
            let target = BufferView(count: 64)
            let works: [() -> Void] = counts.map { items in
                { target.withUnsafeElements { out in Workers.forEach(items) { out[$0] = Float($0) } } }
            }
            for (items, timings) in zip(counts, Timings.interleaved(works, seconds: seconds)) {
                loops.append(
                    Loop(
                        name: Self.loopName(threads, items), threads: threads, items: items,
                        microseconds: timings.median * 1e6, spread: timings.spread))
            }
        }
        try Workers.start(threads: all, spin: spin)
        return loops
    }

    private static func loopName(_ threads: Int, _ items: Int) -> String { "loop \(threads) threads \(items) items" }

    static func random(_ count: Int, stream: Int) -> BufferView {
        let view = BufferView(count: count)
        Draws.normals(key: 1, firstRow: stream, c2: 0, c3: 0, into: view, rowCount: count)
        return view
    }
}
