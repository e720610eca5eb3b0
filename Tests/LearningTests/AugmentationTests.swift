import Autodiff
import Learning
import NumericalTesting
import Testing

/// What transforms do beside the golden arrays: draws, probabilities, gradients, feature maps, one channel.
@Suite struct AugmentationTests {
    private static let all: AugmentationPipeline = .blit + .geometry + .color + .filter + .noise + .cutout

    private static func images(_ count: Int, _ side: Int, _ channels: Int, seed: UInt64 = 3) -> Tensor {
        var samples = Samples(seed: seed)
        let shape = [count, side, side, channels]
        return Tensor(samples.floats(shape.reduce(1, *)), shape: shape)
    }

    private static func view(
        _ pipeline: AugmentationPipeline, p: Float = 1, seed: UInt64 = 7, count: Int
    ) -> any DrawnAugmentation {
        PipelineAugmentation(pipeline) { p }.drawn(.seeded(seed, count: count))
    }

    /// Which samples differ.
    private static func changed(_ a: Tensor, _ b: Tensor) -> [Bool] {
        let (x, y) = (a.array, b.array)
        let size = a.count / a.shape[0]
        return (0..<a.shape[0]).map { i in (i * size..<(i + 1) * size).contains { x[$0] != y[$0] } }
    }

    // MARK: Gradients

    private static let steps: [(String, AugmentationPipeline)] = [
        ("blit", .blit), ("geometry", .geometry), ("color", .color), ("filter", .filter), ("noise", .noise),
        ("cutout", .cutout), ("all", all),
    ]

    @Test(arguments: steps.indices, [1, 3]) func gradientsOfBothOrders(_ place: Int, channels: Int) {
        let (name, pipeline) = Self.steps[place]
        let view = Self.view(pipeline, count: 3)
        let shape = [3, 8, 8, channels]
        let check = GradientCheck([(Self.images(3, 8, channels).array, shape)]) { view.images($0[0]) }
        let (first, second) = (check.firstOrder(), check.secondOrder())
        #expect(first < 1e-4, "\(name): \(first)")
        #expect(second < 1e-3, "\(name): \(second)")
    }

    @Test(arguments: [1, 3]) func gradientsOfDiffAugment(_ channels: Int) {
        let view = DiffAugment(DiffAugment.Policy.allCases, height: 8, width: 8).drawn(.seeded(5, count: 3))
        let check = GradientCheck([(Self.images(3, 8, channels).array, [3, 8, 8, channels])]) { view.images($0[0]) }
        #expect(check.firstOrder() < 1e-4 && check.secondOrder() < 1e-3)
    }

    /// R1 looks at the slope in the image before it is augmented: its own gradient is of second order.
    @Test func r1GoesThrough() throws {
        let real = Self.images(2, 8, 3)
        let policies = DiffAugment(DiffAugment.Policy.allCases, height: 8, width: 8)
        let views = [Self.view(Self.all, count: 2), policies.drawn(.seeded(2, count: 2))]
        let weights = Self.images(2, 8, 3, seed: 8)
        for view in views {
            func penalty(_ w: Tensor) -> Tensor {
                SlopePenalty.squaredSlope(at: real) { x in
                    let seen = view.images(x) * w
                    return Tensor.contract(seen, seen, to: [2, 1, 1, 1]).reshaped([2, 1])
                }
            }
            let w = weights.variable()
            let gradient = try #require(gradients(of: penalty(w), with: [w])[0]).array
            let length = innerProduct(gradient, gradient).squareRoot()
            #expect(length > 0.1)
            func displaced(_ step: Float) -> Double {
                let values = zip(weights.array, gradient).map { $0 + step * $1 / Float(length) }
                return Double(penalty(Tensor(values, shape: weights.shape)).scalar)
            }
            let step: Float = 0x1p-4
            let slope = (8 * (displaced(step) - displaced(-step)) - (displaced(2 * step) - displaced(-2 * step)))
            let found = slope / (12 * Double(step))
            #expect(abs(found - length) < 1e-3 * length, "\(found), expected \(length)")
        }
    }

    // MARK: Draws

    /// At p = 0 nothing is drawn, and images stay as they are, bit for bit.
    @Test func nothingHappensWithoutProbability() {
        let x = Self.images(4, 16, 3)
        #expect(Self.view(Self.all, p: 0, count: 4).images(x).array == x.array)
    }

    /// What a transform draws does not depend on which others there are.
    @Test func drawsDoNotDependOnOtherTransforms() {
        let x = Self.images(6, 8, 3)
        let alone = Self.view(.blit + .geometry, p: 0.5, count: 6)
        let among = Self.view(Self.all, p: 0.5, count: 6)
        #expect(alone.features(x).array == among.features(x).array)
        #expect(alone.features(x).array != Self.view(.geometry, p: 0.5, count: 6).features(x).array)
    }

    /// A sample's draws are its own, whatever stands beside it.
    @Test func samplesStandAlone() {
        let x = Self.images(5, 8, 3)
        let whole = Self.view(Self.all, p: 0.7, count: 5).images(x).array
        let part = Self.view(Self.all, p: 0.7, count: 3).images(x.slice(axis: 0, start: 0, length: 3)).array
        #expect(Array(whole.prefix(part.count)) == part)
    }

    private static let chances: [(name: String, pipeline: AugmentationPipeline, chance: Float)] = {
        func only(_ factor: WritableKeyPath<AugmentationPipeline, Float>) -> AugmentationPipeline {
            var pipeline = AugmentationPipeline()
            pipeline[keyPath: factor] = 1
            return pipeline
        }
        // A flip is one of two, a quarter turn one of four.
        return [
            ("flip", only(\.flip), 0.5), ("turns", only(\.quarterTurns), 0.75), ("scale", only(\.scale), 1),
            ("rotation", only(\.rotation), 1), ("stretch", only(\.stretch), 1), ("shift", only(\.shift), 1),
            ("brightness", only(\.brightness), 1), ("contrast", only(\.contrast), 1),
            ("luma", only(\.lumaFlip), 0.5), ("hue", only(\.hue), 1), ("saturation", only(\.saturation), 1),
            ("noise", .noise, 1), ("cutout", .cutout, 1),
        ]
    }()

    /// Each comes as often as p says; rotation too, which is drawn twice.
    @Test(arguments: chances.indices) func probabilities(_ place: Int) {
        let (name, pipeline, chance) = Self.chances[place]
        let (count, p) = (2000, Float(0.4))
        let x = Self.images(count, 4, 3)
        let share = Self.changed(Self.view(pipeline, p: p, count: count).images(x), x).count { $0 }
        let expected = Float(count) * p * chance
        #expect(abs(Float(share) - expected) < 5 * (expected * (1 - p * chance)).squareRoot(), "\(name): \(share)")
    }

    /// Half of the normal's absolute value's mean, at p = 1.
    @Test func noiseHasItsSize() {
        let (count, side) = (64, 32)
        let x = Self.images(count, side, 1)
        let added = (Self.view(.noise, count: count).images(x) - x).array
        let size = side * side
        let deviations = (0..<count).map { i in
            (added[i * size..<(i + 1) * size].reduce(0) { $0 + $1 * $1 } / Float(size)).squareRoot()
        }
        let mean = deviations.reduce(0, +) / Float(count)
        #expect(abs(mean - 0.1 * 0.798) < 0.03 && Set(deviations).count == count)
    }

    // MARK: One channel

    /// The only channel is the mean of three equal ones.
    @Test func greyIsTheMeanOfColours() {
        let grey = Self.images(32, 4, 1)
        let view = Self.view(.color, count: 32)
        let found = view.images(grey)
        let colours = view.images(Tensor.concatenated([grey, grey, grey], axis: 3)).mean(over: [3])
        #expect(relativeError(found.array, colours.array) < 1e-5)
        #expect(Self.changed(found, grey).allSatisfy { $0 })
    }

    // MARK: Feature maps

    /// Colour, filters, noise and ADA's cutout leave feature maps alone, bit for bit.
    @Test func onlyPlacesMatterToFeatures() {
        let maps = Self.images(4, 8, 16)
        let view = Self.view(.color + .filter + .noise + .cutout, count: 4)
        #expect(view.features(maps).array == maps.array)
        #expect(Self.changed(Self.view(.blit, count: 4).features(maps), maps).contains { $0 })
        let colors = DiffAugment([.color], height: 32, width: 32).drawn(.seeded(5, count: 4))
        #expect(colors.features(maps).array == maps.array)
    }

    /// DiffAugment moves a map of a quarter of the size by a quarter of the pixels, and zeros come in.
    @Test func translationReachesFeatures() {
        let count = 64
        let view = DiffAugment([.translation], height: 16, width: 16).drawn(.seeded(5, count: count))
        // A ramp of places tells how far each was moved, and where.
        let ramp = (0..<count * 256).map { Float($0 % 16 + 1) }
        let seen = view.images(Tensor(ramp, shape: [count, 16, 16, 1])).array
        let cells = (0..<count * 16).map { Float($0 % 4) * 4 + 2.5 }
        let found = view.features(Tensor(cells, shape: [count, 4, 4, 1])).array
        var moved = Set<Int>()
        for sample in 0..<count {
            // Rows and columns that come from inside of the image.
            let row = (0..<16).first { seen[sample * 256 + $0 * 16 + 8] != 0 }
            let columns = (4..<12).map { Int(seen[sample * 256 + 8 * 16 + $0]) - 1 - $0 }
            let shift = columns[0]
            moved.insert(shift)
            #expect(row != nil && columns.allSatisfy { $0 == shift } && abs(shift) <= 2)
            // The middle cells, of rows that have both of their sources inside.
            for column in 1...2 {
                let value = found[sample * 16 + 4 + column]
                let row = seen[sample * 256 + 0 * 16 + 8] != 0 ? 1 : 2
                let inner = found[sample * 16 + row * 4 + column]
                #expect(abs(inner - (Float(column) * 4 + 2.5 + Float(shift))) < 1e-4, "\(value)")
            }
        }
        #expect(moved == [-2, -1, 0, 1, 2])
    }

    /// Cells whose middles are cut out of the image are cut out of its maps.
    @Test func cutoutReachesFeatures() {
        let count = 50
        let view = DiffAugment([.cutout], height: 16, width: 16).drawn(.seeded(6, count: count))
        let seen = view.images(Tensor(repeating: 1, shape: [count, 16, 16, 1])).array
        for side in [4, 8, 16] {
            let found = view.features(Tensor(repeating: 1, shape: [count, side, side, 2])).array
            let cell = 16 / side
            for place in 0..<count * side * side {
                let (sample, row, column) = (place / side / side, place / side % side, place % side)
                // The pixel that has the middle, or lies right behind it.
                let pixel = sample * 256 + (row * cell + cell / 2) * 16 + column * cell + cell / 2
                #expect(found[2 * place] == seen[pixel] && found[2 * place + 1] == seen[pixel])
            }
        }
        #expect(seen.contains(0) && seen.contains(1))
    }
}
