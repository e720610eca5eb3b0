import Autodiff
import Configuration
import Recipes
import Training

/// What a benchmark trains on: noise, of each class as often as of any other; of label maps, areas of each class.
struct RandomData {
    private let configuration: ResolvedConfiguration

    init(_ configuration: ResolvedConfiguration) { self.configuration = configuration }

    /// One of each class; nil without classes.
    var datasetLabels: [Int32]? {
        let classes = configuration.labelDimension
        return classes == 0 ? nil : (0..<Int32(classes)).map { $0 }
    }

    /// A rank's images of a step.
    ///
    /// - Parameter batches: that a step reads.
    func reals(batches: Int) -> RealBatch {
        let (size, side) = (configuration.microbatch, configuration.resolution)
        let parts = (0..<configuration.microbatchesPerRank * batches).map { $0 * size..<($0 + 1) * size }
        let classes = configuration.labelDimension
        return RealBatch(
            images: parts.map { samples in
                Randomizer(seed: 1).normals(
                    .sheet, step: 0, samples: samples, shape: [side, side, configuration.channels])
            },
            labels: classes == 0
                ? nil : parts.map { samples in .oneHot(samples.map { Int32($0 % classes) }, classes: classes) },
            conditions: configuration.conditionChannels == 0 ? nil : parts.map { conditions($0) })
    }

    /// What conditions each pixel of some samples.
    private func conditions(_ samples: Range<Int>) -> Tensor {
        let (side, channels) = (configuration.resolution, configuration.conditionChannels)
        guard configuration.data.condition == .map else {
            // Further samples' noise: not that of the images.
            let first = samples.lowerBound + (1 << 20)
            return Randomizer(seed: 1).normals(
                .sheet, step: 0, samples: first..<first + samples.count, shape: [side, side, channels])
        }
        var classes: [Int32] = []
        classes.reserveCapacity(samples.count * side * side)
        for sample in samples {
            for pixel in 0..<side * side {
                let (row, column) = (pixel / side / Self.area, pixel % side / Self.area)
                classes.append(Int32((3 * row + column + sample) % channels))
            }
        }
        return .oneHot(classes, classes: channels).reshaped([samples.count, side, side, channels])
    }

    /// Side of an area of one class.
    private static let area = 8
}
