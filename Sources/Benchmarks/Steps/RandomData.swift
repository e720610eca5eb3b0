import Autodiff
import Configuration
import Recipes
import Training

/// What a benchmark trains on: noise, of each class as often as of any other.
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
                ? nil : parts.map { samples in .oneHot(samples.map { Int32($0 % classes) }, classes: classes) })
    }
}
