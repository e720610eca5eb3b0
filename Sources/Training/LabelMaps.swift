import Autodiff
import Cluster
import Configuration
import Learning
import Models
import Recipes
import Reporting
import Storage

/// The label maps of a microbatch, at the resolution that the discriminator's decoder predicts. A byte a pixel: the numbers
/// that a loss reads are made when it does.
public struct LabelMaps: Sendable {
    private let values: ArraySlice<UInt8>
    private let height: Int
    private let width: Int
    /// Of each class, see ``DenseCrossEntropy/weights(pixels:)``.
    private let weights: [Float]

    /// [microbatch, h, w, classes]: in the channel of a pixel's class the class's weight, 0 in the others.
    public var tensor: Tensor {
        let classes = weights.count
        var numbers = [Float](repeating: 0, count: values.count * classes)
        for (pixel, value) in values.enumerated() { numbers[pixel * classes + Int(value)] = weights[Int(value)] }
        return Tensor(numbers, shape: [values.count / (height * width), height, width, classes])
    }

    /// The microbatches of a rank's share of a step. Collective: classes are balanced over the whole batch, and where a step
    /// has several batches over each of them. Pixels are counted, and counts are added exactly: weights have the same bits
    /// on any number of ranks.
    ///
    /// - Parameters:
    ///   - maps: uint8 [count, height, width] of the rank's images, of values below the shape's classes.
    ///   - reduced: height and width of what the decoder predicts.
    ///   - batches: that they belong to, in equal parts.
    ///   - cost: takes that of counting over all ranks.
    /// - Returns: nil below the resolution of the decoder's maps.
    static func balanced(
        _ maps: [UInt8], height: Int, width: Int, to reduced: MapSize, microbatch: Int, batches: Int, classes: Int,
        communicator: any Communicator, cost: inout BatchSums.Cost
    ) throws -> [LabelMaps]? {
        guard height >= reduced.height else { return nil }
        let small = MajorityFilter.down(
            maps, count: maps.count / (height * width), height: height, width: width, factor: height / reduced.height)
        let share = small.count / batches
        var counts = [Double](repeating: 0, count: batches * classes)
        for (pixel, value) in small.enumerated() {
            precondition(Int(value) < classes, "label maps: value \(value) of \(classes)")
            counts[pixel / share * classes + Int(value)] += 1
        }
        let watch = Stopwatch()
        let total = try communicator.allGather(counts, total: counts.count * communicator.size)
        cost.seconds += watch.seconds
        cost.sums += 1
        cost.bytes += (communicator.size - 1) * counts.count * MemoryLayout<Double>.stride
        let weights = (0..<batches).map { batch in
            DenseCrossEntropy.weights(
                pixels: (0..<classes).map { value in
                    (0..<communicator.size).reduce(0) {
                        $0 + Int(total[$1 * counts.count + batch * classes + value])
                    }
                })
        }
        let size = microbatch * reduced.count
        return stride(from: 0, to: small.count, by: size).map { start in
            LabelMaps(
                values: small[start..<start + size], height: reduced.height, width: reduced.width,
                weights: weights[start / share])
        }
    }
}

extension StepEngine {
    /// Gives a batch its label maps, where they supervise. Collective.
    ///
    /// - Parameters:
    ///   - maps: uint8 [count, height, width], of this rank's share of a step's real images.
    ///   - width: the height without it.
    package func supervise(
        _ batch: inout RealBatch, by maps: [UInt8], height: Int, width: Int? = nil, at setting: StepSetting
    ) throws {
        guard let shape = configuration.labelMaps else { return }
        batch.maps = try LabelMaps.balanced(
            maps, height: height, width: width ?? height, to: configuration.mapSize(at: shape.resolution),
            microbatch: setting.stage.microbatch, batches: schedule.realBatches, classes: shape.classes,
            communicator: communicator, cost: &batch.balancing)
    }
}
