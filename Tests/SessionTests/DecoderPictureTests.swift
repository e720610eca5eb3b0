import Evaluation
import Failure
import Recipes
import Session
import SmallRuns
import Storage
import TestSupport
import Testing

/// Pictures of what the decoder predicts.
@Suite struct DecoderPictureTests {
    private func draw(
        _ scene: PictureScene, _ checkpoints: [String], _ options: ClusterPictureOptions? = nil
    ) throws -> [[RasterImage]] {
        try DecoderPictureSession(checkpoints: checkpoints, data: scene.data, options: options ?? scene.options())
            .run { _ in }
        return try scene.cells()
    }

    /// The two real images that are drawn, and the two generated ones.
    private func images(_ scene: PictureScene, _ file: GeneratorFile) throws -> [(real: [UInt8], fake: [UInt8])] {
        let rows = try Dataset(scene.data).read(rows: [0, 12])
        return try (0..<2).map { place in
            (
                Array(rows.images[place * 768..<(place + 1) * 768]),
                try file.images(seeds: [3 + place], classes: nil, truncation: 1)
            )
        }
    }

    /// A checkpoint that translates has nothing to make images of, be its discriminator told what it sees or not.
    @Test func checkpointsThatTranslateAreRefused() throws {
        try withTranslation { translation in
            try withPictures { scene in
                for path in [try translation.oasis(), try translation.pix2pix()] {
                    let error = try #require(thrown(DatasetError.self) { try draw(scene, [path]) })
                    #expect(error.exitCode == 64)
                    #expect(error.message.contains(path) && error.message.contains("visualize decoder"), "\(error)")
                    #expect(error.message.contains("ganglion translate"), "\(error)")
                }
            }
        }
    }

    static let families: [[String]] = [
        [], Small.progressive, Small.selfAttention + ["data.labels=false", "ggdr.enabled=true"],
    ]

    @Test(arguments: families) func realAndGeneratedImages(_ family: [String]) throws {
        try withPictures { scene in
            let path = try scene.checkpoint("a.h5", family)
            let cells = try draw(scene, [path])
            #expect(cells.count == 2 && cells.allSatisfy { $0.count == 5 })
            let (file, network) = (try GeneratorFile(path), try DiscriminatorFile(path))
            let resolution = try #require(network.decodedResolution)
            for (place, (real, fake)) in try images(scene, file).enumerated() {
                #expect(cells[place][0].pixels == PictureScene.shown(real))
                #expect(cells[place][2].pixels == PictureScene.shown(fake))
                guard case .features(let map) = try network.decoded(real, label: nil) else {
                    Issue.record("no features")
                    return
                }
                let target = try #require(try file.featureMaps(seed: 3, label: nil, truncation: 1).maps[resolution])
                #expect(map.resolution == resolution && map.channels == target.channels)
                for column in [1, 3, 4] {
                    let colors = PictureScene.colors(cells[place][column], resolution: resolution)
                    #expect(Set(colors).count <= 4)
                }
            }
            let kinds = [1, 3, 4].map { column -> [[UInt8]] in
                (0..<2).flatMap { PictureScene.colors(cells[$0][column], resolution: resolution) }
            }
            // Clustered jointly: all clusters are somewhere.
            #expect(Set(kinds.flatMap { $0 }).count == 4)
            #expect(try draw(scene, [path]) == cells, "the same each time")
        }
    }

    /// Of label maps, in the colours of their values; the generator's clusters beside them.
    @Test(arguments: families) func labelMaps(_ family: [String]) throws {
        try withPictures { scene in
            let own = family.filter { !$0.hasPrefix("ggdr.enabled") } + ["supervision=labels"]
            let path = try scene.checkpoint("run/checkpoints/00000002.h5", own)
            let cells = try draw(scene, [path])
            #expect(cells.count == 2 && cells.allSatisfy { $0.count == 5 })
            let (file, network) = (try GeneratorFile(path), try DiscriminatorFile(path))
            let resolution = try #require(network.decodedResolution)
            for (place, (real, fake)) in try images(scene, file).enumerated() {
                for (column, image) in [(1, real), (4, fake)] {
                    guard case .classes(let values, let side) = try network.decoded(image, label: nil) else {
                        Issue.record("no classes")
                        return
                    }
                    #expect(side == resolution && values.allSatisfy { $0 < Small.mapClasses })
                    let colors = PictureScene.colors(cells[place][column], resolution: resolution)
                    #expect(colors.flatMap { $0 } == ImageGrid.colors(ofSemantic: values))
                }
            }
            let clusters = (0..<2).flatMap { PictureScene.colors(cells[$0][3], resolution: resolution) }
            #expect(Set(clusters).count == 4)

            // A decoder that finds one value everywhere.
            var contents = try CheckpointFile.read(path)
            let bias = try #require(contents.arrays.firstIndex { $0.path == "discriminator/map_head.bias" })
            contents.arrays[bias].values = [0, 0, 1e6, 0]
            let later = scene.path + "/run/checkpoints/00000004.h5"
            try CheckpointFile.write(contents, to: later)
            let strip = try draw(scene, [scene.path + "/run"])
            #expect(strip.count == 8 && strip.allSatisfy { $0.count == 3 })
            for place in 0..<2 {
                let rows = Array(strip[4 * place..<4 * place + 4])
                #expect(rows.map { $0[1] } == [1, 2, 3, 4].map { cells[place][$0] })
                #expect(rows[2][1] == rows[2][2], "the same generator")
                for row in [0, 3] {
                    let colors = PictureScene.colors(rows[row][2], resolution: resolution)
                    #expect(Set(colors) == [ImageGrid.colors(ofSemantic: [2])])
                }
            }
        }
    }

    /// An average of other widths than the decoder's maps.
    @Test func anAverageOfAnotherNetworkIsNamed() throws {
        try withPictures { scene in
            let path = try scene.checkpoint("a.h5")
            let other = try CheckpointFile.read(
                try scene.checkpoint("b.h5", ["model.channel_base=512", "model.channel_max=32"]))
            var contents = try CheckpointFile.read(path)
            contents.arrays = contents.arrays.filter { !$0.path.hasPrefix("ema/") }
            contents.arrays += other.arrays.filter { $0.path.hasPrefix("ema/") }
            try CheckpointFile.write(contents, to: path)
            let error = thrown(EvaluationError.self) { try draw(scene, [path]) }
            #expect(error?.exitCode == ExitCode.badData)
            #expect(
                error?.description
                    == "\(path): maps of the generator and of the decoder at 8×8: found 32 and 16 channels, which "
                    + "cannot be compared")
        }
    }

    @Test func ofARunAStrip() throws {
        try withPictures { scene in
            let paths = try [1, 3, 5].map { try scene.checkpoint("run/checkpoints/0000000\($0).h5", steps: $0) }
            let strip = try draw(scene, [scene.path + "/run"])
            #expect(strip.count == 8 && strip.allSatisfy { $0.count == 4 })
            let alone = try draw(scene, [paths[2]])
            for place in 0..<2 {
                let shown = alone[place]
                let rows = strip[4 * place..<4 * place + 4].map { $0 }
                #expect(rows[0][0] == shown[0] && rows[1...].allSatisfy { PictureScene.isBlank($0[0]) })
                #expect(rows.map { $0[3] } == [shown[1], shown[2], shown[3], shown[4]])
                for row in rows { #expect(!row.dropFirst().contains { PictureScene.isBlank($0) }) }
            }
        }
    }

    @Test func networksThatGrow() throws {
        try withPictures { scene in
            let overrides = Small.growing + Small.progressive
            let paths = try [1, 11].map { try scene.checkpoint("\($0).h5", overrides, steps: $0) }
            let strip = try draw(scene, paths)
            #expect(strip.count == 8 && strip.allSatisfy { $0.count == 3 })
            #expect([0, 2, 3].allSatisfy { PictureScene.isBlank(strip[$0][1]) })
            #expect(!PictureScene.isBlank(strip[1][1]) && !PictureScene.isBlank(strip[0][2]))
            let early = thrown(DatasetError.self) { try draw(scene, [paths[0]]) }
            #expect(early?.exitCode == ExitCode.usage && early?.message.contains("have not grown") == true)
        }
    }

    @Test func whatCannotBeShown() throws {
        try withPictures { scene in
            func problem(_ path: String, data: String? = nil, count: Int = 2) -> DatasetError? {
                thrown(DatasetError.self) {
                    try DecoderPictureSession(
                        checkpoints: [path], data: data ?? scene.data, options: scene.options(count: count)
                    ).run { _ in }
                }
            }
            let none = try scene.checkpoint("none.h5", ["ggdr.enabled=false"])
            #expect(
                problem(none)?.message
                    == "\(none): its discriminator has no decoder, as nothing but images has supervised it "
                    + "(supervision=none); visualize features shows its generator")
            #expect(problem(none)?.exitCode == ExitCode.usage)
            let path = try scene.checkpoint("a.h5")
            #expect(problem(path, count: 25)?.message == "--count 25: \(scene.data) has 24 images")
            let grey = scene.path + "/grey"
            _ = try DatasetSynthesizer(seed: 1, resolution: 16, channels: 1).run(to: grey, count: 4, shards: 1)
            #expect(problem(path, data: grey)?.message.hasPrefix("\(grey): its images are 16×16×1") == true)
            let nowhere = scene.path + "/nowhere"
            #expect(problem(path, data: nowhere)?.exitCode == ExitCode.missingInput)
            // Three classes against the eight of shapes.
            let classes = try scene.checkpoint(
                "classes.h5", Small.selfAttention + ["ggdr.enabled=true"])
            #expect(
                problem(classes)?.message.contains("has 8 classes, but the discriminator is conditioned on 3") == true)
        }
    }
}
