import Autodiff
import Failure
import Layers
import Models
import Storage

/// Images, and what a network attends to in them.
public struct AttendedImages {
    /// uint8 N×r×r×C
    public fileprivate(set) var bytes: [UInt8] = []
    /// By the resolutions that have attention, of each image; empty of a network without.
    public fileprivate(set) var maps: [Int: [AttentionMaps]] = [:]

    fileprivate mutating func add(_ projections: [Int: AttentionProjections]) {
        for (resolution, one) in projections {
            maps[resolution, default: []].append(AttentionMaps(one, image: 0))
        }
    }
}

extension GeneratorFile {
    /// Images of seeds, as ``images(seeds:classes:truncation:)`` makes them, and what the generator attends to as it does.
    ///
    /// - Throws: ``CheckpointError`` (65) that names the file and a seed whose image is not finite; ``DatasetError`` (64) of a
    ///   generator of fields.
    public func attended(seeds: [Int], classes: [Int]?) throws -> AttendedImages {
        try sampleAttributes.checkPictures(path)
        var attended = AttendedImages()
        attended.bytes = try images(seeds: seeds, classes: classes, truncation: 1)
        let weights = parameters.weights(differentiable: false, parameters.selection(generator.activeParameters))
        // One after another: of several at once, more than their projections would stay.
        for place in seeds.indices {
            let input = SampleImages.input(
                generator, seeds: [seeds[place]], classes: classes.map { [$0[place]] }, truncation: 1)
            attended.add(Tape.paused { generator(input, weights).attention })
        }
        return attended
    }
}

extension DiscriminatorFile {
    /// What the discriminator attends to in images.
    ///
    /// - Parameters:
    ///   - bytes: uint8 N×r×r×C, r the discriminator's resolution as it is.
    ///   - classes: of each image; nil for an unconditional network.
    public func attended(_ bytes: [UInt8], count: Int, classes: [Int]?) -> AttendedImages {
        let map = discriminator.imageSize
        let size = bytes.count / count
        let weights = parameters.weights(differentiable: false, parameters.selection(discriminator.activeParameters))
        var attended = AttendedImages()
        attended.bytes = bytes
        for place in 0..<count {
            let image = ImageConversion.tensor(
                bytes[place * size..<(place + 1) * size], shape: [1, map.height, map.width, size / map.count])
            let label = classes.map { Tensor.oneHot([Int32($0[place])], classes: labelDim) }
            attended.add(Tape.paused { discriminator(image, labels: label, weights).attention })
        }
        return attended
    }
}
