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
        try Self.check(dataset, for: file)
        let (description, classes) = (dataset.description, file.generator.labelDim)
        side = file.level.resolution
        isConditional = classes > 0
        guard classes == 0 || description.classes == classes else {
            throw DatasetError.badData(
                "\(folder): has \(description.classes == 0 ? "no labels" : "\(description.classes) classes"), but the "
                    + "discriminator is conditioned on \(classes); expected the data set that it was trained on")
        }
    }

    /// - Throws: ``DatasetError`` (65) where its images are no pictures, or not those of the networks.
    static func check(_ dataset: Dataset, for file: GeneratorFile) throws {
        let (description, side, channels) = (dataset.description, file.level.resolution, file.generator.imageChannels)
        guard description.isPicture else {
            throw DatasetError.badData(
                "\(dataset.folder): has fields, but the checkpoint makes pictures; expected pictures")
        }
        let own = description.resolution
        guard description.channels == channels, own >= side else {
            throw DatasetError.badData(
                "\(dataset.folder): its images are \(own)×\(own)×\(description.channels), those of the checkpoint "
                    + "\(side)×\(side)×\(channels); expected as many channels, and images as large or larger")
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
