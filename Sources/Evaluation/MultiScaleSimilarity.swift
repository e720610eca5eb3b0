import Cluster
import Foundation
import Kernels

/// Multi-scale structural similarity (Wang et al. 2003) between random pairs of images of one set: high where they
/// resemble each other, that is where variation is low (Odena et al., arXiv 1610.09585; arXiv 1710.10196, section 5).
///
/// As the reference implementation (`ms_ssim.py` of PGGAN, from the TensorFlow models): five scales, each half of the one
/// before by 2×2 means; a Gaussian window of 11×11 and deviation 1.5, K₁ 0.01, K₂ 0.03, values up to 255; at a scale
/// that is smaller than the window, a window as large as the scale with its deviation in proportion (size · 1.5 / 11);
/// terms below zero count as zero. So the smallest images are those of which the fifth scale has a pixel, 16×16; there it
/// tells of luminance alone.
///
/// The result has the same bits on any number of ranks and threads. A rank keeps the 32 images of a chunk.
public struct MultiScaleSimilarity {
    /// Exponents, from the full resolution down (Wang et al. 2003). They do not quite sum to 1, as there.
    private static let weights = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333]

    /// The smallest resolution.
    public static let smallest = 1 << (weights.count - 1)

    private let seed: UInt64

    /// - Parameter seed: of the pairs.
    public init(seed: UInt64) { self.seed = seed }

    /// Collective. The mean over `count / 2` random pairs, in which no image comes twice.
    ///
    /// - Throws: ``EvaluationError`` on all ranks alike when there is no pair, or the images are smaller than 16×16; what
    ///   the source throws, and ``OtherRankError`` on the other ranks then; ``ClusterError``.
    public func mean(of source: ImageSource, communicator: any Communicator) throws -> Double {
        guard source.count > 1, source.resolution >= Self.smallest else {
            throw EvaluationError(
                "MS-SSIM: found \(source.count) \(source.name) images of \(source.resolution)×\(source.resolution), "
                    + "expected 2 or more of \(Self.smallest)×\(Self.smallest) or more")
        }
        let deal = ImageDeal(count: source.count, seed: seed)
        var own: [Double] = []
        try deal.forEachPart(communicator) { places in
            let bytes = try source.images(places.map { deal.number($0) })
            own += Self.similarities(
                bytes, pairs: places.count / 2, resolution: source.resolution, channels: source.channels)
        }
        let all = try communicator.allGather(own).flatMap { $0 }
        return all.reduce(0, +) / Double(all.count)
    }

    /// The similarity of each two images that follow each other: uint8 2·pairs×H×W×C, or more.
    package static func similarities(_ bytes: [UInt8], pairs: Int, resolution: Int, channels: Int) -> [Double] {
        let size = resolution * resolution * channels
        let scales = weights.indices.map { StructuralSimilarity(side: resolution >> $0, channels: channels) }
        let results = (0..<pairs).map { _ in Result() }
        Workers.forEach(pairs) { pair in
            func image(_ index: Int) -> [Double] { bytes[index * size..<(index + 1) * size].map { Double($0) } }
            results[pair].similarity = similarity(
                image(2 * pair), image(2 * pair + 1), scales: scales, resolution: resolution, channels: channels)
        }
        return results.map(\.similarity)
    }

    /// Π contrastₛ^weightₛ over all scales but the last, times similarity^weight of the last.
    private static func similarity(
        _ first: [Double], _ second: [Double], scales: [StructuralSimilarity], resolution: Int, channels: Int
    ) -> Double {
        var (a, b) = (first, second)
        var product = 1.0
        for (index, scale) in scales.enumerated() {
            let terms = scale(a, b)
            let isLast = index == scales.count - 1
            product *= pow(max(0, isLast ? terms.similarity : terms.contrast), weights[index])
            if !isLast {
                a = halved(a, side: resolution >> index, channels: channels)
                b = halved(b, side: resolution >> index, channels: channels)
            }
        }
        return product
    }

    /// Means of 2×2 pixels: side×side×C to half the side.
    private static func halved(_ x: [Double], side: Int, channels: Int) -> [Double] {
        let row = side * channels
        var y: [Double] = []
        y.reserveCapacity(x.count / 4)
        for i in stride(from: 0, to: side, by: 2) {
            for j in stride(from: 0, to: row, by: 2 * channels) {
                let at = i * row + j
                for k in at..<at + channels {
                    y.append((x[k] + x[k + channels] + x[k + row] + x[k + row + channels]) / 4)
                }
            }
        }
        return y
    }

    /// What one thread finds of a pair.
    private final class Result {
        var similarity = 0.0
    }
}

extension MultiScaleSimilarity: PictureMetric {
    public static let name = "msssim"

    public init(_ context: MetricContext) { self.init(seed: context.seed) }

    public func values(
        of generated: ImageSource, real: ImageSource, communicator: any Communicator
    ) throws -> [MetricValue] {
        try values(generated, communicator)
    }

    public func values(ofReal real: RealImages, communicator: any Communicator) throws -> [MetricValue] {
        try values(real.all, communicator)
    }

    public func counts(ofReal real: RealImages) -> (name: String, count: Int, images: Int) {
        ("pairs", real.all.count / 2, real.all.count)
    }

    private func values(_ source: ImageSource, _ communicator: any Communicator) throws -> [MetricValue] {
        [MetricValue(label: "MS-SSIM", value: try mean(of: source, communicator: communicator), decimals: 4)]
    }

    /// Real images have a similarity, too: it is that which generated ones should have.
    public static func lowerIsBetter(_ part: String?) -> Bool? { nil }

    public static func brief(_ values: [MetricValue]) -> (title: String, value: Double, decimals: Int)? {
        values.first.map { ("MS-SSIM", $0.value, 4) }
    }
}
