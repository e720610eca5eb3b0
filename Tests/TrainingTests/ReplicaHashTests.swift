import Cluster
import Kernels
import Layers
import Testing

import Training

@Suite struct ReplicaHashTests {
    @Test func coversTheWholeState() throws {
        let trainer = try Small.trainer()
        let names = Set(ReplicaHash.named(trainer).map(\.name))
        #expect(names.count == ReplicaHash.named(trainer).count)
        #expect(names == TrainerState(trainer).names)
    }

    @Test func replicasAgree() throws {
        _ = try LoopbackGroup(size: 2).run { member in
            let trainer = try Small.trainer(communicator: member)
            try Small.run(trainer, steps: 1)
            try ReplicaCheck.compare(named: ReplicaHash.named(trainer), communicator: member)
        }
    }

    @Test func oneBitOfOneParameterIsNoticedAndNamed() throws {
        let trainer = try Small.trainer()
        let before = ReplicaHash.named(trainer)
        for (parameters, group) in [(trainer.networks.g, "generator"), (trainer.networks.average, "ema")] {
            for name in ["synthesis.b16.conv1.weight", "mapping.w_avg", "synthesis.b4.conv1.noise_strength"] {
                let entry = try #require(parameters.entry(named: name))
                let view = parameters.view(entry)
                for (position, bit) in [(0, 0), (entry.count - 1, 31), (entry.count / 2, 17)] {
                    flip(view, position, bit)
                    let after = ReplicaHash.named(trainer)
                    let changed = zip(before, after).filter { $0.value != $1.value }.map(\.0.name)
                    #expect(changed == ["\(group)/\(name)"])
                    flip(view, position, bit)
                }
            }
        }
        flip(trainer.optimizerD.secondMoments, 1000, 3)
        trainer.pathMean.negate()
        let changed = zip(before, ReplicaHash.named(trainer)).filter { $0.value != $1.value }.map(\.0.name)
        #expect(changed == ["optimizer/discriminator/v", "state/pl_mean"])
    }

    @Test func aDivergedRankIsNamed() throws {
        var message = ""
        do {
            _ = try LoopbackGroup(size: 4).run { member in
                let trainer = try Small.trainer(communicator: member)
                if member.rank == 2, let entry = trainer.networks.d.entry(named: "b8.conv1.weight") {
                    flip(trainer.networks.d.view(entry), 5, 1)
                }
                try ReplicaCheck.compare(named: ReplicaHash.named(trainer), communicator: member)
            }
        } catch { message = "\(error)" }
        #expect(message.contains("discriminator/b8.conv1.weight") && message.contains("rank 2"))
    }

    @Test func lengthAndOrderCount() {
        func hash(_ values: [Float]) -> UInt64 { ReplicaHash.hash(BufferView(values)) }
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
