import Autodiff
import Foundation
import Layers
import Models
import Storage

/// Pairs of images on paths between two latents, for perceptual path length (arXiv 1812.04948, section 4.1).
///
/// Of networks with a mapping network the path goes in w, on a straight line from one w to the other; of others in z, along
/// the sphere around 0 through the first z. The pair is the path's beginning and a point a step along it.
package enum PathImages {
    /// Pairs that go through the network at once.
    private static let chunk = 4

    static func space(of generator: any Generator) -> String { generator is StyleGAN2Generator ? "w" : "z" }

    /// Images of some pairs, in which what is not finite is left so.
    struct Attempt {
        /// [2·pairs, r, r, C], nominally 0…255; a pair's images follow each other.
        var values: [Float] = []
        /// The first pair with an image that was not finite.
        var notFinite: NotFiniteImage?
    }

    /// - Parameters:
    ///   - seeds: of the first latents; the second are those of the next seeds.
    ///   - classes: of each pair; nil for networks without classes.
    ///   - step: share of the path between a pair's images.
    static func attempt(
        _ generator: any Generator, _ parameters: Parameters, seeds: [Int], classes: [Int]?, step: Float
    ) -> Attempt {
        Tape.paused {
            let weights = parameters.weights(
                differentiable: false, parameters.selection(generator.activeParameters))
            precondition(
                classes?.count ?? seeds.count == seeds.count && (classes == nil) == (generator.labelDim == 0),
                "PathImages: \(classes?.count ?? 0) classes of \(seeds.count) pairs")
            var made = Attempt()
            for start in stride(from: 0, to: seeds.count, by: chunk) {
                let rows = start..<min(start + chunk, seeds.count)
                let firsts = Array(seeds[rows])
                let classes = classes.map { Array($0[rows]) }
                let first = SampleImages.input(generator, seeds: firsts, classes: classes, truncation: 1)
                let second = SampleImages.input(
                    generator, seeds: firsts.map { Int(UInt32(truncatingIfNeeded: $0 &+ 1)) }, classes: classes,
                    truncation: 1)
                let images = ends(generator, first, second, step: step, weights)
                var values = images.array
                for i in values.indices { values[i] = (values[i] + 1) * 127.5 }
                let size = values.count / images.shape[0]
                if start == 0 { made.values.reserveCapacity(2 * seeds.count * size) }
                if made.notFinite == nil, !FiniteNumbers.allAreFinite(values),
                    let place = values.firstIndex(where: { !$0.isFinite })
                {
                    made.notFinite = NotFiniteImage(place: start + place / size % firsts.count)
                }
                for pair in firsts.indices {
                    made.values += values[pair * size..<(pair + 1) * size]
                    made.values += values[(firsts.count + pair) * size..<(firsts.count + pair + 1) * size]
                }
            }
            return made
        }
    }

    /// All pairs' first images, then all second ones: [2·N, r, r, C].
    private static func ends(
        _ generator: any Generator, _ first: GeneratorInput, _ second: GeneratorInput, step: Float,
        _ weights: Weights
    ) -> Tensor {
        if let network = generator as? StyleGAN2Generator {
            let (a, b) = (
                network.mapping(first.z, labels: first.labels, weights),
                network.mapping(second.z, labels: second.labels, weights)
            )
            let ws = network.broadcast(.concatenated([a, a + (b - a) * step], axis: 0))
            return network.synthesize(ws: ws, noise: .constant, weights).image
        }
        var input = first
        input.z = .concatenated([first.z, turned(first.z, towards: second.z, step: step)], axis: 0)
        input.labels = first.labels.map { .concatenated([$0, $0], axis: 0) }
        return generator(input, weights).image
    }

    /// Each row `step` of the angle towards another, as long as it was.
    package static func turned(_ from: Tensor, towards: Tensor, step: Float) -> Tensor {
        let size = from.shape[1]
        let (a, b) = (from.array, towards.array)
        var turned: [Float] = []
        for start in stride(from: 0, to: a.count, by: size) {
            let x = a[start..<start + size].map { Double($0) }
            let y = b[start..<start + size].map { Double($0) }
            turned += turn(x, y, by: Double(step)).map { Float($0) }
        }
        return Tensor(turned, shape: from.shape)
    }

    private static func turn(_ a: [Double], _ b: [Double], by step: Double) -> [Double] {
        func product(_ x: [Double], _ y: [Double]) -> Double { zip(x, y).reduce(0) { $0 + $1.0 * $1.1 } }
        let length = product(a, a).squareRoot()
        let cosine = product(a, b) / (length * product(b, b).squareRoot())
        let aside = zip(a, b).map { $1 - $0 * product(a, b) / (length * length) }
        let asideLength = product(aside, aside).squareRoot()
        // Of one direction, or none at all.
        guard asideLength > 0, cosine.isFinite else { return a }
        let angle = step * acos(max(-1, min(1, cosine)))
        let (along, across) = (cos(angle), sin(angle) * length / asideLength)
        return zip(a, aside).map { $0 * along + $1 * across }
    }
}
