import Evaluation
import Storage

/// A data set's images in a random order, each once, reduced to a resolution: what metrics compare with.
public struct RealSample {
    public let rows: ShuffledRows
    let resolution: Int
    /// What features of the images are kept under.
    private let name: String

    /// - Parameter resolution: at most the data set's.
    public init(_ dataset: Dataset, resolution: Int, seed: UInt64) {
        rows = ShuffledRows(dataset, seed: seed)
        self.resolution = resolution
        name = "\(dataset.id), \(dataset.count) in the order of seed \(seed), means of pixels"
    }

    /// The images at these places of the order, with their label maps where there are any.
    ///
    /// - Parameter ignored: a class of label maps that is no class of any.
    public func source(_ name: String, places: Range<Int>, ignored: Int? = nil) -> ImageSource {
        let description = rows.dataset.description
        return ImageSource(
            name: name, count: places.count, resolution: resolution, channels: description.channels,
            origin: ImageOrigin(order: self.name, places: places), maps: maps(places: places, ignored: ignored)
        ) { numbers in
            let chosen = rows.rows(numbers, from: places.lowerBound)
            return BoxFilter.down(
                try rows.dataset.read(rows: chosen, withMaps: false, withConditions: false).images, count: chosen.count,
                height: description.resolution, width: description.resolution, channels: description.channels,
                factor: description.resolution / resolution)
        }
    }
}
