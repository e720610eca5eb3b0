import Autodiff
import Cluster
import Failure
import Kernels
import State
import Storage
import SmallRuns
import Testing
import Training

/// What becomes of a step that is not finite, on one rank and on several.
@Suite struct NumberGuardTests {
    /// Trains; the real images of some steps hold a NaN in one place of the global batch.
    ///
    /// - Returns: the updates that were left out.
    @discardableResult
    private func run(_ engine: StepEngine, steps: Int, poisoned: Set<Int> = []) throws -> [NotFinite] {
        var leftOut: [NotFinite] = []
        for _ in 0..<steps {
            var real = Small.reals(engine)
            let stage = engine.configuration.grown.stage
            let positions = engine.positions(of: ReadRequest(imagesShown: engine.imagesShown, stage: stage))
            // The sixth image of the batch.
            if poisoned.contains(engine.step), let place = positions.firstIndex(of: engine.imagesShown + 5) {
                let (k, inside) = place.quotientAndRemainder(dividingBy: stage.microbatch)
                var pixels = real.images[k].array
                pixels[inside * pixels.count / stage.microbatch + 37] = .nan
                real.images[k] = Tensor(pixels, shape: real.images[k].shape)
            }
            leftOut += try engine.run(phases: engine.schedule.phases(ofStep: engine.step), real: real).leftOut
        }
        return leftOut
    }

    private func fault(_ body: () throws -> Void) -> NotFinite? {
        do {
            try body()
            return nil
        } catch {
            return error as? NotFinite
        }
    }

    @Test func stopNamesPhaseStepAndParameter() throws {
        let engine = try Small.engine()
        try run(engine, steps: 2)
        let before = EngineState(engine)
        let found = try #require(fault { try run(engine, steps: 1, poisoned: [2]) })
        #expect(found.phase == .discriminatorMain && found.step == 2 && found.imagesShown == 16)
        #expect(found.exitCode == ExitCode.internalError)
        for text in [
            "step 2, phase dmain, after 16 images", "loss/discriminator_real is nan", "gradient_norm/dmain is nan",
            "first in the gradient of discriminator/",
        ] {
            #expect("\(found)".contains(text), "\(found)")
        }
        // The generator had learnt before; of the discriminator, and of what follows from both, nothing has moved.
        let changed = EngineState(engine).differences(from: before)
        #expect(changed.contains("generator/mapping.fc0.weight") && changed.contains("optimizer/generator/v"))
        #expect(!changed.contains { $0.hasPrefix("discriminator/") || $0.hasPrefix("ema/") || $0.contains("/discr") })
        #expect(EngineState(engine).isFinite)
    }

    @Test func skipLeavesThePhaseOut() throws {
        let engine = try Small.engine(["guard.nan=skip"])
        try run(engine, steps: 2)
        let before = EngineState(engine)
        // Step 3 has an R1 phase, which sees the image too.
        let found = try run(engine, steps: 2, poisoned: [2, 3])
        #expect(found.map(\.step) == [2, 3, 3])
        #expect(found.map(\.phase) == [.discriminatorMain, .discriminatorMain, .discriminatorRegularization])
        let changed = EngineState(engine).differences(from: before)
        #expect(!changed.contains { $0.hasPrefix("discriminator/") || $0.hasPrefix("optimizer/discriminator") })
        #expect(!changed.contains("optimizer_steps_discriminator"))
        for name in ["generator/mapping.fc0.weight", "ema/mapping.fc0.weight", "optimizer_steps_generator", "step"] {
            #expect(changed.contains(name), "\(name)")
        }
        #expect(engine.step == 4 && engine.imagesShown == 32)
        #expect(engine.state.counters.guardLeftOut == 3 && engine.state.counters.guardLeftOutInARow == [0, 0, 2, 1])
        try run(engine, steps: 1)
        #expect(EngineState(engine).isFinite)
        #expect(engine.state.counters.guardLeftOut == 3 && engine.state.counters.guardLeftOutInARow == [0, 0, 0, 1])
    }

    @Test func skipHasTheSameBitsOnAnyRanks() throws {
        let poisoned: Set = [0, 2, 3, 5]
        let one = try Small.engine(["guard.nan=skip"])
        let leftOut = try run(one, steps: 7, poisoned: poisoned)
        #expect(leftOut.count == 6)
        let expected = EngineState(one)
        for ranks in [2, 4] {
            let states = try LoopbackGroup(size: ranks).run { member in
                let engine = try Small.engine(["guard.nan=skip"], communicator: member)
                let found = try run(engine, steps: 7, poisoned: poisoned)
                return (EngineState(engine), found)
            }
            for (state, found) in states {
                #expect(state.differences(from: expected).isEmpty, "\(ranks) ranks")
                #expect(found == leftOut)
            }
        }
    }

    @Test func whatWasLeftOutIsPartOfTheState() throws {
        let whole = try Small.engine(["guard.nan=skip"])
        try run(whole, steps: 4, poisoned: [2, 3])
        let contents = whole.checkpoint(datasetID: "set", ranks: 1)
        try run(whole, steps: 3, poisoned: [4])
        let resumed = try Small.engine(["guard.nan=skip"])
        try resumed.resume(contents, path: "a.h5", datasetID: "set")
        #expect(resumed.state.counters.guardLeftOutInARow == [0, 0, 2, 1])
        try run(resumed, steps: 3, poisoned: [4])
        #expect(resumed.state.counters == whole.state.counters)
        #expect(EngineState(resumed).differences(from: EngineState(whole)).isEmpty)
        // Where nothing was left out, a checkpoint is what it always was.
        let sound = try Small.engine().checkpoint(datasetID: "set", ranks: 1)
        #expect(!sound.attributes.contains { $0.0.hasPrefix("guard") })
    }

    @Test(
        arguments: [
            ("guard_left_out", .int(-1)), ("guard_left_out", .string("many")),
            ("guard_left_out_in_a_row", .ints([])),
            ("guard_left_out_in_a_row", .ints([0, 0, -1, 0])), ("guard_left_out_in_a_row", .ints([0, 0, .max, 0])),
            ("guard_left_out_in_a_row", nil),
        ] as [(String, AttributeValue?)])
    func countersThatMakeNoSenseAreRefused(name: String, value: AttributeValue?) throws {
        let engine = try Small.engine(["guard.nan=skip"])
        try run(engine, steps: 1, poisoned: [0])
        var contents = engine.checkpoint(datasetID: "set", ranks: 1)
        contents.attributes.removeAll { $0.0 == name }
        if let value { contents.attributes.append((name, value)) }
        #expect {
            try Small.engine().resume(contents, path: "a.h5", datasetID: "set")
        } throws: { error in
            error is StateError && "\(error)".contains("a.h5: ") && "\(error)".contains("\(name) is")
        }
    }

    @Test func skipHasALimit() throws {
        let engine = try Small.engine(["guard.nan=skip", "guard.skip_limit=2", "loss.r1_interval=1000"])
        // In a row: one that is taken in between begins anew.
        try run(engine, steps: 6, poisoned: [0, 1, 3, 4])
        let found = try #require(fault { try run(engine, steps: 3, poisoned: [6, 7, 8]) })
        #expect(found.step == 8 && found.phase == .discriminatorMain)
        #expect("\(found)".contains("2 updates of this phase in a row have been left out, which is guard.skip_limit"))
        #expect(engine.state.counters.guardLeftOut == 7 && EngineState(engine).isFinite)
    }

    /// Finite gradients whose update is not: what is divided by is zero.
    private static let divisions = ["optimizer.epsilon=1e-300", "optimizer.beta2=0"]

    @Test func anUpdateThatIsNotFiniteStops() throws {
        let engine = try Small.engine(Self.divisions)
        let found = try #require(fault { try run(engine, steps: 1) })
        #expect(found.step == 0 && found.phase != nil)
        #expect("\(found)".contains("torgb.bias holds nan") || "\(found)".contains("bias holds"), "\(found)")
    }

    @Test func anUpdateThatWouldNotBeFiniteIsLeftOut() throws {
        let engine = try Small.engine(Self.divisions + ["guard.nan=skip", "guard.skip_limit=1000"])
        let found = try run(engine, steps: 4)
        #expect(!found.isEmpty && found.allSatisfy { $0.found.hasPrefix("the update of ") }, "\(found)")
        #expect(EngineState(engine).isFinite)
        #expect(
            engine.state.counters.optimizerStepsGenerator + engine.state.counters.optimizerStepsDiscriminator
                + found.count == 4 * 2 + 2 + 2)
    }

    /// A gradient that is finite, and whose square is not, would stop its parameter for good.
    @Test(arguments: ["stop", "skip"]) func squaresThatOverflow(policy: String) throws {
        let engine = try Small.engine([
            "guard.nan=\(policy)", "model.clamp=none", "model.mbstd_group=1", "ggdr.enabled=false",
        ])
        let scale: Float = 1e24
        let real = Small.reals(engine)
        let large = RealBatch(images: real.images.map { $0 * scale }, labels: real.labels)
        let found = fault { _ = try engine.run(phases: [.discriminatorMain], real: large) }
        if policy == "stop" {
            #expect(found?.phase == .discriminatorMain)
            #expect(found?.found.hasPrefix("optimizer/discriminator/v of ") == true, "\(String(describing: found))")
        } else {
            #expect(found == nil && engine.state.counters.guardLeftOut == 1 && EngineState(engine).isFinite)
        }
    }

    @Test(arguments: ["optimizer.g_lr=1e30", "optimizer.d_lr=1e30"]) func ratesFarTooHigh(rate: String) throws {
        let engine = try Small.engine([rate])
        #expect(fault { try run(engine, steps: 3) } != nil)
    }

    /// One overflow of the path length is told like any other, and does not reach the mean that later ones are held
    /// against.
    @Test func aPathLengthThatIsNoNumber() throws {
        let engine = try Small.engine(["guard.nan=skip"])
        try run(engine, steps: 1)
        let mean = engine.pathMean
        // The distance to it overflows.
        engine.pathMean = 1e30
        let report = try engine.run(phases: [.generatorRegularization], real: Small.reals(engine))
        #expect(report.leftOut.map(\.phase) == [.generatorRegularization])
        #expect(report.leftOut.first?.found.contains("loss/path_length is inf") == true)
        #expect(engine.pathMean == 1e30)
        engine.pathMean = mean
        #expect(try run(engine, steps: 2).isEmpty && engine.pathMean != mean)
    }

    @Test func averagesAreWatchedToo() throws {
        for policy in ["stop", "skip"] {
            let engine = try Small.engine(["guard.nan=\(policy)"])
            try run(engine, steps: 1)
            let entry = try #require(engine.networks.average.entry(named: "mapping.fc1.bias"))
            Elementwise.fill(engine.networks.average.view(entry), with: .nan)
            let found = try #require(fault { try run(engine, steps: 1) })
            #expect(found.phase == nil && "\(found)".contains("ema/mapping.fc1.bias holds nan"), "\(found)")
        }
    }

    /// Parameters are finite, and what they give is not: no state to keep.
    @Test func whatGivesNoNumbersIsSeen() throws {
        let engine = try Small.engine(["model.clamp=none"])
        #expect(engine.probe() == nil)
        try run(engine, steps: 2)
        #expect(engine.probe() == nil)
        for (parameters, name, text) in [
            (engine.networks.average, "synthesis.b4.const", "image of the averaged generator"),
            (engine.networks.g, "synthesis.b4.const", "loss/generator of generated images"),
            (engine.networks.d, "b16.fromrgb.weight", "loss/generator of generated images"),
        ] {
            let view = parameters.view(try #require(parameters.entry(named: name)))
            let values = view.array
            Elementwise.fill(view, with: .greatestFiniteMagnitude)
            parameters.didChange()
            #expect(engine.probe()?.found.contains(text) == true, "\(name): \(String(describing: engine.probe()))")
            Elementwise.copy(BufferView(values), into: view)
            parameters.didChange()
        }
        // It changes nothing.
        let other = try Small.engine(["model.clamp=none"])
        try run(other, steps: 2)
        #expect(EngineState(engine).differences(from: EngineState(other)).isEmpty)
    }
}
