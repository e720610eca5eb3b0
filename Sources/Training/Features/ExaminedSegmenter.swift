import Cluster
import Evaluation
import Storage

/// A segmenter that has learned, examined with images that it has never seen.
package struct ExaminedSegmenter {
    private let dataset: Dataset
    private let rows: [Int]
    /// A class of label maps that is no class of any; nil where all are.
    private let ignored: Int?

    /// Images of a rank's turn, where they are small.
    private static let mostTogether = 32
    /// Those that are larger are read so many bytes at a time.
    private static let bytesAtOnce = 1 << 24

    package init(dataset: Dataset, rows: [Int], ignored: Int? = nil) {
        (self.dataset, self.rows, self.ignored) = (dataset, rows, ignored)
    }

    /// Collective. Pixels by their true class and the one that was told: counts, the same on any number of ranks.
    ///
    /// Images are reduced to bytes, as those that it learned from were.
    package func counts(_ network: SegmenterNetwork, _ communicator: any Communicator) throws -> ConfusionMatrix {
        let (description, side) = (dataset.description, network.shape.resolution)
        let chunk = max(1, min(Self.mostTogether, Self.bytesAtOnce / (description.imageBytes + description.pixels)))
        let chunks = (rows.count + chunk - 1) / chunk
        let own = chunks * communicator.rank / communicator.size..<chunks * (communicator.rank + 1) / communicator.size
        let factor = description.resolution / side
        var counts = ConfusionMatrix(classes: network.shape.classes)
        var failure: (any Error)?
        do {
            for number in own {
                let some = Array(rows[number * chunk..<min(rows.count, (number + 1) * chunk)])
                let read = try dataset.read(rows: some, withConditions: false)
                try dataset.checkMaps(read.semantic, of: some)
                let images = BoxFilter.down(
                    read.images, count: some.count, height: description.height, width: description.width,
                    channels: description.channels, factor: factor)
                let truth = MajorityFilter.down(
                    read.semantic ?? [], count: some.count, height: description.height, width: description.width,
                    factor: factor)
                let told = network.classes(
                    of: images.map { Float($0) }, count: some.count, resolution: side, channels: description.channels)
                counts.add(truth: truth, told: told, ignored: ignored)
            }
        } catch { failure = error }
        try communicator.agree(on: failure)
        return try counts.summed(communicator)
    }
}
