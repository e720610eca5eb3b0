import Cluster
import Evaluation
import Failure
import Storage

/// A network that has learned, examined with images that it has never seen.
struct ExaminedFeatures {
    let task: FeatureTask
    let dataset: Dataset
    let rows: [Int]

    /// Images that are read at once.
    private static let chunk = 32

    /// Collective. How many answers were right: counts, the same on any number of ranks.
    ///
    /// By rotation each image is asked about four times, turned by each number of quarters.
    func result(_ network: FeatureNetwork, _ communicator: any Communicator) throws -> (asked: Int, right: Int) {
        let chunks = (rows.count + Self.chunk - 1) / Self.chunk
        let own = chunks * communicator.rank / communicator.size..<chunks * (communicator.rank + 1) / communicator.size
        var counts = (asked: 0, right: 0)
        for chunk in own {
            let some = Array(rows[chunk * Self.chunk..<min(rows.count, (chunk + 1) * Self.chunk)])
            for batch in try batches(some, network.shape.resolution) {
                guard let labels = batch.labels else { preconditionFailure("examination: images without labels") }
                let scores = network.look(
                    at: batch.images.map { Float($0) }, count: batch.count, resolution: batch.height,
                    channels: batch.channels
                ).logits
                let classes = network.shape.classes
                counts.asked += batch.count
                counts.right += (0..<batch.count).count { n in
                    Self.best(scores[n * classes..<(n + 1) * classes]) == Int(labels[n])
                }
            }
        }
        let all = try communicator.allGather([Double(counts.asked), Double(counts.right)])
        guard all.allSatisfy({ $0.count == 2 }) else {
            throw ClusterError(call: "features", reason: "a rank did not say how many answers were right")
        }
        return (Int(all.reduce(0) { $0 + $1[0] }), Int(all.reduce(0) { $0 + $1[1] }))
    }

    /// As the network is shown them while it learns.
    private func batches(_ rows: [Int], _ side: Int) throws -> [Minibatch] {
        let description = dataset.description
        let read = try dataset.read(rows: rows, withMaps: false, withConditions: false)
        let batch = Minibatch(
            images: BoxFilter.down(
                read.images, count: rows.count, height: description.resolution, width: description.resolution,
                channels: description.channels, factor: description.resolution / side),
            labels: read.labels, count: rows.count, height: side, width: side, channels: description.channels)
        return switch task {
        case .segmenter: preconditionFailure("examination: a segmenter has one of its own")
        case .classifier: [batch]
        case .rotation:
            (0..<FeatureTask.turns).map { turn in
                QuarterTurns.turned(batch, by: Array(repeating: turn, count: batch.count))
            }
        }
    }

    /// The place of the highest score, the first of equal ones.
    static func best(_ scores: ArraySlice<Float>) -> Int {
        var best = scores.startIndex
        for place in scores.indices where scores[place] > scores[best] { best = place }
        return best - scores.startIndex
    }
}
