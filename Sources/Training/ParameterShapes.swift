import Configuration
import Models
import Storage

/// Tells a generator's sizes by the shapes of its parameters in a file, and what shapes do not tell by the file's
/// configuration.
struct ParameterShapes {
    let contents: CheckpointContents
    /// Of the parameters in the file.
    let group: String
    let path: String

    func exists(_ name: String) -> Bool { contents.array("\(group)/\(name)") != nil }

    func shape(_ name: String) throws -> [Int] {
        guard let array = contents.array("\(group)/\(name)") else {
            throw StateError(
                path: path,
                reason: "\(group)/\(name) is missing: it holds no generator that this version knows (StyleGAN2, "
                    + "progressive GAN)")
        }
        return array.shape
    }

    /// The shape of a parameter with so many axes. No size that follows from it is negative or too large.
    func shape(_ name: String, axes: Int) throws -> [Int] {
        let shape = try shape(name)
        guard shape.count == axes, shape.allSatisfy({ (1...Self.largestSize).contains($0) }) else {
            throw StateError(
                path: path,
                reason: "\(group)/\(name) has shape \(shape), expected \(axes) numbers from 1 to \(Self.largestSize): "
                    + "it is damaged, or holds no generator that this version knows")
        }
        return shape
    }

    private static let largestSize = 1 << 16
    /// Networks have images up to this side.
    private static let largestResolution = 1 << 14

    /// Nil in a file that was built from reference weights.
    private func configuration() throws -> Configuration? {
        try contents.attribute("config")?.stringValue.map {
            try Configuration.parseStored(yaml: $0, name: path).configuration
        }
    }

    func styleGAN2() throws -> StyleGAN2Shape {
        let sizes = try sizes { "synthesis.b\($0).conv1.weight" }
        let labelDim = exists("mapping.embed.weight") ? try shape("mapping.embed.weight", axes: 2)[1] : 0
        let first = try shape("mapping.fc0.weight", axes: 2)
        let zDim = first[1] - (labelDim > 0 ? first[0] : 0)
        guard zDim > 0 else {
            throw StateError(
                path: path,
                reason: "\(group)/mapping.fc0.weight has shape \(first), which leaves nothing for z beside the label")
        }
        var layers = 1
        while exists("mapping.fc\(layers).weight") { layers += 1 }
        let configuration = try configuration()
        return StyleGAN2Shape(
            resolution: sizes.resolution, imageChannels: try shape("synthesis.b4.torgb.weight", axes: 4)[0],
            zDim: zDim, wDim: first[0], labelDim: labelDim,
            mappingLayers: layers, channelBase: sizes.channelBase, channelMax: sizes.channelMax,
            clamp: configuration.map { $0.model.clamp.map { Float($0) } } ?? 256)
    }

    func progressive() throws -> ProgressiveShape {
        let sizes = try sizes { $0 == 4 ? "4x4/Conv/weight" : "\($0)x\($0)/Conv1/weight" }
        let input = try shape("4x4/Dense/weight", axes: 2)[1]
        let model = try configuration()?.model
        // Labels follow z in one input; only the configuration tells where.
        let zDim = model.map { min($0.zDim, input) } ?? input
        return ProgressiveShape(
            resolution: sizes.resolution, imageChannels: try shape("ToRGB_lod0/weight", axes: 4)[0], zDim: zDim,
            labelDim: input - zDim, channelBase: sizes.channelBase, channelMax: sizes.channelMax,
            pixelNorm: model?.pixelNorm ?? true, equalizedLR: model?.equalizedLR ?? true,
            leakyReLU: model?.leakyReLU ?? true)
    }

    /// - Parameter name: of the convolution whose output has a resolution's channels.
    private func sizes(
        _ name: (Int) -> String
    ) throws -> (resolution: Int, channelBase: Int, channelMax: Int) {
        var resolution = 4
        var channels = [4: try shape(name(4), axes: 4)[0]]
        while resolution < Self.largestResolution, exists(name(resolution * 2)) {
            resolution *= 2
            channels[resolution] = try shape(name(resolution), axes: 4)[0]
        }
        let widest = channels.values.max() ?? 1
        // The least base that gives these widths: no width times its resolution is beyond the base, and where the
        // maximum does not count the width is the base over the resolution, rounded down.
        return (resolution, channels.map { $0.key * $0.value }.max() ?? widest, widest)
    }
}
