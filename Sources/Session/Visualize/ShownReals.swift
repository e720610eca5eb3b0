import Recipes
import Storage

/// Real images as a checkpoint's discriminator is shown them.
struct ShownReals {
    private let dataset: Dataset
    /// Of the images that the networks know as far as they have grown.
    private let side: Int
    private let isConditional: Bool

    /// Rows there are.
    var count: Int { dataset.count }

    /// - Parameter folder: of the shards.
    /// - Throws: ``DatasetError`` (65) where its images or classes are not those of the networks, and of a folder that is
    ///   no data set.
    init(_ folder: String, for file: GeneratorFile) throws {
        dataset = try Dataset(folder)
        let (own, description) = (dataset.description.resolution, dataset.description)
        let (channels, classes) = (file.generator.imageChannels, file.generator.labelDim)
        side = file.level.resolution
        isConditional = classes > 0
        guard description.channels == channels, own >= side else {
            throw DatasetError.badData(
                "\(folder): its images are \(own)×\(own)×\(description.channels), those of the checkpoint "
                    + "\(side)×\(side)×\(channels); expected as many channels, and images as large or larger")
        }
        guard classes == 0 || description.classes == classes else {
            throw DatasetError.badData(
                "\(folder): has \(description.classes == 0 ? "no labels" : "\(description.classes) classes"), but the "
                    + "discriminator is conditioned on \(classes); expected the data set that it was trained on")
        }
    }

    /// - Parameter rows: below ``count``.
    /// - Returns: uint8 N×r×r×C, and for a conditional network the class of each.
    func read(rows: [Int]) throws -> (images: [UInt8], classes: [Int]?) {
        let (own, channels) = (dataset.description.resolution, dataset.description.channels)
        let found = try dataset.read(rows: rows, withMaps: false, withConditions: false)
        let images = BoxFilter.down(
            found.images, count: rows.count, height: own, width: own, channels: channels, factor: own / side)
        return (images, isConditional ? found.labels?.map(Int.init) : nil)
    }
}

extension DiscriminatorFile {
    /// - Parameter name: of the checkpoint, for the error.
    /// - Throws: ``DatasetError`` (65) where it takes other images or classes than the generator of the same file makes.
    func check(fits file: GeneratorFile, name: String) throws {
        let generator = file.generator
        guard discriminator.resolution == generator.resolution, labelDim == generator.labelDim,
            imageChannels == generator.imageChannels
        else {
            throw DatasetError.badData(
                "\(name): its discriminator takes other images or classes than its averaged generator makes: it is "
                    + "damaged or forged")
        }
    }
}
