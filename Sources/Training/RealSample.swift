import Evaluation
import Randomness
import Storage

/// A data set's images in a random order, each once, reduced to a resolution: what metrics compare with.
public struct RealSample {
    private let dataset: Dataset
    private let resolution: Int
    private let order: EpochPermutation
    /// What features of the images are kept under.
    private let name: String

    /// - Parameter resolution: at most the data set's.
    public init(_ dataset: Dataset, resolution: Int, seed: UInt64) {
        self.dataset = dataset
        self.resolution = resolution
        order = EpochPermutation(count: dataset.count, seed: seed, epoch: 0)
        name = "\(dataset.id), \(dataset.count) in the order of seed \(seed), means of pixels"
    }

    /// The images at these places of the order.
    public func source(_ name: String, places: Range<Int>) -> ImageSource {
        let description = dataset.description
        return ImageSource(
            name: name, count: places.count, resolution: resolution, channels: description.channels,
            origin: ImageOrigin(order: self.name, places: places)
        ) { numbers in
            let rows = numbers.map { order[places.lowerBound + $0] }
            return BoxFilter.down(
                try dataset.read(rows: rows, withMaps: false).images, count: rows.count,
                height: description.resolution, width: description.resolution, channels: description.channels,
                factor: description.resolution / resolution)
        }
    }
}
