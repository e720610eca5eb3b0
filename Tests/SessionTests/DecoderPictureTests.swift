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
            let rows = try Dataset(scene.data).read(rows: [0, 12])
            for place in 0..<2 {
                let real = Array(rows.images[place * 768..<(place + 1) * 768])
                let fake = try file.images(seeds: [3 + place], classes: nil, truncation: 1)
                #expect(cells[place][0].pixels == PictureScene.shown(real))
                #expect(cells[place][2].pixels == PictureScene.shown(fake))
                let map = try #require(try network.decoded(real, label: nil))
                let target = try #require(try file.featureMaps(seed: 3, label: nil, truncation: 1).maps[resolution])
                #expect(map.resolution == resolution && map.channels == target.channels)
                for column in [1, 3, 4] {
                    let colors = PictureScene.colors(cells[place][column], resolution: resolution)
                    #expect(Set(colors).count <= 4)
                }
            }
            let kinds = [1, 3, 4].map { column in
                (0..<2).flatMap { PictureScene.colors(cells[$0][column], resolution: resolution) }
            }
            // Clustered jointly: all clusters are somewhere.
            #expect(Set(kinds.flatMap { $0 }).count == 4)
            #expect(try draw(scene, [path]) == cells, "the same each time")
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
                #expect(!rows.contains { $0.dropFirst().contains { PictureScene.isBlank($0) } })
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
                    == "\(none): its discriminator has no decoder, as its run was without GGDR (ggdr.enabled=false); "
                    + "visualize features shows its generator")
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
