/// Reads samples ahead on a thread of its own.
///
/// What comes is a pure function of seed, positions and resolution: position p of the whole run lies in epoch p / size,
/// and in it takes the row that ``EpochPermutation`` says. With `mirror` an epoch has each row twice, once flipped from
/// left to right, in one permutation.
///
/// A resolution below the dataset's is filtered from the shards' rows, see ``BoxFilter``, for maps ``MajorityFilter``, and
/// for samples that are no pictures ``MeanFilter``, of the values that networks see. The small rows of the resolution that
/// was asked for last are kept in memory, those with the lowest numbers where not all fit, so that later epochs need not
/// read them again. Each rank keeps what came by it: its share of an epoch is another one each time.
public final class MinibatchReader: Sendable {
    /// What reading has cost, as of the newest minibatch that is ready.
    public struct Counts: Sendable, Equatable {
        /// Rows that came from the shards since the reader was made; a row that was read twice counts twice.
        public var rowsRead = 0
        /// Rows of the present resolution in memory.
        public var rowsCached = 0
        /// What they take up, with the parts that wait for further ones.
        public var cacheBytes = 0
    }

    public let dataset: Dataset
    private let worker: ReaderThread

    /// - Parameters:
    ///   - seed: of the permutations.
    ///   - mirror: whether to add the mirror image of every row.
    ///   - withMaps: whether semantic maps are read, too, where there are any.
    ///   - withConditions: whether the images beside the samples are, where there are any.
    ///   - depth: minibatches read ahead at most.
    ///   - cacheBytes: what rows of a lower resolution may take up in memory; 0 to read every row each time.
    public convenience init(
        dataset: Dataset, seed: UInt64, mirror: Bool, withMaps: Bool = true, withConditions: Bool = true,
        depth: Int = 4,
        cacheBytes: Int = 256 << 20
    ) {
        self.init(
            dataset: dataset, order: SampleOrder(count: dataset.count, seed: seed, mirror: mirror), withMaps: withMaps,
            withConditions: withConditions, depth: depth, cacheBytes: cacheBytes)
    }

    /// - Parameter order: of some of the dataset's rows.
    public init(
        dataset: Dataset, order: SampleOrder, withMaps: Bool = true, withConditions: Bool = true, depth: Int = 4,
        cacheBytes: Int = 256 << 20
    ) {
        precondition(cacheBytes >= 0, "MinibatchReader: a cache of \(cacheBytes) bytes")
        self.dataset = dataset
        worker = ReaderThread(depth: depth) {
            SampleReader(
                dataset: dataset, order: order, withMaps: withMaps, withConditions: withConditions,
                cacheBytes: cacheBytes)
        }
        worker.start()
    }

    deinit { worker.stop() }

    /// Asks for the samples at `positions` of the run. Does not wait.
    ///
    /// - Parameter resolution: side of the images, a power of two up to the dataset's; the nominal one, from 4 on, of samples
    ///   that are no pictures; nil for the dataset's.
    public func request(positions: [Int], resolution: Int? = nil) {
        let full = dataset.description.resolution
        let resolution = resolution ?? full
        precondition(
            DatasetFormat.isPowerOfTwo(resolution) && resolution <= full
                && (dataset.description.isPicture || resolution >= 4),
            "MinibatchReader.request: resolution \(resolution) of \(full)")
        worker.request(SampleRequest(positions: positions, resolution: resolution))
    }

    /// The minibatch of the oldest request not yet answered, waiting for it if need be.
    ///
    /// - Throws: what reading it threw, see ``Dataset/read(rows:)-([Int])``.
    /// - Precondition: a request is outstanding.
    public func next() throws -> Minibatch { try worker.next() }

    public var counts: Counts { worker.counts }
}
