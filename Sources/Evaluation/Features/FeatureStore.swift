import Cluster
import Kernels

/// The features that the metrics of one evaluation look at: those of each set are found once.
///
/// Each rank keeps those of its share of the images, N·(dimension + classes)/R floats of a set of N on R ranks: of real sets
/// as long as the store lives, of generated images until others are asked for.
package final class FeatureStore {
    let extractor: any FeatureExtractor
    let time: EvaluationTime
    private let seed: UInt64
    private let keepsProbabilities: Bool
    private let cache: FeatureCache?
    /// Where a row's image stands in the order, and its features.
    private var real: [(origin: ImageOrigin, deal: ImageDeal, set: FeatureSet)] = []
    private var generated: (token: ImageSource.Token, set: FeatureSet)?

    init(
        _ extractor: any FeatureExtractor, seed: UInt64, keepsProbabilities: Bool, cache: FeatureCache?,
        time: EvaluationTime
    ) {
        self.extractor = extractor
        self.seed = seed
        self.keepsProbabilities = keepsProbabilities && extractor.classes > 0
        self.cache = cache
        self.time = time
    }

    var name: String { extractor.name }
    var dimension: Int { extractor.dimension }

    /// One of a metric's several values in these features.
    func value(_ part: String, _ value: Double) -> MetricValue {
        MetricValue(part: "\(name)/\(part)", label: "\(part) (\(name))", value: value, decimals: 4)
    }

    /// Collective. The features of a set's images, as 8-bit images.
    ///
    /// - Throws: ``EvaluationError`` on all ranks alike where the extractor does not take such images, or says of one what
    ///   is not finite; what the source throws, ``OtherRankError`` on the other ranks then; ``ClusterError``.
    func features(of source: ImageSource, _ communicator: any Communicator) throws -> FeatureSet {
        try extractor.check(resolution: source.resolution, channels: source.channels)
        guard source.count > 0 else { throw EvaluationError("features: found no \(source.name) images, expected some") }
        if let origin = source.origin {
            if let known = real.first(where: { $0.origin == origin }) { return known.set }
            if let whole = real.first(where: { $0.origin.contains(origin) }) {
                let first = whole.origin.places.lowerBound
                let set = whole.set.subset(
                    source.name, { origin.places.contains(first + whole.deal.number($0)) }, rank: communicator.rank)
                real.append((origin, whole.deal, set))
                return set
            }
            let deal = ImageDeal(count: source.count, seed: seed)
            let set = try kept(source, origin, deal, communicator)
            // What is a part of another is never asked for parts of its own: the larger one comes first.
            real.insert((origin, deal, set), at: 0)
            return set
        }
        if let generated, generated.token === source.token { return generated.set }
        // Not both at a time.
        generated = nil
        let set = try extract(source, ImageDeal(count: source.count, seed: seed), communicator)
        generated = (source.token, set)
        return set
    }

    /// Gives back the memory of generated images' features.
    func forgetGenerated() { generated = nil }

    /// From the cache, or else from the images, and then into the cache.
    private func kept(
        _ source: ImageSource, _ origin: ImageOrigin, _ deal: ImageDeal, _ communicator: any Communicator
    ) throws -> FeatureSet {
        guard let cache else { return try extract(source, deal, communicator) }
        let entry = FeatureCache.Entry(
            origin: origin, seed: seed, extractor: extractor.identity, resolution: source.resolution,
            channels: source.channels, dimension: dimension, classes: keepsProbabilities ? extractor.classes : 0)
        let starts = FeatureSet.starts(of: deal.count, ranks: communicator.size)
        if let set = try cache.read(entry, name: source.name, starts: starts, communicator) { return set }
        let set = try extract(source, deal, communicator)
        try cache.write(set, entry, communicator)
        return set
    }

    private func extract(
        _ source: ImageSource, _ deal: ImageDeal, _ communicator: any Communicator
    ) throws -> FeatureSet {
        let starts = FeatureSet.starts(of: deal.count, ranks: communicator.size)
        let own = starts[communicator.rank]..<starts[communicator.rank + 1]
        let classes = keepsProbabilities ? extractor.classes : 0
        let features = BufferView(count: own.count * dimension)
        let probabilities = BufferView(count: own.count * classes)
        var isFinite = true
        let together = ImageDeal.together(size: source.imageBytes)
        try deal.forEachPart(of: together, communicator) { places in
            let numbers = places.map { deal.number($0) }
            let bytes = try source.images(numbers)
            let found = try time.features {
                try extractor.features(
                    of: bytes.map { Float($0) }, count: numbers.count, resolution: source.resolution,
                    channels: source.channels)
            }
            precondition(
                found.features.count == numbers.count * dimension
                    && (classes == 0 || found.probabilities.count == numbers.count * classes),
                "\(extractor.name): \(found.features.count) features and \(found.probabilities.count) probabilities of "
                    + "\(numbers.count) images")
            let first = places.lowerBound - own.lowerBound
            isFinite = isFinite && found.features.allSatisfy { $0.isFinite }
            Elementwise.copy(
                BufferView(found.features), into: features.slice(first * dimension, numbers.count * dimension))
            guard classes > 0 else { return }
            isFinite = isFinite && found.probabilities.allSatisfy { $0.isFinite }
            Elementwise.copy(
                BufferView(found.probabilities), into: probabilities.slice(first * classes, numbers.count * classes))
        }
        guard try communicator.maximum([isFinite ? 0 : 1])[0] == 0 else { throw Self.notFinite(source.name) }
        return FeatureSet(
            name: source.name, dimension: dimension, classes: classes, starts: starts, features: features,
            probabilities: probabilities)
    }

    static func notFinite(_ name: String) -> EvaluationError {
        EvaluationError(
            "features of the \(name) images are not finite: the extractor's weights do not fit such images")
    }
}

extension ImageOrigin {
    func contains(_ other: ImageOrigin) -> Bool {
        order == other.order && places.lowerBound <= other.places.lowerBound
            && other.places.upperBound <= places.upperBound
    }
}
