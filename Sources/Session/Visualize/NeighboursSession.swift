import Cluster
import Evaluation
import Failure
import Recipes
import Reporting
import Storage
import Training

/// Generated images beside the real ones that are nearest to them: whether they were made or remembered. Under mpirun the
/// first rank draws.
public struct NeighboursSession: Sendable {
    /// Where distances are taken.
    public enum Space: Sendable {
        case features(FeaturesOption)
        case pixels
    }

    private let options: LatentPictureOptions
    private let data: String
    private let seeds: [Int]
    private let neighbours: Int
    private let reals: Int?
    private let space: Space

    /// - Parameters:
    ///   - data: folder of the shards that are looked through.
    ///   - seeds: such as 0-7; nil for the first eight.
    ///   - neighbours: of each image; nil for five.
    ///   - reals: images that are looked through, of a random order; nil for all.
    ///   - space: features that are not named are those in the data folder; pixels where there are none.
    /// - Throws: ``UsageError``.
    public init(
        _ options: LatentPictureOptions, data: String, seeds: String?, neighbours: Int?, reals: Int?, space: Space
    ) throws(UsageError) {
        try options.check()
        self.options = options
        self.data = data
        self.seeds = try SeedList.seeds(in: seeds ?? "0-7", most: LatentPictureOptions.mostSeeds)
        self.neighbours = neighbours ?? 5
        guard (1...32).contains(self.neighbours) else {
            throw UsageError("--neighbours \(self.neighbours): expected 1 to 32")
        }
        if let reals, reals < 1 { throw UsageError("--reals \(reals): expected 1 or more") }
        self.reals = reals
        self.space = space
    }

    /// Draws, and says so.
    ///
    /// - Parameter say: takes a line at a time.
    /// - Throws: errors that name the file and what is wrong with it.
    public func run(_ say: (String) -> Void = { printLine($0) }) throws {
        guard Launch.isFirst else { return }
        let file = try options.open("visualize neighbours", needsStyles: false, say)
        let (side, channels) = (file.level.resolution, file.generator.imageChannels)
        let dataset = try Dataset(data)
        try ShownReals.check(dataset, for: file)
        let extractor = try extractor(dataset, side: side, channels: channels, say)
        try options.check(rows: seeds.count, columns: neighbours + 1, of: file)
        try options.takeStatistics(file, say)
        let images = try file.images(
            seeds: seeds, classes: options.classes(of: file, seeds: seeds), truncation: options.truncation)
        let sample = RealSample(dataset, resolution: side, seed: 0)
        let count = min(dataset.count, reals ?? dataset.count)
        let real = sample.source("real", places: 0..<count)
        var counting = CountingLine("comparing with real images:", total: count)
        let found = try NearestNeighbours(
            of: images, count: seeds.count, resolution: side, channels: channels, extractor: extractor
        ).find(in: real, neighbours: neighbours) { counting.show($0) }
        let generated = LatentPictureOptions.cells(images, of: file)
        let rows = try seeds.indices.map { place in
            let near = LatentPictureOptions.cells(try real.images(found[place].map(\.number)), of: file)
            let blanks = Array(repeating: LatentPictureOptions.blank(of: file), count: neighbours - near.count)
            return [generated[place]] + near + blanks
        }
        try ImageFile.write(AttentionPicture.sheet(rows), to: options.out)
        for (seed, near) in zip(seeds, found) {
            let list = near.map { "\(sample.rows[$0.number]) (\(NumberText.short($0.distance)))" }
            say("seed \(seed): rows \(list.joined(separator: ", "))")
        }
        let all = count < dataset.count ? "\(count) of \(dataset.count)" : "all \(count)"
        say(
            "nearest in \(extractor.map { "the features of \($0.name)" } ?? "pixels") among \(all) real images of \(data): "
                + options.out)
    }

    private func extractor(
        _ dataset: Dataset, side: Int, channels: Int, _ say: (String) -> Void
    ) throws -> (any FeatureExtractor)? {
        guard case .features(let option) = space else { return nil }
        guard let path = option.path(data: data) else {
            say("there is no \(FeaturesOption.name) in \(data): images are compared in pixels")
            return nil
        }
        let (extractor, notes) = try option.extractor(path, data: data, datasetID: dataset.id)
        notes.forEach(say)
        try extractor.check(resolution: side, channels: channels)
        return extractor
    }
}
