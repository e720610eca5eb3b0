import Autodiff
import Layers
import Models

/// On which way an image turns into another.
public enum LatentWay: String, CaseIterable, Sendable {
    /// On a straight line between two latents.
    case z
    /// Around the sphere near which nearly all latents lie (arXiv 1609.04468, section 2.1), with a length that changes
    /// evenly.
    case slerp
    /// On a straight line between two styles, in which networks with a mapping network are smoother (arXiv 1812.04948,
    /// section 4.1).
    case w
}

extension GeneratorFile {
    /// Whether there are styles to mix, to truncate and to go through.
    public var hasStyles: Bool { generator is StyleGAN2Generator }

    /// Whether its layers have noise inputs: those that take styles do.
    public var hasNoise: Bool { hasStyles }

    /// The resolution of each layer that takes a style; empty of networks without.
    public var styleResolutions: [Int] { (generator as? StyleGAN2Generator)?.styleResolutions ?? [] }

    /// Images on the way from one seed's to another's. At both ends stand the images of the seeds themselves.
    ///
    /// - Parameters:
    ///   - classes: of both ends; nil of an unconditional generator. In z and along the sphere what conditions turns on a
    ///     straight line, too.
    ///   - shares: of the way, from 0 to 1, an image each.
    ///   - truncation: ψ; 1 for none.
    /// - Returns: uint8 N×r×r×C, r the generator's resolution.
    /// - Throws: ``CheckpointError`` (65) that names the file and the nearer seed where an image is not finite.
    /// - Precondition: ``hasStyles``, where the way is in w.
    public func images(
        from first: Int, to second: Int, classes: [Int]?, way: LatentWay, shares: [Float], truncation: Float
    ) throws -> [UInt8] {
        let ends = SampleImages.input(generator, seeds: [first, second], classes: classes, truncation: truncation)
        let attempt: SampleImages.Attempt
        if way == .w {
            attempt = Tape.paused {
                let w = rows(of: styles(seeds: [first, second], classes: classes, truncation: truncation))
                return images(
                    ofStyles: Tensor.concatenated(shares.map { Self.between(w[0], w[1], $0) }, axis: 0))
            }
        } else {
            let z = rows(of: ends.z)
            let labels = ends.labels.map(rows(of:))
            attempt = SampleImages.attempt(generator, parameters, count: shares.count) { places in
                var input = ends
                input.z = .concatenated(
                    shares[places].map { way == .z ? Self.between(z[0], z[1], $0) : Self.around(z[0], z[1], $0) },
                    axis: 0)
                input.labels = labels.map { labels in
                    .concatenated(shares[places].map { Self.between(labels[0], labels[1], $0) }, axis: 0)
                }
                return input
            }
        }
        if let notFinite = attempt.notFinite {
            throw self.notFinite(notFinite, shares.map { $0 <= 0.5 ? first : second }, truncation: truncation)
        }
        return attempt.bytes
    }

    /// Images of two seeds' styles each (arXiv 1812.04948, section 3.1): those of the columns' seeds in some layers, of the
    /// rows' in all others.
    ///
    /// - Parameters:
    ///   - rowClasses, columnClasses: of the seeds; nil of an unconditional generator.
    ///   - layers: which take a column's style; see ``styleResolutions``.
    ///   - truncation: ψ; 1 for none.
    /// - Returns: uint8 N×r×r×C, row by row.
    /// - Throws: ``CheckpointError`` (65) that names the file and a row's seed where an image is not finite.
    /// - Precondition: ``hasStyles``.
    public func mixedImages(
        rows: [Int], rowClasses: [Int]?, columns: [Int], columnClasses: [Int]?, layers: Set<Int>, truncation: Float
    ) throws -> [UInt8] {
        let attempt = Tape.paused { () -> SampleImages.Attempt in
            let below = self.rows(of: styles(seeds: rows, classes: rowClasses, truncation: truncation))
            let above = self.rows(of: styles(seeds: columns, classes: columnClasses, truncation: truncation))
            let (layerCount, width) = (generator.styleCount, generator.wDim)
            let pairs = below.flatMap { row in
                above.map { column in
                    Tensor.concatenated(
                        (0..<layerCount).map { layers.contains($0) ? column : row }, axis: 0
                    ).reshaped([1, layerCount, width])
                }
            }
            return images(ofStyles: .concatenated(pairs, axis: 0))
        }
        if let notFinite = attempt.notFinite {
            let seeds = rows.flatMap { Array(repeating: $0, count: columns.count) }
            throw self.notFinite(notFinite, seeds, truncation: truncation)
        }
        return attempt.bytes
    }

    private var styleNetwork: StyleGAN2Generator {
        guard let network = generator as? StyleGAN2Generator else { preconditionFailure("\(path): has no styles") }
        return network
    }

    /// w of seeds, [N, wDim].
    func styles(seeds: [Int], classes: [Int]?, truncation: Float) -> Tensor {
        let network = styleNetwork
        let weights = parameters.weights(differentiable: false, parameters.selection(network.activeParameters))
        let input = SampleImages.input(network, seeds: seeds, classes: classes, truncation: truncation)
        return network.truncated(
            network.mapping(input.z, labels: input.labels, weights), psi: truncation, weights)
    }

    /// - Parameter ws: [N, wDim] for all layers, or [N, styleCount, wDim].
    private func images(ofStyles ws: Tensor) -> SampleImages.Attempt {
        let network = styleNetwork
        return SampleImages.attempt(network, parameters, count: ws.shape[0]) { places, weights in
            let some = ws.slice(axis: 0, start: places.lowerBound, length: places.count)
            return network.synthesize(
                ws: some.rank == 2 ? network.broadcast(some) : some, noise: .constant, weights
            ).image
        }
    }

    private func rows(of tensor: Tensor) -> [Tensor] {
        (0..<tensor.shape[0]).map { tensor.slice(axis: 0, start: $0, length: 1) }
    }

    /// Of both ends exactly these.
    private static func between(_ a: Tensor, _ b: Tensor, _ share: Float) -> Tensor {
        if share == 0 { return a }
        if share == 1 { return b }
        return a * (1 - share) + b * share
    }

    private static func around(_ a: Tensor, _ b: Tensor, _ share: Float) -> Tensor {
        guard share > 0, share < 1 else { return between(a, b, share) }
        func length(_ x: Tensor) -> Float { Float(x.array.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()) }
        let (first, second) = (length(a), length(b))
        guard first > 0 else { return between(a, b, share) }
        return PathImages.turned(a, towards: b, step: share) * (1 + share * (second / first - 1))
    }
}
