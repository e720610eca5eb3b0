import Cluster
import Evaluation
import Failure
import Kernels
import Recipes
import Reporting
import Storage

/// Pictures of a generator's feature maps: the vectors at all positions of all images clustered by their directions, at
/// each resolution, as arXiv 2207.13320 shows that they tell the parts of an image apart. Of a run a strip: the same
/// images at each checkpoint, and how their maps become what they are.
///
/// The colours of a resolution are those of the one below it that they overlap with most, and those of a checkpoint those
/// of the one after it; so much of a colour can be followed. Under mpirun the first rank draws.
public struct FeaturePictureSession: Sendable {
    private let checkpoints: [String]
    private let options: ClusterPictureOptions
    private let resolutions: [Int]?

    /// - Parameters:
    ///   - checkpoints: files, or a run folder for all that it has kept; see ``ClusterPictureOptions`` for the rest.
    ///   - resolutions: of the feature maps, between commas; nil for those from 8 to half of the image, of a strip the
    ///     largest of them.
    /// - Throws: ``UsageError``.
    public init(
        checkpoints: [String], options: ClusterPictureOptions, resolutions: String?
    ) throws(UsageError) {
        self.checkpoints = checkpoints
        self.options = options
        try options.check()
        guard let resolutions else {
            self.resolutions = nil
            return
        }
        let numbers = resolutions.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
        guard numbers.allSatisfy({ $0 > 0 }), Set(numbers).count == numbers.count else {
            throw UsageError("--resolutions \(resolutions): expected different numbers, such as 16,32,64")
        }
        self.resolutions = numbers.sorted()
    }

    /// Draws, and says so.
    ///
    /// - Parameter say: takes a line at a time.
    /// - Throws: errors that name the file and what is wrong with it.
    public func run(_ say: (String) -> Void = { printLine($0) }) throws {
        guard Launch.isFirst else { return }
        let shown = try ShownCheckpoints(checkpoints, columns: options.columns)
        try Workers.start(threads: Processors.allowed)
        let isStrip = shown.isStrip
        let seeds = options.seeds(isStrip: isStrip)
        var scenes: [Scene] = []
        var known: [Int: ClusterMaps] = [:]
        // The last names the resolutions.
        var wanted = resolutions
        var side = 0
        try shown.forEachFromLast(say, open: { try GeneratorFile($0) }) { _, file in
            try file.checkMakesPictures("visualize features")
            let there = file.featureResolutions
            let drawn = try known.isEmpty ? chosen(among: there, of: file, isStrip: isStrip) : wanted ?? []
            wanted = drawn
            side = max(side, file.level.resolution)
            try options.check(
                rows: seeds.count * (isStrip ? 1 + drawn.count : 1),
                columns: isStrip ? shown.paths.count : 1 + drawn.count, largest: side)
            let classes = try options.classes(of: file, seeds: seeds)
            try options.takeStatistics(file, say)
            let scene = try scene(file, seeds, classes, resolutions: drawn.filter(there.contains), known: known)
            known.merge(scene.maps) { $1 }
            scenes.insert(scene, at: 0)
        }
        let cells = ClusterCells(side: PictureSheet.cell(side: side))
        let drawn = wanted ?? []
        let rows = isStrip ? strip(scenes, cells, drawn) : sheet(scenes[0], cells)
        try ImageFile.write(AttentionPicture.sheet(rows), to: options.out)
        if isStrip {
            for (place, scene) in scenes.enumerated() { say("column \(place + 1): \(scene.text)") }
        } else {
            for (_, maps) in scenes[0].maps.sorted(by: { $0.key < $1.key }) { say(maps.text) }
        }
        let list = drawn.map { "\($0)×\($0)" }.joined(separator: ", ")
        say(
            "feature maps of the generator at \(list) in \(options.clusters) clusters, \(seeds.count) "
                + "image\(seeds.count == 1 ? "" : "s")\(isStrip ? " of \(scenes.count) checkpoints" : ""): \(options.out)"
        )
    }

    /// What is shown of a checkpoint.
    private struct Scene {
        let path: String
        let imagesShown: Int?
        let side: Int
        let channels: Int
        /// uint8 N×r×r×C
        var images: [UInt8] = []
        var maps: [Int: ClusterMaps] = [:]

        var count: Int { images.count / imageBytes }
        var imageBytes: Int { side * side * channels }

        func picture(_ place: Int, _ cells: ClusterCells) -> RasterImage {
            cells.image(
                images[place * imageBytes..<(place + 1) * imageBytes], resolution: side, channels: channels)
        }

        var text: String {
            let distances = maps.sorted { $0.key < $1.key }.map(\.value.text)
            return ShownCheckpoints.text(path, imagesShown: imagesShown)
                + (distances.isEmpty ? ", not grown so far" : "; " + distances.joined(separator: "; "))
        }
    }

    private func scene(
        _ file: GeneratorFile, _ seeds: [Int], _ classes: [Int]?, resolutions: [Int], known: [Int: ClusterMaps]
    ) throws -> Scene {
        var scene = Scene(
            path: file.path, imagesShown: file.imagesShown, side: file.level.resolution,
            channels: file.generator.imageChannels)
        let found = try ClusterMaps.fitted(
            count: seeds.count, clusters: options.clusters, seed: UInt64(options.seed),
            name: "\(file.path): the generator's feature maps"
        ) { place in
            let (image, maps) = try file.featureMaps(
                seed: seeds[place], label: classes.map { $0[place] }, truncation: options.truncation)
            if scene.count == place { scene.images += image }
            return maps.filter { resolutions.contains($0.key) }
        }
        scene.maps = ClusterMaps.matched(found, to: known)
        return scene
    }

    /// Which of the resolutions that there are.
    private func chosen(among there: [Int], of file: GeneratorFile, isStrip: Bool) throws -> [Int] {
        if let resolutions {
            if let absent = resolutions.first(where: { !there.contains($0) }) {
                throw DatasetError.usage(
                    "--resolutions: found \(absent), but the generator of \(file.path) has feature maps at "
                        + there.map { "\($0)" }.joined(separator: ", "))
            }
            return resolutions
        }
        let usual = there.filter { (8...128).contains($0) && 2 * $0 <= file.level.resolution }
        let chosen = usual.isEmpty ? Array(there.suffix(1)) : usual
        return isStrip ? Array(chosen.suffix(1)) : chosen
    }

    /// A row an image: the image, and its maps from the lowest to the highest.
    private func sheet(_ scene: Scene, _ cells: ClusterCells) -> [[RasterImage]] {
        let maps = scene.maps.sorted { $0.key < $1.key }.map(\.value)
        return (0..<scene.count).map { place in
            [scene.picture(place, cells)] + maps.map { cells.clusters($0, place) }
        }
    }

    /// A column a checkpoint, and for each image a row of it and below it one of each resolution.
    private func strip(_ scenes: [Scene], _ cells: ClusterCells, _ resolutions: [Int]) -> [[RasterImage]] {
        var rows: [[RasterImage]] = []
        for place in 0..<scenes[0].count {
            rows.append(scenes.map { $0.picture(place, cells) })
            for resolution in resolutions {
                rows.append(
                    scenes.map { scene in
                        scene.maps[resolution].map { cells.clusters($0, place) } ?? cells.blank
                    })
            }
        }
        return rows
    }
}

extension ClusterMaps {
    /// What is printed of them.
    var text: String {
        "\(resolution)×\(resolution): \(channels) channels, mean cosine distance \(NumberText.short(distance)) from the "
            + "clusters' centres"
    }
}
