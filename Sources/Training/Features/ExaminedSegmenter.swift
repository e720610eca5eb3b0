import Cluster
import Evaluation
import Storage

/// A segmenter that has learned, examined with images that it has never seen.
struct ExaminedSegmenter {
    let dataset: Dataset
    let rows: [Int]

    /// Images that are read at once.
    private static let chunk = 32

    /// Collective. Pixels by their true class and the one that was told: counts, the same on any number of ranks.
    func counts(_ network: SegmenterNetwork, _ communicator: any Communicator) throws -> ConfusionCounts {
        let chunks = (rows.count + Self.chunk - 1) / Self.chunk
        let own = chunks * communicator.rank / communicator.size..<chunks * (communicator.rank + 1) / communicator.size
        let (description, side) = (dataset.description, network.shape.resolution)
        var counts = ConfusionCounts(classes: network.shape.classes)
        var failure: (any Error)?
        do {
            for chunk in own {
                let some = Array(rows[chunk * Self.chunk..<min(rows.count, (chunk + 1) * Self.chunk)])
                let read = try dataset.read(rows: some)
                let told = network.classes(
                    of: read.images.map { Float($0) }, count: some.count, resolution: description.resolution,
                    channels: description.channels)
                try dataset.checkMaps(read.semantic, of: some)
                let truth = MajorityFilter.down(
                    read.semantic ?? [], count: some.count, height: description.resolution,
                    width: description.resolution,
                    factor: description.resolution / side)
                counts.add(truth: truth, told: told)
            }
        } catch { failure = error }
        try communicator.agree(on: failure)
        return try counts.summed(communicator)
    }
}
