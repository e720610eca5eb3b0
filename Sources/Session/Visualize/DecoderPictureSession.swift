import Cluster
import Evaluation
import Failure
import Kernels
import Recipes
import Reporting
import Storage

/// Pictures of what the discriminator's decoder of GGDR (arXiv 2207.13320, section 3.2) has learned: what it predicts of
/// real and of generated images beside the generator's own feature maps, all of them clustered jointly, so that a colour
/// means the same everywhere. Where label maps have supervised the discriminator, what it predicts has the colours of their
/// values, and those of the generator's clusters are others. Of a run a strip: the same images at each checkpoint, with
/// colours matched as in ``FeaturePictureSession``. Under mpirun the first rank draws.
public struct DecoderPictureSession: Sendable {
    private let checkpoints: [String]
    private let data: String
    private let options: ClusterPictureOptions

    /// - Parameters:
    ///   - checkpoints: files, or a run folder for all that it has kept.
    ///   - data: folder of shards with the real images.
    /// - Throws: ``UsageError``.
    public init(checkpoints: [String], data: String, options: ClusterPictureOptions) throws(UsageError) {
        self.checkpoints = checkpoints
        self.data = data
        self.options = options
        try options.check()
    }

    /// Draws, and says so.
    ///
    /// - Parameter say: takes a line at a time.
    /// - Throws: errors that name the file and what is wrong with it, such as that its discriminator has no decoder.
    public func run(_ say: (String) -> Void = { printLine($0) }) throws {
        guard Launch.isFirst else { return }
        let shown = try ShownCheckpoints(checkpoints, columns: options.columns)
        try Workers.start(threads: Processors.allowed)
        let isStrip = shown.isStrip
        let seeds = options.seeds(isStrip: isStrip)
        var scenes: [DecoderScene] = []
        var side = 0
        let open = { (path: String) -> (GeneratorFile, DiscriminatorFile) in
            let generator = try GeneratorFile(path)
            // What it makes is told before what its discriminator is.
            try generator.checkHasFreePixels("visualize decoder")
            return (generator, try DiscriminatorFile(path))
        }
        try shown.forEachFromLast(say, open: open) { _, files in
            try files.0.checkMakesPictures("visualize decoder")
            side = max(side, files.0.level.resolution)
            try options.check(
                rows: seeds.count * (isStrip ? 4 : 1), columns: isStrip ? 1 + shown.paths.count : 5, largest: side)
            let classes = try options.classes(of: files.0, seeds: seeds)
            try options.takeStatistics(files.0, say)
            var scene = try scene(files.0, files.1, seeds, classes)
            if let later = scenes.first?.maps { scene.match(to: later) }
            scenes.insert(scene, at: 0)
        }
        guard let last = scenes.last, let maps = last.maps else {
            throw DatasetError.usage(
                "\(shown.paths.last ?? ""): its networks have not grown to the resolution of the decoder's maps yet; take "
                    + "a later checkpoint of its run")
        }
        let cells = ClusterCells(side: PictureSheet.cell(side: side))
        let rows = seeds.indices.flatMap { place in
            isStrip ? strip(scenes, place, cells) : [last.row(place, cells)]
        }
        try ImageFile.write(AttentionPicture.sheet(rows), to: options.out)
        if isStrip {
            for (place, scene) in scenes.enumerated() { say("column \(place + 2): \(scene.text)") }
        } else {
            say(maps.text)
        }
        say(
            (last.classes.isEmpty ? "decoder's and generator's maps" : "decoder's label maps, and generator's maps")
                + " at \(maps.resolution)×\(maps.resolution) in \(options.clusters) clusters, "
                + "\(seeds.count) real and \(seeds.count) generated image\(seeds.count == 1 ? "" : "s")"
                + "\(isStrip ? " of \(scenes.count) checkpoints" : ""): \(options.out)")
    }

    private func scene(
        _ file: GeneratorFile, _ network: DiscriminatorFile, _ seeds: [Int], _ classes: [Int]?
    ) throws -> DecoderScene {
        guard let resolution = network.decodedResolution else {
            throw DatasetError.usage(
                "\(file.path): its discriminator has no decoder, as nothing but images has supervised it "
                    + "(supervision=none); visualize features shows its generator")
        }
        try network.check(fits: file, name: file.path)
        let source = try ShownReals(data, for: file)
        guard source.count >= seeds.count else {
            throw DatasetError.usage(
                "--count \(seeds.count): \(data) has \(source.count) image\(source.count == 1 ? "" : "s")")
        }
        let reals = try source.read(rows: seeds.indices.map { $0 * source.count / seeds.count })
        var scene = DecoderScene(file, count: seeds.count, reals: reals.images)
        scene.fakes = try file.images(seeds: seeds, classes: classes, truncation: options.truncation)
        let sources: [(kind: DecoderScene.Kind, images: [UInt8], classes: [Int]?)] = [
            (.decodedFake, scene.fakes, classes), (.decodedReal, scene.reals, reals.classes),
        ]
        func decoded(_ source: (kind: DecoderScene.Kind, images: [UInt8], classes: [Int]?), _ place: Int) throws
            -> DecodedMap?
        {
            try network.decoded(scene.image(source.images, place), label: source.classes.map { $0[place] })
        }
        var kinds = DecoderScene.Kind.allCases
        switch try decoded(sources[0], 0) {
        case nil: return scene
        case .features: break
        case .classes:
            kinds = [.generated]
            for source in sources {
                scene.classes[source.kind] = try seeds.indices.map { place in
                    guard case .classes(let values, _) = try decoded(source, place) else {
                        preconditionFailure("decoder picture: classes of some images")
                    }
                    return values
                }
            }
        }
        let found = try ClusterMaps.fitted(
            count: kinds.count * seeds.count, clusters: options.clusters, seed: UInt64(options.seed),
            name: "\(file.path): maps of the generator and of the decoder"
        ) { number in
            let (kind, place) = (kinds[number / seeds.count], number % seeds.count)
            guard let source = sources.first(where: { $0.kind == kind }) else {
                let made = try file.featureMaps(
                    seed: seeds[place], label: classes.map { $0[place] }, truncation: options.truncation)
                return made.maps.filter { $0.key == resolution }
            }
            guard case .features(let map) = try decoded(source, place) else {
                preconditionFailure("decoder picture: features of some images")
            }
            return [resolution: map]
        }
        scene.maps = found[resolution]
        return scene
    }

    /// Of each place four rows: what the decoder makes of the real image, which stands before it, the generated image, its
    /// feature map, and what the decoder makes of it.
    private func strip(_ scenes: [DecoderScene], _ place: Int, _ cells: ClusterCells) -> [[RasterImage]] {
        let real = scenes[scenes.count - 1].picture(scenes[scenes.count - 1].reals, place, cells)
        return [
            [real] + scenes.map { $0.clusters(.decodedReal, place, cells) },
            [cells.blank] + scenes.map { $0.picture($0.fakes, place, cells) },
            [cells.blank] + scenes.map { $0.clusters(.generated, place, cells) },
            [cells.blank] + scenes.map { $0.clusters(.decodedFake, place, cells) },
        ]
    }
}
