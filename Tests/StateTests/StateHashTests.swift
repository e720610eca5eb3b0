import Cluster
import Kernels
import Recipes
import State
import SmallRuns
import Testing
import Training

@Suite struct StateHashTests {
    @Test func coversTheWholeState() throws {
        let engine = try Small.engine()
        let names = Set(engine.state.hashes.map(\.name))
        #expect(names.count == engine.state.hashes.count)
        #expect(names == EngineState(engine).names.union(["counters"]))
    }

    @Test func replicasAgree() throws {
        _ = try LoopbackGroup(size: 2).run { member in
            let engine = try Small.engine(communicator: member)
            try Small.run(engine, steps: 1)
            try ReplicaCheck.compare(named: engine.state.hashes, communicator: member)
        }
    }

    @Test func oneBitOfOneParameterIsNoticedAndNamed() throws {
        let engine = try Small.engine()
        let before = engine.state.hashes
        for (parameters, group) in [(engine.networks.g, "generator"), (engine.networks.average, "ema")] {
            for name in ["synthesis.b16.conv1.weight", "mapping.w_avg", "synthesis.b4.conv1.noise_strength"] {
                let entry = try #require(parameters.entry(named: name))
                let view = parameters.view(entry)
                for (position, bit) in [(0, 0), (entry.count - 1, 31), (entry.count / 2, 17)] {
                    flip(view, position, bit)
                    let after = engine.state.hashes
                    let changed = zip(before, after).filter { $0.value != $1.value }.map(\.0.name)
                    #expect(changed == ["\(group)/\(name)"])
                    flip(view, position, bit)
                }
            }
        }
        flip(engine.moments("optimizer/discriminator/v"), 1000, 3)
        engine.pathMean.negate()
        engine.state.counters.optimizerStepsGenerator += 1
        let changed = zip(before, engine.state.hashes).filter { $0.value != $1.value }.map(\.0.name)
        #expect(changed == ["optimizer/discriminator/v", "state/pl_mean", "counters"])
    }

    /// Each counter is part of what is compared.
    @Test func everyCounterIsNoticed() throws {
        let engine = try Small.engine()
        let before = engine.state.hashes
        func isNoticed(_ change: (inout TrainingCounters) -> Void) -> Bool {
            let counters = engine.state.counters
            change(&engine.state.counters)
            defer { engine.state.counters = counters }
            return zip(before, engine.state.hashes).filter { $0.value != $1.value }.map(\.0.name) == ["counters"]
        }
        #expect(isNoticed { $0.step += 1 })
        #expect(isNoticed { $0.imagesShown += 1 })
        #expect(isNoticed { $0.optimizerStepsGenerator += 1 })
        #expect(isNoticed { $0.optimizerStepsDiscriminator += 1 })
        #expect(isNoticed { $0.levelResolution = 8 })
        #expect(isNoticed { $0.levelFade = 0.5 })
        #expect(isNoticed { $0.growth = GrowthProgress() })
        #expect(isNoticed { $0.guardLeftOut = 1 })
        #expect(isNoticed { $0.guardLeftOutInARow = [0, 0, 1, 0] })
    }

    @Test func aDivergedRankIsNamed() throws {
        var message = ""
        do {
            _ = try LoopbackGroup(size: 4).run { member in
                let engine = try Small.engine(communicator: member)
                if member.rank == 2, let entry = engine.networks.d.entry(named: "b8.conv1.weight") {
                    flip(engine.networks.d.view(entry), 5, 1)
                }
                try ReplicaCheck.compare(named: engine.state.hashes, communicator: member)
            }
        } catch { message = "\(error)" }
        #expect(message.contains("discriminator/b8.conv1.weight") && message.contains("rank 2"))
    }

    @Test func lengthAndOrderCount() {
        func hash(_ values: [Float]) -> UInt64 { StateHash.hash(BufferView(values)) }
        let hashes = [
            hash([1, 2, 3, 4, 5]), hash([2, 1, 3, 4, 5]), hash([5, 2, 3, 4, 1]), hash([1, 2, 3, 4, 5, 0]),
            hash([1, 2, 3, 4]), hash([]), hash([0]), hash([-0.0]), hash([0, 0, 0, 0]),
            hash([0, 0, 0, 0, 0, 0, 0, 0]),
        ]
        #expect(Set(hashes).count == hashes.count)
    }
}

private func flip(_ view: BufferView, _ position: Int, _ bit: Int) {
    view.withUnsafeElements { elements in
        elements[position] = Float(bitPattern: elements[position].bitPattern ^ 1 << UInt32(bit))
    }
}
