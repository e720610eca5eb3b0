extension ClusterMaps {
    /// Clusters of the feature maps of several images, all images jointly and each resolution for itself.
    ///
    /// Maps are asked for twice, one image after another: whatever their sizes, only a sample of their vectors, to which
    /// clusters are fitted (``KMeans``), is held between.
    ///
    /// - Parameters:
    ///   - count: of the images.
    ///   - clusters: of each resolution.
    ///   - seed: of the sample and the clusters.
    ///   - name: of the maps, for errors.
    ///   - maps: those of an image by their resolutions, the same ones each time.
    /// - Returns: by resolution; numbers by the clusters' sizes.
    /// - Throws: ``EvaluationError`` of a map that is not finite, or has other channels than the others of its resolution,
    ///   and what `maps` throws.
    public static func fitted(
        count: Int, clusters: Int, seed: UInt64, name: String, maps: (Int) throws -> [Int: FeatureMap]
    ) throws -> [Int: ClusterMaps] {
        func named(_ resolution: Int) -> String { "\(name) at \(resolution)×\(resolution)" }
        var samples: [Int: VectorSample] = [:]
        var channels: [Int: Int] = [:]
        for image in 0..<count {
            for (resolution, map) in try maps(image) {
                let before = channels.updateValue(map.channels, forKey: resolution) ?? map.channels
                guard before == map.channels else {
                    throw EvaluationError(
                        "\(named(resolution)): found \(before) and \(map.channels) channels, which cannot be compared")
                }
                samples[
                    resolution,
                    default: VectorSample(
                        of: count * resolution * resolution, dimension: map.channels, seed: seed)
                ].add(map.values)
            }
        }
        var fits: [Int: KMeans] = [:]
        for resolution in samples.keys.sorted() {
            guard let sample = samples.removeValue(forKey: resolution), let channels = channels[resolution] else {
                continue
            }
            fits[resolution] = try KMeans(
                sample.values, dimension: channels, settings: KMeans.Settings(clusters: clusters, seed: seed),
                name: named(resolution))
        }
        var numbers: [Int: [UInt8]] = [:]
        for image in 0..<count {
            for (resolution, map) in try maps(image) {
                guard let fit = fits[resolution], fit.dimension == map.channels else {
                    preconditionFailure("ClusterMaps: other maps the second time, at \(resolution)")
                }
                numbers[resolution, default: []] += try fit.assign(map.values, name: named(resolution))
            }
        }
        var found: [Int: ClusterMaps] = [:]
        for (resolution, fit) in fits {
            found[resolution] = ClusterMaps(
                resolution: resolution, clusters: clusters, channels: fit.dimension, distance: fit.distance,
                numbers: numbers[resolution] ?? []
            ).numberedBySize()
        }
        return found
    }

    /// Maps of several resolutions with numbers that mean the same: each with those of the one below it, see
    /// ``matched(to:)``.
    ///
    /// - Parameter known: whose numbers those of its resolutions have; of the rest the lowest keeps its own.
    public static func matched(_ maps: [Int: ClusterMaps], to known: [Int: ClusterMaps] = [:]) -> [Int: ClusterMaps] {
        var matched: [Int: ClusterMaps] = [:]
        var below: ClusterMaps?
        for (resolution, own) in maps.sorted(by: { $0.key < $1.key }) {
            let named = (known[resolution] ?? below).map { own.matched(to: $0) } ?? own
            matched[resolution] = named
            below = named
        }
        return matched
    }
}
