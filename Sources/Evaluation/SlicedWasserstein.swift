import Cluster
import Kernels

/// A sliced Wasserstein distance between two sets of images, times 1000 as in the tables of arXiv 1710.10196.
public struct SlicedWassersteinResult: Sendable, Equatable {
    public struct Level: Sendable, Equatable {
        /// Side of the pyramid's level.
        public var side: Int
        public var distance: Double
    }

    /// From the full resolution down to 16.
    public var levels: [Level]
    /// Mean over the levels.
    public var average: Double { levels.reduce(0) { $0 + $1.distance } / Double(levels.count) }
}

/// Sliced Wasserstein distance between local patches of real and of generated images, arXiv 1710.10196, section 5.
///
/// The Laplacian pyramid of each image, over [0, 255], from the full resolution to 16×16; of each level 128 patches of
/// 7×7×C an image, normalised to mean 0 and deviation 1 in each channel over all patches of the set; their projections on
/// 4 × 128 random directions, sorted; the mean of |difference| over patches and directions.
///
/// **On ranks.** Each rank makes, and keeps, the levels of its share of the images; each sorts its share of the
/// directions, for which all levels travel to it chunk by chunk. Chunks of images and blocks of directions do not depend
/// on the number of ranks, so the result has the same bits on any number of ranks and threads (on equal processors).
///
/// **Memory.** With N images a set, R ranks and T threads, a rank keeps at its peak, in bytes, up to the rounding of
/// pool sizes (1/8) and a chunk of 32 images in work,
///
///     8·C·⌈N/R⌉·Σ min(side², 6272)   both sets' levels, those of one group
///     + b·16 384·N                   projections on 16·b directions, of both sets
///     + T·512·N                      scratch for sorting
///
/// Levels go into one group, and blocks into one round, as long as neither of the first two terms exceeds half of
/// `memory`; a group has one level at least, and a round one block. For each further group the sources are asked for
/// their images again; for each further round the levels travel again.
public struct SlicedWasserstein {
    /// Side of the smallest level, and so the smallest resolution.
    public static let smallest = 16
    /// Directions that are projected on at once.
    private static let blockSize = 16
    private static let blocks = Patches.directions / blockSize

    private let seed: UInt64
    private let memory: Int
    private let draws: any PatchDraws

    /// - Parameters:
    ///   - seed: of patches and directions.
    ///   - memory: bytes that a rank may keep, as long as they suffice for a level and a block.
    public init(seed: UInt64, memory: Int = 1 << 30) {
        self.init(seed: seed, memory: memory, draws: CounterDraws(seed: seed))
    }

    package init(seed: UInt64, memory: Int = 1 << 30, draws: any PatchDraws) {
        self.seed = seed
        self.memory = memory
        self.draws = draws
    }

    /// Collective. The distance between two sets of equally many images of one size.
    ///
    /// - Throws: ``EvaluationError`` on all ranks alike when the sets do not fit each other, are smaller than 16×16, or
    ///   do not vary in a channel of a level, which leaves the distance undefined; what the sources throw,
    ///   ``OtherRankError`` on the other ranks then; ``ClusterError``.
    public func distance(
        real: ImageSource, fake: ImageSource, communicator: any Communicator
    ) throws -> SlicedWassersteinResult {
        try check(real, fake)
        let job = Job(communicator: communicator, draws: draws, deal: ImageDeal(count: real.count, seed: seed))
        var result = SlicedWassersteinResult(levels: [])
        for group in groups(real, ranks: communicator.size) {
            let sets = try ComparedSet.allCases.map { set in
                try LevelShares(of: set == .real ? real : fake, as: set, sides: group, job: job)
            }
            for (index, side) in group.enumerated() {
                let directions = BufferView(draws.directions(level: side, channels: real.channels))
                let distances = try distances(sets.map { $0.shares[index] }, directions: directions, job: job)
                result.levels.append(.init(side: side, distance: 1000 * Self.mean(distances)))
            }
        }
        return result
    }

    private func check(_ real: ImageSource, _ fake: ImageSource) throws {
        func text(_ set: ImageSource) -> String {
            "\(set.count) \(set.name) images of \(set.resolution)×\(set.resolution)×\(set.channels)"
        }
        guard real.count == fake.count, real.resolution == fake.resolution, real.channels == fake.channels else {
            throw EvaluationError(
                "SWD: found \(text(real)) and \(text(fake)), expected equally many images of one size")
        }
        guard real.count > 0, real.resolution >= Self.smallest else {
            throw EvaluationError(
                "SWD: found \(text(real)), expected some of \(Self.smallest)×\(Self.smallest) or more")
        }
    }

    /// The pyramid's sides in groups whose levels, of both sets, a rank can keep.
    private func groups(_ source: ImageSource, ranks: Int) -> [[Int]] {
        let chunks = (source.count + ImageDeal.chunkSize - 1) / ImageDeal.chunkSize
        let share = min(source.count, (chunks + ranks - 1) / ranks * ImageDeal.chunkSize)
        var groups: [[Int]] = []
        var used = 0
        var side = source.resolution
        while side >= Self.smallest {
            let bytes = 2 * share * LevelLayout(side: side, channels: source.channels).kept * MemoryLayout<Float>.stride
            if groups.isEmpty || used + bytes > memory / 2 {
                groups.append([])
                used = 0
            }
            groups[groups.count - 1].append(side)
            used += bytes
            side /= 2
        }
        return groups
    }

    /// The distance along each direction at one level.
    ///
    /// - Parameter sets: the rank's shares of real and generated images.
    private func distances(_ sets: [LevelShare], directions: BufferView, job: Job) throws -> [Double] {
        let count = job.deal.count * Patches.perImage
        let blockBytes = sets.count * Self.blockSize * count * MemoryLayout<Float>.stride
        let most = max(1, memory / 2 / blockBytes)
        let (rank, ranks) = (job.communicator.rank, job.communicator.size)
        let shares = (0..<ranks).map { ImageDeal.share(of: Self.blocks, rank: $0, ranks: ranks) }
        let rounds = ((shares.map(\.count).max() ?? 0) + most - 1) / most
        var own: [Double] = []
        for round in 0..<rounds {
            let blocks = shares[rank].dropFirst(round * most).prefix(most)
            let projections = blocks.map { _ in sets.map { _ in BufferView(count: Self.blockSize * count) } }
            for (index, set) in sets.enumerated() {
                try set.forEachChunk(of: job) { chunk, kept in
                    guard !blocks.isEmpty else { return }
                    let patches = set.patches(of: chunk, kept: kept, job: job)
                    for (block, targets) in zip(blocks, projections) {
                        project(
                            patches, on: block, directions: directions, from: job.deal.places(chunk).lowerBound,
                            into: targets[index], count: count)
                    }
                }
            }
            own += projections.flatMap { SampleDistance.wasserstein($0[0], $0[1], rowCount: count) }
        }
        return try job.communicator.allGather(own).flatMap { $0 }
    }

    /// Writes the projections of a chunk's patches on a block of directions to their places in [16, patches of the set].
    ///
    /// One block at a time: products of other sizes might round differently.
    private func project(
        _ patches: BufferView, on block: Int, directions: BufferView, from firstImage: Int, into target: BufferView,
        count: Int
    ) {
        let depth = directions.count / Patches.directions
        let columns = patches.count / depth
        let product = BufferView(count: Self.blockSize * columns)
        MatrixProduct.multiply(
            directions.slice(block * Self.blockSize * depth, Self.blockSize * depth), patches, into: product,
            rows: Self.blockSize, columns: columns, depth: depth, transposeB: true)
        let first = firstImage * Patches.perImage
        Elementwise.copyRows(
            product, rowStride: columns, into: target.slice(first, target.count - first), rowStride: count,
            rows: Self.blockSize, count: columns)
    }

    /// The mean over repetitions of the mean over their directions.
    private static func mean(_ distances: [Double]) -> Double { distances.reduce(0, +) / Double(distances.count) }

    /// What a collective computation shares.
    struct Job {
        let communicator: any Communicator
        let draws: any PatchDraws
        let deal: ImageDeal
    }
}

extension SlicedWasserstein: PictureMetric {
    public static let name = "swd"

    public init(_ context: MetricContext) { self.init(seed: context.seed, memory: context.memory) }

    public func values(
        of generated: ImageSource, real: ImageSource, communicator: any Communicator
    ) throws -> [MetricValue] {
        Self.values(try distance(real: real, fake: generated, communicator: communicator))
    }

    /// The floor: real images from real ones.
    public func values(ofReal real: RealImages, communicator: any Communicator) throws -> [MetricValue] {
        Self.values(try distance(real: real.halves.0, fake: real.halves.1, communicator: communicator))
    }

    public func counts(ofReal real: RealImages) -> (name: String, count: Int, images: Int) {
        ("real_images", real.halves.0.count, real.halves.0.count)
    }

    private static func values(_ result: SlicedWassersteinResult) -> [MetricValue] {
        result.levels.map {
            MetricValue(part: "\($0.side)", label: "SWD ×10³, \($0.side)", value: $0.distance, decimals: 3)
        } + [MetricValue(part: average, label: "SWD ×10³, average", value: result.average, decimals: 3)]
    }

    private static let average = "average"

    public static func brief(_ values: [MetricValue]) -> (title: String, value: Double, decimals: Int)? {
        values.first { $0.part == average }.map { ("SWD", $0.value, 2) }
    }
}
