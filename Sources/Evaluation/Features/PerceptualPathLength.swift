import Cluster

/// Perceptual path length (arXiv 1812.04948, section 4.1): E[d(G(a), G(b))²] / ε², a a random latent and b ε of the way from
/// it to another; low where the latent space is smooth. In w for networks with styles, linearly, otherwise in z, along the
/// sphere; without truncation.
///
/// **d is the distance in the extractor's features.** The paper's is a distance in features of VGG16 that people's judgement
/// was fitted to; numbers of the two cannot be compared. All pairs count; the paper's code leaves out the hundredth with the
/// longest steps and the hundredth with the shortest. Images are not quantised: steps are smaller than a grey value.
package struct PerceptualPathLength {
    package static let step: Float = 1e-4

    private let seed: UInt64
    private let store: FeatureStore

    /// Collective.
    package static func mean(
        of paths: LatentPaths, resolution: Int, channels: Int, extractor: any FeatureExtractor, seed: UInt64,
        time: EvaluationTime = EvaluationTime(), _ communicator: any Communicator
    ) throws -> Double {
        try extractor.check(resolution: resolution, channels: channels)
        let deal = ImageDeal(count: paths.count, seed: seed)
        let dimension = extractor.dimension
        var own: [Double] = []
        var isFinite = true
        // Two images a pair.
        let together = ImageDeal.together(size: resolution * resolution * channels) / 2
        try deal.forEachPart(of: together, communicator) { places in
            let numbers = places.map { deal.number($0) }
            let images = try paths.images(numbers, step: step)
            precondition(
                images.count == 2 * numbers.count * resolution * resolution * channels,
                "LatentPaths: \(images.count) values of \(numbers.count) pairs")
            let features = try time.features {
                try extractor.features(
                    of: images, count: 2 * numbers.count, resolution: resolution, channels: channels
                ).features
            }
            for pair in numbers.indices {
                var sum = 0.0
                for i in 0..<dimension {
                    let difference =
                        Double(features[2 * pair * dimension + i]) - Double(features[(2 * pair + 1) * dimension + i])
                    sum += difference * difference
                }
                if !sum.isFinite { isFinite = false }
                own.append(sum)
            }
        }
        guard try communicator.maximum([isFinite ? 0 : 1])[0] == 0 else { throw FeatureStore.notFinite("generated") }
        let all = try communicator.allGather(own, total: paths.count)
        let length = Double(step) * Double(step)
        return all.reduce(0) { $0 + $1 / length } / Double(paths.count)
    }
}

extension PerceptualPathLength: PictureMetric {
    package static let name = "ppl"
    package static let smallest = 1
    package static let needs: MetricNeeds = [.features, .latentPaths]

    package init(_ context: MetricContext) throws {
        store = try context.store(for: Self.self)
        seed = context.seed
    }

    package func values(
        of generated: ImageSource, real: ImageSource, communicator: any Communicator
    ) throws -> [MetricValue] {
        guard let paths = generated.paths, paths.count > 0 else {
            throw EvaluationError(
                "PPL: found \(generated.count) \(generated.name) images with \(generated.paths?.count ?? 0) pairs of "
                    + "latents, expected 1 or more")
        }
        let value = try Self.mean(
            of: paths, resolution: generated.resolution, channels: generated.channels, extractor: store.extractor,
            seed: seed, time: store.time, communicator)
        return [
            MetricValue(
                part: store.name, label: "PPL in \(paths.space) (\(store.name))", value: value, decimals: 2)
        ]
    }

    /// Real images have no latents.
    package func values(ofReal real: RealImages, communicator: any Communicator) throws -> [MetricValue] { [] }

    package func counts(ofReal real: RealImages) -> (name: String, count: Int, images: Int) { ("real_images", 0, 0) }

    package static func brief(_ values: [MetricValue]) -> (title: String, value: Double, decimals: Int)? {
        values.first.map { ($0.label, $0.value, 1) }
    }
}
