import Autodiff
import Cluster
import Configuration
import Kernels
import Layers
import Learning
import Models
import Recipes
import SmallRuns
import State
import Storage
import TestSupport
import Testing
import Training

/// The discriminator's decoder learns label maps of real images.
@Suite struct LabelSupervisionTests {
    private static let labels = "supervision=labels"
    private static let loss = Measure("loss/labels")

    static let families: [[String]] = [
        [], ["loss.d_steps=2", "data.labels=true"], ["augment.mode=fixed", "augment.p=0.7", "augment.pipeline=bgc"],
        ["augment.diffaugment=color,translation,cutout", "loss.lecam_weight=0.3"], Small.progressive,
        Small.selfAttention.filter { !$0.hasPrefix("ggdr") },
    ]

    private func state(ranks: Int, _ overrides: [String], steps: Int = 4) throws -> EngineState {
        let states = try Small.states(ranks: ranks, overrides, steps: steps)
        for (rank, state) in states.enumerated() {
            #expect(state.differences(from: states[0]).isEmpty, "rank \(rank)")
        }
        return states[0]
    }

    @Test(arguments: families) func ranksDoNotMatter(_ family: [String]) throws {
        let overrides = family + [Self.labels]
        let start = EngineState(try Small.engine(overrides))
        let expected = try state(ranks: 1, overrides)
        #expect(expected.isFinite)
        // The decoder has learnt, and is no GGDR decoder.
        let moved = Set(expected.differences(from: start))
        for name in ["b8_map.weight", "b8_map.bias", "map_head.weight", "map_head.bias"] {
            #expect(moved.contains("discriminator/\(name)"), "\(name)")
        }
        #expect(!expected.names.contains { $0.contains("_dec.") })
        for ranks in [2, 4] {
            #expect(try state(ranks: ranks, overrides).differences(from: expected).isEmpty, "\(ranks) ranks")
        }
    }

    /// Below the resolution of the maps there is no decoder.
    @Test func ranksDoNotMatterToNetworksThatGrow() throws {
        func state(ranks: Int) throws -> EngineState {
            try LoopbackGroup(size: ranks).run { member in
                let engine = try Small.engine(Small.growing + [Self.labels], communicator: member)
                let configuration = engine.configuration
                for (step, stage) in configuration.stages.enumerated() {
                    for fade: Float in stage.resolution > 4 ? [0.5, 0] : [0] {
                        let setting = StepSetting(stage: stage, fade: fade)
                        let report = try engine.run(
                            phases: engine.schedule.phases(ofStep: step), at: setting,
                            real: Small.reals(engine, at: setting))
                        let measured = report.measurements[.discriminatorMain]?.named ?? [:]
                        #expect((measured["loss/labels"] != nil) == (stage.resolution >= 8))
                    }
                }
                return EngineState(engine)
            }[0]
        }
        let expected = try state(ranks: 1)
        for ranks in [2, 4] { #expect(try state(ranks: ranks).differences(from: expected).isEmpty, "\(ranks) ranks") }
    }

    /// Weights of classes are those of the whole batch, whatever is in a microbatch; of equal scores the loss is the
    /// logarithm of the number of classes.
    @Test func classesAreBalancedOverTheWholeBatch() throws {
        let engine = try Small.engine([Self.labels])
        let shape = try #require(engine.configuration.labelMaps)
        #expect(shape == LabelMapShape(DecoderShape(resolution: 8), classes: 4))
        // Four microbatches of two images, of 16²: one class alone in each of the first three, and one pixel of the last.
        var maps = [UInt8](repeating: 0, count: 8 * 256)
        for pixel in 2 * 256..<4 * 256 { maps[pixel] = 1 }
        for pixel in 4 * 256..<6 * 256 { maps[pixel] = 2 }
        for pixel in [0, 1, 16, 17] { maps[7 * 256 + pixel] = 3 }
        var batch = RealBatch(images: [])
        try engine.supervise(&batch, by: maps, height: 16, at: engine.configuration.grown)
        let tensors: [Tensor] = try #require(batch.maps).map { $0.tensor }
        let shapes: [[Int]] = tensors.map { $0.shape }
        #expect(shapes == [[Int]](repeating: [2, 8, 8, 4], count: 4))
        // 512 pixels: 255, 128, 128 and 1.
        let weights: [Float] = [128.0 / 255.0, 1, 1, 128]
        for (k, tensor) in tensors.enumerated() {
            for pixel in 0..<128 {
                let value = k == 3 ? (pixel == 64 ? 3 : 0) : k
                let row = Array(tensor.array[pixel * 4..<pixel * 4 + 4])
                var expected: [Float] = [0, 0, 0, 0]
                expected[value] = weights[value]
                #expect(row == expected)
            }
        }
        let scores = Tensor([Float](repeating: 0.25, count: 512), shape: [2, 8, 8, 4])
        let losses = tensors.map { DenseCrossEntropy.loss(scores: scores, targets: $0).scalar }
        let mean: Float = losses.reduce(0, +) / 4
        #expect(abs(mean - 1.386_294_4) < 1e-5)
    }

    /// It is a part of the discriminator's loss, with its weight, and of nothing else.
    @Test func theWeightIsItsShareOfTheGradient() throws {
        func gradient(_ weight: String) throws -> (all: [String: [Float]], loss: Float) {
            let engine = try Small.engine([Self.labels, "supervision_weight=\(weight)"])
            let phase = PhaseKey.discriminatorMain
            let report = try engine.run(phases: [phase], real: Small.reals(engine))
            let moments = engine.firstMoments(of: .discriminator).array
            var place = 0
            var found: [String: [Float]] = [:]
            for entry in engine.networks.d.trained {
                found[entry.name] = Array(moments[place..<place + entry.count])
                place += entry.count
            }
            let measured = try #require(report.measurements[phase])
            return (found, measured[Self.loss])
        }
        let (none, one, two) = (try gradient("0"), try gradient("1"), try gradient("2"))
        #expect(none.loss > 0.5 && none.loss == one.loss && one.loss == two.loss)
        for name in ["b8_map.weight", "map_head.weight", "b16.conv0.weight", "b4.out.weight"] {
            let (a, b, c) = (
                try #require(none.all[name]), try #require(one.all[name]), try #require(two.all[name])
            )
            let first = zip(a, b).map { $1 - $0 }
            let second = zip(b, c).map { $1 - $0 }
            let length = first.reduce(0) { $0 + $1 * $1 }.squareRoot()
            let distance = zip(first, second).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
            if name == "b4.out.weight" {
                #expect(length == 0)
            } else {
                #expect(length > 0 && distance < 1e-3 * length, "\(name): \(distance) of \(length)")
            }
            if name.contains("map") { #expect(a.allSatisfy { $0 == 0 }) }
        }
    }

    /// Maps that can be told from images are learnt.
    @Test func theDecoderLearns() throws {
        let engine = try Small.engine([Self.labels, "optimizer.d_lr=0.01", "loss.r1_gamma=0"])
        var (losses, accuracies): ([Float], [Float]) = ([], [])
        for step in 0..<40 {
            // Each image has a class a quarter, and shows it: three of the classes as red, green and blue.
            let values = (0..<8 * 256).map { pixel -> UInt8 in
                let (image, row, column) = (pixel / 256, pixel % 256 / 16, pixel % 16)
                return UInt8((image * 5 + step * 3 + row / 8 * 2 * (image % 3) + column / 8) % 4)
            }
            let images = (0..<4).map { k -> Tensor in
                let shown = values[k * 512..<(k + 1) * 512].flatMap { value -> [Float] in
                    (0..<3).map { value == $0 ? 1 : -1 }
                }
                return Tensor(shown, shape: [2, 16, 16, 3])
            }
            var batch = RealBatch(images: images)
            try engine.supervise(&batch, by: values, height: 16, at: engine.configuration.grown)
            let report = try engine.run(phases: [PhaseKey.discriminatorMain], real: batch)
            let measured = try #require(report.measurements[PhaseKey.discriminatorMain])
            losses.append(measured[Self.loss])
            accuracies.append(measured[LabelSupervision.accuracy])
        }
        #expect(losses[0] > 1)
        let last: Float = losses.suffix(5).reduce(0, +) / 5
        #expect(last < 0.6 * losses[0], "\(losses)")
        let found: Float = accuracies.suffix(5).reduce(0, +) / 5
        #expect(accuracies[0] < 0.5 && found > 0.6 && found <= 1, "\(accuracies)")
    }

    /// A view turns everything upside down; scores and maps go with it.
    private struct Upright: DrawnAugmentation {
        func images(_ x: Tensor) -> Tensor { x }
        func features(_ x: Tensor) -> Tensor {
            let rows = (0..<x.shape[1]).reversed().map { x.slice(axis: 1, start: $0, length: 1) }
            // With a ringing below 0, which is no class.
            return .concatenated(rows, axis: 1).affine(1, -0.25)
        }
    }

    @Test func mapsGoThroughTheViewOfTheirImages() throws {
        let engine = try Small.engine([Self.labels])
        let discriminator = engine.networks.discriminator
        let decoder = try #require(discriminator.labelDecoder)
        let term = LabelSupervision(decoder, weight: 1)
        let real = Small.reals(engine)
        let maps = try #require(real.maps)[0].tensor
        let d = engine.networks.d
        let weights = d.weights(differentiable: false, d.selection(discriminator.activeParameters))
        let seen = discriminator(real.images[0], labels: nil, weights)
        let samples = RealSamples(images: real.images[0], maps: { maps })
        var measured = Measurements()
        let found = term.loss(real: samples, view: Upright(), seen: seen, weights, &measured).scalar
        let expected = DenseCrossEntropy.loss(
            scores: decoder(seen.features, weights), targets: Upright().features(maps).atLeast(0)
        ).scalar
        #expect(found == expected)
        #expect(found != term.loss(real: samples, view: nil, seen: seen, weights, &measured).scalar)
    }

    @Test func checkpointsHoldTheDecoder() throws {
        let engine = try Small.engine([Self.labels])
        try Small.run(engine, steps: 2)
        let contents = engine.checkpoint(datasetID: "set", ranks: 1)
        let stored = try StoredNetworks(contents, path: "a.h5")
        #expect(try stored.measured(of: .discriminator).isEmpty)
        let head = try #require(contents.array("discriminator/\(LabelDecoder.head)"))
        #expect(head.shape == [4, 16, 1, 1])
    }

    /// It is the checkpoint that lacks them, and not a data set.
    @Test func checkpointsWithoutTheDecoderAreNamed() throws {
        let contents = try Small.engine([Self.labels]).checkpoint(datasetID: "set", ranks: 1)
        let name = "discriminator/" + LabelDecoder.head
        let place = try #require(contents.arrays.firstIndex { $0.path == name })
        func refused(_ change: (inout CheckpointContents) -> Void, _ says: String) throws {
            var changed = contents
            change(&changed)
            let found = thrown(StateError.self) { _ = try StoredNetworks(changed, path: "a.h5") }
            let error = try #require(found)
            #expect(error.path == "a.h5" && error.reason.hasPrefix("\(name) \(says), expected"), "\(error)")
        }
        try refused({ $0.arrays.remove(at: place) }, "is missing")
        try refused({ $0.arrays[place].shape = [1, 16, 1, 1] }, "has shape [1, 16, 1, 1]")
        try refused({ $0.arrays[place].shape = [257, 16, 1, 1] }, "has shape [257, 16, 1, 1]")
        try refused({ $0.arrays[place].shape = [4] }, "has shape [4]")
    }

    static let openings: [[String]] = [[], ["loss.lecam_weight=0.3"]]

    /// The numbers of a microbatch's maps, [N, r, r, classes], are made when its loss reads them, and not before: a phase
    /// holds all of a rank's microbatches.
    @Test(arguments: openings) func mapsAreMadeWhenTheyAreRead(_ more: [String]) throws {
        let engine = try Small.engine([Self.labels] + more)
        let real = Small.reals(engine)
        let maps = try #require(real.maps).map { $0.tensor }
        let phase = try #require(engine.phases.first { $0.key == .discriminatorMain })
        let inputs = PhaseInputs(randomizer: Randomizer(seed: 1), styleMixing: 0, datasetLabels: nil)
        var made: [Int] = []
        var microbatches = maps.indices.map { k in
            PhaseMicrobatch(
                step: 0, phase: phase.key, stream: phase.stream, samples: 2 * k..<2 * k + 2, images: real.images[k],
                labels: nil,
                maps: {
                    made.append(k)
                    return maps[k]
                }, inputs: inputs)
        }
        let sums = BatchSums(LoopbackCommunicator(), microbatches: maps.count)
        for k in microbatches.indices { microbatches[k].batch = sums }
        switch phase.loss {
        case .each(let loss):
            #expect(more.isEmpty)
            for k in microbatches.indices { _ = loss(microbatches[k])() }
        case .openedTogether(let loss):
            #expect(!more.isEmpty)
            let rests = loss(microbatches)
            #expect(made.isEmpty)
            for (k, rest) in rests.enumerated() {
                _ = rest()
                #expect(made == Array(0...k))
            }
        case .together: Issue.record("the discriminator's phase goes back at once")
        }
        #expect(made == Array(maps.indices))
    }

    /// Ranks wait for each other to count the classes: that is communication, and no rank's work.
    @Test func countingOverTheRanksIsCommunication() throws {
        func sums(ranks: Int, _ more: [String]) throws -> (sums: Int, bytes: Int) {
            try LoopbackGroup(size: ranks).run { member in
                let engine = try Small.engine(more, communicator: member)
                let real = Small.reals(engine)
                // Without phases nothing else is sent.
                let found = try engine.run(phases: [], real: real).communication
                #expect(found.seconds == real.balancing.seconds && found.waitedSeconds == real.balancing.seconds)
                #expect(found.sums == real.balancing.sums && found.bytes == real.balancing.bytes)
                return (found.sums, found.bytes)
            }[0]
        }
        // Four classes, 8 bytes each, of two batches in the last.
        for (more, batches) in [([Self.labels], 1), ([Self.labels, "loss.d_steps=2"], 2)] {
            let two = try sums(ranks: 2, more)
            #expect(two.sums == 1 && two.bytes == 32 * batches)
            #expect(try sums(ranks: 1, more).bytes == 0)
        }
        #expect(try sums(ranks: 2, []).sums == 0)
    }

    static let plain: [[String]] = [[], Small.progressive, Small.selfAttention.filter { !$0.hasPrefix("ggdr") }]

    /// What predicts maps is no layer that transfer learning freezes.
    @Test(arguments: plain) func theDecoderIsNoLayerOfTheDiscriminator(_ family: [String]) throws {
        let discriminator = try Small.engine(family + [Self.labels]).networks.discriminator
        let names = discriminator.layers.flatMap { $0.parameters }
        let decoders: Set<String> = ["b8_map.weight", "b8_map.bias", LabelDecoder.head, "map_head.bias"]
        #expect(!names.isEmpty && decoders.isDisjoint(with: names))
        #expect(discriminator.partsThatOthersLack.isSuperset(of: ["b8_map.weight", LabelDecoder.head]))
    }
}
