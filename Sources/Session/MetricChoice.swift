import Evaluation
import Storage

/// Which metrics an evaluation finds, and in whose features.
package struct MetricChoice {
    /// In the order in which all are listed.
    package let metrics: [any PictureMetric.Type]
    /// Of all of them.
    let needs: MetricNeeds
    let extractor: (any FeatureExtractor)?
    /// What the user should know.
    package let notes: [String]

    /// - Parameters:
    ///   - asked: names; nil for all metrics that the images and the extractor will do for.
    ///   - features: nil where there is no features file.
    /// - Throws: ``MissingFeatures``; ``EvaluationError`` where there are too few images for one that is asked for, or the
    ///   extractor does not take such images; ``DatasetError`` (64) where one is asked for that is not defined for images
    ///   of such a generator.
    package init(
        asked: [String]?, sets: EvaluatedSets, data: String, features: (any FeatureExtractor, notes: [String])?,
        hasSegmenter: Bool = false
    ) throws {
        let all = Metrics.all.filter { metric in
            // Without a segmenter nobody expects what it tells.
            asked?.contains(metric.name) ?? (hasSegmenter || !metric.needs.contains(.segmenter))
        }
        if asked != nil, let problem = all.lazy.compactMap({ Self.lack($0, sets) }).first {
            throw DatasetError.usage("--metrics \(problem)")
        }
        if !hasSegmenter, all.contains(where: { $0.needs.contains(.segmenter) }) { throw MissingSegmenter(data: data) }
        guard let features else {
            let lacking = all.filter { $0.needs.contains(.features) }
            if asked != nil, !lacking.isEmpty { throw MissingFeatures(metrics: lacking.map { $0.name }, data: data) }
            let rest = all.filter { !$0.needs.contains(.features) && Self.lack($0, sets) == nil }
            (metrics, extractor, notes) = (rest, nil, [])
            needs = rest.reduce([]) { $0.union($1.needs) }
            if asked != nil { try rest.forEach { try Self.check($0, sets, data) } }
            return
        }
        var notes = features.notes
        var chosen: [any PictureMetric.Type] = []
        for metric in all {
            if asked != nil {
                try Self.check(metric, sets, data)
            } else if metric.needs.contains(.probabilities), features.0.classes == 0 {
                continue
            } else if let problem = Self.lack(metric, sets) {
                notes.append("\(problem); it is left out")
                continue
            } else if metric.needs.contains(.features), let problem = Self.problem(metric, sets, data) {
                notes.append("\(problem); it is left out")
                continue
            }
            chosen.append(metric)
        }
        metrics = chosen
        needs = chosen.reduce([]) { $0.union($1.needs) }
        extractor = features.0
        self.notes = notes
        if needs.contains(.features) {
            try features.0.check(resolution: sets.resolution, channels: sets.channels)
        }
    }

    private static func check(_ metric: any Metric.Type, _ sets: EvaluatedSets, _ data: String) throws {
        if metric.needs.contains(.features), let problem = problem(metric, sets, data) {
            throw TooFewImages(description: problem)
        }
    }

    /// Why generated images do not have what a metric looks at; nil where they do.
    private static func lack(_ metric: any Metric.Type, _ sets: EvaluatedSets) -> String? {
        if metric.needs.contains(.labelMaps), sets.generated.maps == nil || sets.real.maps == nil {
            return "\(metric.name): \(lackOfMaps(sets))"
        }
        guard metric.needs.contains(.latentPaths), sets.generated.paths == nil else { return nil }
        let what =
            sets.file.generator.conditionChannels > 0 ? "label maps or images condition" : "numbers condition"
        return
            "\(metric.name): looks at images on paths between latents, which are not made where \(what) the generator"
    }

    /// Why there are no label maps that generated images could keep to.
    static func lackOfMaps(_ sets: EvaluatedSets) -> String {
        sets.generated.maps == nil && sets.file.generator.conditionChannels == 0
            ? "compares images with the label maps that they were made of, and nothing conditions the pixels of "
                + "\(sets.file.path)"
            : "compares images with label maps, which the data set does not have"
    }

    private static func problem(_ metric: any Metric.Type, _ sets: EvaluatedSets, _ data: String) -> String? {
        // Real images are compared with each other by halves.
        let found = min(sets.count, sets.halfCount)
        guard found < metric.least else { return nil }
        return
            "\(metric.name): \(data) and --images give \(sets.count) images of each set, \(sets.halfCount) of each half of "
            + "the real ones, expected \(metric.least) or more of each"
    }
}
