import Cluster
import Configuration
import Foundation
import Recipes
import Reporting
import Session
import SmallRuns
import State
import Storage
import TestSupport
import Testing
import Training

/// Runs whose images are made of what stands at each pixel: what they ask of their data, show and leave.
@Suite struct TranslationRunTests {
    private static let oasis = [
        "preset=quick-oasis", "model.channel_base=64", "model.condition_width=4", "model.z_dim=3", "batch=8",
        "microbatch=2", "snapshot.grid=3x2",
    ]
    private static let pix2pix = [
        "preset=quick-pix2pix", "model.channel_base=64", "batch=8", "microbatch=2", "snapshot.grid=3x2",
    ]
    private static let facts = DataFacts(
        height: 16, width: 16, channels: 3, semanticClasses: 4, conditionChannels: 4, isPicture: true)

    private static func engine(_ overrides: [String]) throws -> StepEngine {
        let configuration = try Configuration.load(overrides: overrides).resolve(facts, ranks: 1, coresPerRank: 1)
        return StepEngine(configuration, conditions: nil, communicator: LoopbackCommunicator())
    }

    // MARK: A run on disk

    /// Trains on pairs and returns each rank's exit code.
    private static func train(_ data: String, _ run: String, _ overrides: [String], ranks: Int) throws -> [Int32] {
        try LoopbackGroup(size: ranks).run { member in
            let dataset = try Dataset(data)
            let configuration = try Configuration.load(overrides: overrides).resolve(
                DataFacts(dataset.description, images: dataset.count), ranks: ranks, coresPerRank: 1)
            return try TrainingRun(
                configuration, dataset: dataset, run: run, start: .auto, communicator: member,
                console: Console(isTerminal: false) { _ in }
            ).run()
        }
    }

    /// The part of a sheet that shows one of a pair's three pictures, of the pair at a place.
    private static func picture(_ sheet: RasterImage, pair: Int, part: Int, side: Int = 16) -> [UInt8] {
        let (top, left) = (pair / 3 * side, (pair % 3 * 3 + part) * side)
        return (top..<top + side).flatMap { row in
            let start = (row * sheet.width + left) * sheet.channels
            return sheet.pixels[start..<start + side * sheet.channels]
        }
    }

    private static func report(_ run: String, data: String) throws -> String {
        let path = try ReportSession(
            runs: [run], out: nil, data: data, features: nil, reals: nil, threads: 1
        ).run()
        return try String(contentsOfFile: path, encoding: .utf8)
    }

    @Test func sheetsShowConditionRealAndGenerated() throws {
        try inScene { scene in
            let overrides = Self.oasis + ["kimg=0.016", "snapshot.every_kimg=0.008"]
            #expect(try Self.train(scene.data, scene.run("a").path, overrides, ranks: 2) == [0, 0])
            let rows = try Dataset(scene.data).read(rows: Array(0..<6))
            let maps = try #require(rows.semantic)
            let sheets = try [0, 8, 16].map { try ImageFile.read(scene.run("a").fakes(imagesShown: $0)) }
            #expect(sheets.allSatisfy { $0.width == 3 * 3 * 16 && $0.height == 2 * 16 && $0.channels == 3 })
            for pair in 0..<6 {
                let colours = ImageGrid.colors(ofSemantic: Array(maps[pair * 256..<(pair + 1) * 256]))
                let real = Array(rows.images[pair * 768..<(pair + 1) * 768])
                for sheet in sheets {
                    #expect(Self.picture(sheet, pair: pair, part: 0) == colours)
                    #expect(Self.picture(sheet, pair: pair, part: 1) == real)
                }
                // What is generated changes as the run goes on.
                #expect(
                    Self.picture(sheets[0], pair: pair, part: 2) != Self.picture(sheets[2], pair: pair, part: 2))
            }
            let page = try Self.report(scene.run("a").path, data: scene.data)
            for words in [
                "moving average makes of the condition", "The same pairs all along",
                "Pairs, after 16 images",
                "Of 6 samples the nearest real image", "all 24 real images",
            ] { #expect(page.contains(words), "\(words)") }
            // Of the real images in the sheet it would be.
            #expect(!page.contains("latents") && !page.contains("the nearest of all 0)"))
        }
    }

    /// Grey images of edges beside coloured ones; fewer pairs than a sheet has cells.
    @Test func conditionImagesAreShownAsTheyAre() throws {
        try withTemporaryFolder { folder in
            let description = DatasetDescription(
                format: .picture(resolution: 16, channels: 3), imageCondition: .picture(resolution: 16, channels: 1))
            let writer = try DatasetWriter(folder: folder + "/data", description: description, shards: 1)
            for row in 0..<4 {
                let edges = (0..<256).map { Float(($0 * (row + 2)) % 256) }
                try writer.append(
                    image: (0..<768).map { UInt8(($0 * (row + 3)) % 251) }, imageCondition: edges)
            }
            _ = try writer.finish()
            let overrides = Self.pix2pix + ["kimg=0.008"]
            #expect(try Self.train(folder + "/data", folder + "/run", overrides, ranks: 1) == [0])
            let sheet = try ImageFile.read(RunFolder(folder + "/run").fakes(imagesShown: 8))
            #expect(sheet.width == 3 * 3 * 16 && sheet.height == 2 * 16)
            for row in 0..<4 {
                let edges = (0..<256).flatMap { repeatElement(UInt8(($0 * (row + 2)) % 256), count: 3) }
                #expect(Self.picture(sheet, pair: row, part: 0) == edges)
                #expect(Self.picture(sheet, pair: row, part: 1) == (0..<768).map { UInt8(($0 * (row + 3)) % 251) })
            }
            #expect(Self.picture(sheet, pair: 4, part: 1).allSatisfy { $0 == 0 })
            let page = try Self.report(folder + "/run", data: folder + "/data")
            #expect(page.contains("Of 4 samples the nearest real image"), "cells without a pair are no samples")
        }
    }

    // MARK: Going on

    /// As many channels: the networks would take either.
    @Test func otherConditionsAreRefused() throws {
        let contents = try Self.engine(Self.pix2pix).checkpoint(datasetID: "d", ranks: 1)
        let maps = try Self.engine(Self.pix2pix + ["data.condition=map"])
        let error = thrown(StateError.self) { try maps.resume(contents, path: "1.h5", datasetID: "d") }
        #expect(
            error?.reason
                == "was trained with data.condition=image, but this run has map, which its networks have not learned to read;"
                + " go on with data.condition=image, or start a new run")
    }

    @Test func anotherMeaningOfClassZeroIsRefused() throws {
        let contents = try Self.engine(Self.oasis).checkpoint(datasetID: "d", ranks: 1)
        let other = try Self.engine(Self.oasis + ["data.dont_care=true"])
        let error = thrown(StateError.self) { try other.resume(contents, path: "1.h5", datasetID: "d") }
        #expect(error?.reason.hasPrefix("was trained with data.dont_care=false, but this run has true") == true)
    }

    /// Rates that go down to the end of a run depend on where that is.
    @Test func anotherEndIsToldWhereRatesDependOnIt() throws {
        let contents = try Self.engine(Self.pix2pix).checkpoint(datasetID: "d", ranks: 1)
        let longer = try Self.engine(Self.pix2pix + ["kimg=80"])
        #expect(try longer.resume(contents, path: "1.h5", datasetID: "d") == ["kimg was 40, is now 80"])
        let steady = Self.oasis + ["kimg=80"]
        let same = try Self.engine(Self.oasis).checkpoint(datasetID: "d", ranks: 1)
        #expect(try Self.engine(steady).resume(same, path: "1.h5", datasetID: "d").isEmpty)
    }

    // MARK: What is told before it begins

    @Test func aDryRunSaysWhatConditionsPixels() throws {
        func line(_ overrides: [String], _ facts: DataFacts = Self.facts) throws -> String? {
            let configuration = try Configuration.load(overrides: overrides).resolve(facts, ranks: 1, coresPerRank: 1)
            return DryRun.conditionLine(configuration, TranslationScene.description)
        }
        #expect(try line(Self.oasis) == "Conditions: label maps of 4 classes")
        #expect(
            try line(Self.oasis + ["data.dont_care=true"])
                == "Conditions: label maps of 4 classes, of which 0 is of no known class")
        let images = try #require(try line(Self.pix2pix, TranslationScene.ofImages))
        let format = try #require(TranslationScene.description.imageCondition)
        #expect(images == "Conditions: images: \(format.text)", "\(images)")
        #expect(try line(["preset=quick", "batch=8", "microbatch=2"]) == nil)
    }

    // MARK: Memory

    /// 1024 images of 16×16: 24 bytes a pixel as those of any run, 4 more of maps as they are read, and 16 of what four
    /// classes are as numbers; of images beside them 16 as they are read, and 4 as numbers.
    @Test func conditionsCount() throws {
        let small = ["batch=1024", "microbatch=8", "model.channel_base=16", "model.condition_width=1", "model.z_dim=4"]
        var one = Self.facts
        one.conditionChannels = 1
        for preset in ["quick-oasis", "quick-pix2pix"] {
            let configuration = try Configuration.load(overrides: ["preset=\(preset)"] + small).resolve(
                one, ranks: 1, coresPerRank: 1)
            let refused = thrown(ConfigurationError.self) {
                try TrainingMemory.check(configuration, localRanks: 1, available: 11_000_000)
            }
            #expect(
                refused?.message.hasPrefix(
                    "a rank's images of a step would take 11.5 MB, but a rank has 11.0 MB") == true,
                "\(preset): \(refused?.message ?? "not refused")")
            try TrainingMemory.check(configuration, localRanks: 1, available: 60_000_000)
        }
    }

    @Test func whatTheNetworksTakeNamesTheirKeys() throws {
        let large = try Configuration.load(overrides: Self.oasis + ["model.channel_base=4096"]).resolve(
            Self.facts, ranks: 1, coresPerRank: 1)
        let refused = thrown(ConfigurationError.self) {
            try TrainingMemory.check(large, localRanks: 1, available: 50_000_000)
        }
        #expect(refused?.key == "model.channel_base")
        #expect(refused?.message.hasSuffix("lower model.channel_base or model.condition_width") == true)
    }
}
