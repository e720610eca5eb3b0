import Foundation
import Randomness

/// Some samples in the order in which they were asked for.
public struct Minibatch: Sendable, Equatable {
    /// uint8 [count, height, width, channels].
    public var images: [UInt8]
    /// One class a sample, or nil.
    public var labels: [Int32]?
    /// uint8 [count, height, width], or nil.
    public var semantic: [UInt8]?
    public var count: Int
    public var height: Int
    public var width: Int
    public var channels: Int

    public init(
        images: [UInt8], labels: [Int32]? = nil, semantic: [UInt8]? = nil, count: Int, height: Int, width: Int,
        channels: Int
    ) {
        self.images = images
        self.labels = labels
        self.semantic = semantic
        self.count = count
        self.height = height
        self.width = width
        self.channels = channels
    }
}

/// Reads samples ahead on a thread of its own.
///
/// What comes is a pure function of seed and positions: position p of the whole run lies in epoch p / size, and in it
/// takes the row that ``EpochPermutation`` says. With `mirror` an epoch has each row twice, once flipped from left to
/// right, in one permutation.
public final class MinibatchReader: Sendable {
    public let dataset: Dataset
    private let worker: ReaderThread

    /// - Parameters:
    ///   - seed: of the permutations.
    ///   - mirror: whether to add the mirror image of every row.
    ///   - withMaps: whether semantic maps are read, too, where there are any.
    ///   - depth: minibatches read ahead at most.
    public init(dataset: Dataset, seed: UInt64, mirror: Bool, withMaps: Bool = true, depth: Int = 4) {
        self.dataset = dataset
        let order = SampleOrder(count: dataset.count, seed: seed, mirror: mirror)
        worker = ReaderThread(depth: depth) { try Self.read(dataset, order, $0, withMaps) }
        worker.start()
    }

    deinit { worker.stop() }

    /// Asks for the samples at `positions` of the run. Does not wait.
    public func request(positions: [Int]) { worker.request(positions) }

    /// The minibatch of the oldest request not yet answered, waiting for it if need be.
    ///
    /// - Throws: what reading it threw, see ``Dataset/read(rows:)-([Int])``.
    /// - Precondition: a request is outstanding.
    public func next() throws -> Minibatch { try worker.next() }

    private static func read(
        _ dataset: Dataset, _ order: SampleOrder, _ positions: [Int], _ withMaps: Bool
    ) throws -> Minibatch {
        let samples = positions.map { order[$0] }
        var rows = try dataset.read(rows: samples.map(\.row), withMaps: withMaps)
        let side = dataset.description.resolution
        for (index, sample) in samples.enumerated() where sample.isFlipped {
            flip(&rows.images, index, side, dataset.description.channels)
        }
        if var maps = rows.semantic {
            rows.semantic = nil
            for (index, sample) in samples.enumerated() where sample.isFlipped { flip(&maps, index, side, 1) }
            rows.semantic = maps
        }
        return Minibatch(
            images: rows.images, labels: rows.labels, semantic: rows.semantic, count: positions.count, height: side,
            width: side, channels: dataset.description.channels)
    }

    private static func flip(_ pixels: inout [UInt8], _ index: Int, _ side: Int, _ channels: Int) {
        for row in 0..<side {
            let start = (index * side + row) * side * channels
            for x in 0..<side / 2 {
                for channel in 0..<channels {
                    pixels.swapAt(start + x * channels + channel, start + (side - 1 - x) * channels + channel)
                }
            }
        }
    }
}

/// Which row stands at which position of a run.
public struct SampleOrder: Sendable {
    /// Samples in an epoch: the rows, twice with mirror images.
    public let epochSize: Int
    private let count: Int
    private let seed: UInt64

    public init(count: Int, seed: UInt64, mirror: Bool) {
        self.count = count
        self.seed = seed
        epochSize = mirror ? 2 * count : count
    }

    /// The row at `position`, counted from the start of the run, and whether it is flipped from left to right.
    public subscript(position: Int) -> (row: Int, isFlipped: Bool) {
        let permutation = EpochPermutation(count: epochSize, seed: seed, epoch: UInt64(position / epochSize))
        let sample = permutation[position % epochSize]
        return sample < count ? (sample, false) : (sample - count, true)
    }
}

/// A thread that answers requests in order, never more than `depth` ahead.
private final class ReaderThread: @unchecked Sendable {
    // The condition guards everything mutable below, which makes the class Sendable.
    private let condition = NSCondition()
    private let depth: Int
    private let read: @Sendable ([Int]) throws -> Minibatch
    private var waiting: [[Int]] = []
    private var ready: [Result<Minibatch, any Error>] = []
    private var outstanding = 0
    private var isStopped = false
    private var isFinished = false

    init(depth: Int, read: @escaping @Sendable ([Int]) throws -> Minibatch) {
        self.depth = max(1, depth)
        self.read = read
    }

    func start() {
        let thread = Thread { self.run() }
        thread.name = "ganglion-reader"
        thread.start()
    }

    func stop() {
        condition.withLock {
            isStopped = true
            condition.broadcast()
            while !isFinished { condition.wait() }
        }
    }

    func request(_ positions: [Int]) {
        condition.withLock {
            waiting.append(positions)
            outstanding += 1
            condition.broadcast()
        }
    }

    func next() throws -> Minibatch {
        try condition.withLock { () -> Result<Minibatch, any Error> in
            precondition(outstanding > 0, "MinibatchReader.next: nothing was requested")
            while ready.isEmpty { condition.wait() }
            outstanding -= 1
            condition.broadcast()
            return ready.removeFirst()
        }.get()
    }

    private func run() {
        while let positions = take() {
            let result = Result { try read(positions) }
            condition.withLock {
                ready.append(result)
                condition.broadcast()
            }
        }
        condition.withLock {
            isFinished = true
            condition.broadcast()
        }
    }

    private func take() -> [Int]? {
        condition.withLock {
            while !isStopped, waiting.isEmpty || ready.count >= depth { condition.wait() }
            return isStopped ? nil : waiting.removeFirst()
        }
    }
}
