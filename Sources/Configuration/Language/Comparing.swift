extension Configuration {
    /// All keys with their values in a stable order, without what may differ from rank to rank.
    public var entries: [(key: String, value: String)] {
        Self.keys.filter { !$0.isPerRank }.compactMap { key in
            key.value(in: self).map { (key.path, $0) }
        }
    }

    /// The keys whose values differ, in the order of the first list; nil where a list lacks the key.
    public static func differences(
        _ first: [(key: String, value: String)], _ second: [(key: String, value: String)]
    ) -> [(key: String, first: String?, second: String?)] {
        let others = Dictionary(second.map { ($0.key, $0.value) }) { $1 }
        let known = Set(first.map(\.key))
        return first.filter { others[$0.key] != $0.value }.map { ($0.key, $0.value, others[$0.key]) }
            + second.filter { !known.contains($0.key) }.map { ($0.key, nil, $0.value) }
    }
}

extension ResolvedConfiguration {
    /// What must be the same on all ranks, in a stable order: all keys, and the facts they were resolved with.
    public var entries: [(key: String, value: String)] {
        let images = [
            ("(images) resolution", "\(dataResolution)"), ("(images) channels", "\(channels)"),
            ("(images) classes", "\(classes)"), ("(ranks)", "\(ranks)"),
        ]
        let grid = ImageGrid(resolution: dataResolution, startHeight: startHeight, startWidth: startWidth)
        let fields = [
            ("(fields) size", "\(grid.height)×\(grid.width)"), ("(fields) numbers beside them", "\(vectorComponents)"),
        ]
        let pairs = [
            ("(pairs) classes of maps", "\(semanticClasses)"),
            ("(pairs) channels of images", "\(imageConditionChannels)"),
        ]
        let dense = configuration.data.condition.isDense ? pairs : []
        let facts = images + dense + (isPicture && vectorComponents == 0 ? [] : fields)
        return configuration.entries + facts
    }
}
