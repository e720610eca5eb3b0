import Foundation
import Randomness

/// Draws lognormal random fields. Field i is a pure function of the parameters and i.
public struct LognormalFields: Sendable {
    public let parameters: LognormalParameters
    private let fourier: TorusFourier
    /// √(P / modes) of each mode.
    private let filter: [Double]
    private let mixing: [[Double]]
    private let philox: Philox4x32

    /// - Throws: ``DatasetError`` (64) for parameters that cannot be.
    public init(_ parameters: LognormalParameters) throws {
        try parameters.check()
        self.parameters = parameters
        fourier = TorusFourier(height: parameters.height, width: parameters.width)
        let modes = Double(parameters.height * parameters.width)
        filter = parameters.spectrum.map { ($0 / modes).squareRoot() }
        mixing = parameters.mixing
        philox = Philox4x32(key: parameters.seed ^ 0x6C6F_676E_6F72_6D61)
    }

    /// Field `index`, [height, width, channels].
    public func sample(_ index: Int) -> [Float] {
        let (count, channels) = (parameters.height * parameters.width, parameters.channels)
        var independent: [[Double]] = []
        // White noise becomes the field by its spectrum: a filter of real numbers, so that two fields go as the parts of
        // one of complex numbers.
        for pair in stride(from: 0, to: channels, by: 2) {
            var field = (0..<count).map { point in normal(index, pair, point) }
            fourier(&field)
            for mode in field.indices { field[mode] *= filter[mode] }
            fourier(&field, inverse: true)
            independent.append(field.map(\.x))
            if pair + 1 < channels { independent.append(field.map(\.y)) }
        }
        var result = [Float](repeating: 0, count: count * channels)
        for channel in 0..<channels {
            for point in 0..<count {
                var value = 0.0
                for other in 0...channel { value += mixing[channel][other] * independent[other][point] }
                result[point * channels + channel] = Float(exp(value - parameters.variance / 2))
            }
        }
        return result
    }

    /// Two numbers of a normal distribution (Box and Muller's), with 53 bits behind each.
    private func normal(_ index: Int, _ pair: Int, _ point: Int) -> SIMD2<Double> {
        let words = philox(
            UInt32(truncatingIfNeeded: index), UInt32(truncatingIfNeeded: index >> 32), UInt32(pair),
            UInt32(truncatingIfNeeded: point))
        func uniform(_ high: UInt32, _ low: UInt32) -> Double {
            (Double((UInt64(high) << 32 | UInt64(low)) >> 11) + 0.5) * 0x1p-53
        }
        let radius = (-2 * log(uniform(words[0], words[1]))).squareRoot()
        let angle = 2 * Double.pi * uniform(words[2], words[3])
        return SIMD2(radius * cos(angle), radius * sin(angle))
    }

    /// Writes a dataset of the first `count` fields, and beside its shards ``LognormalTruth`` as `truth.json`.
    ///
    /// - Parameters:
    ///   - options: ``FieldOptions/transforms``, ``FieldOptions/scaling`` and ``FieldOptions/compresses`` count;
    ///     log1p where nobody has asked for a curve.
    ///   - progress: called with the number of fields so far.
    /// - Returns: the dataset's identity, and what its channels are like.
    public func run(
        to folder: String, count: Int, shards: Int? = nil, options: FieldOptions = FieldOptions(),
        progress: (Int) -> Void = { _ in }
    ) throws -> (id: String, channels: [ChannelReport]) {
        let drawn = try DrawnSamples(count, "fields", shards: shards)
        let known = (0..<parameters.channels).map { channel in
            FieldNames.Entry(
                name: parameters.channels == 1 ? "density" : "density \(channel)", key: "density", unit: "",
                place: folder)
        }
        let channels = try known.map { try $0.channel(options, common: options.transforms.common ?? .log1p) }
        try FieldNames.check(options, known: known)
        let format = SampleFormat(
            element: .float32, height: parameters.height, width: parameters.width, channels: channels)
        let truth = try LognormalTruth(parameters)
        let writer = try DatasetWriter(
            folder: folder, description: DatasetDescription(format: format), shards: shards,
            compression: options.compresses ? .deflate : .none)
        try drawn.checkSpace(size: format.sizeText, bytes: format.bytes, in: folder)
        var fitted = FittedChannels(channels, options.scaling ?? .range)
        for index in 0..<count {
            let sample = sample(index)
            try fitted.add(sample) { "field \(index), value \($0)" }
            try writer.append(field: sample)
            progress(index + 1)
        }
        try writer.setTransforms(fitted.fit("channel"), vector: nil, imageCondition: nil)
        let id = try writer.finish()
        try AtomicFile.write(truth.json(), to: folder + "/" + LognormalTruth.fileName)
        return (id, fitted.reports(.sample))
    }
}
