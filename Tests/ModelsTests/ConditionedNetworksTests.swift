import Autodiff
import Kernels
import Layers
import Models
import NumericalTesting
import Testing

/// Networks that are conditioned on numbers, and discriminators that tell them.
@Suite struct ConditionedNetworksTests {
    static let families = FieldNetworks.Family.allCases
    private static let numbers = 3
    private let n = FieldNetworks.batch

    private func networks(_ family: FieldNetworks.Family, regression: Int = numbers) -> FieldNetworks {
        FieldNetworks(family) { wish in
            (wish.labelDim, wish.condition, wish.regressionDim) = (Self.numbers + 1, .vector, regression)
        }
    }

    @Test(arguments: families) func theDiscriminatorTellsNumbers(_ family: FieldNetworks.Family) throws {
        let networks = networks(family)
        let seen = networks.judged(networks.generated().image)
        #expect(seen.regression?.shape == [n, Self.numbers])
        #expect(seen.classLogits == nil)
        let without = self.networks(family, regression: 0)
        #expect(without.judged(without.generated().image).regression == nil)
    }

    /// Classes and numbers of a sample: the outputs stand one behind the other.
    @Test func classesStayBeforeNumbers() throws {
        let both = FieldNetworks(.progressive) { ($0.labelDim, $0.regressionDim) = (3, 2) }
        let seen = both.judged(both.generated().image)
        #expect(seen.classLogits?.shape == [n, 3] && seen.regression?.shape == [n, 2])
        #expect(both.d.entry(named: "4x4/Dense1/bias")?.count == 6)
    }

    @Test(arguments: families) func gradientsReachEveryParameter(_ family: FieldNetworks.Family) throws {
        let networks = networks(family)
        let decoder = try #require(networks.discriminator.decoder)
        try networks.verifyGradients { _, seen, weights in
            let numbers = try #require(seen.regression)
            let decoded = try #require(decoder(seen.features, weights)[8])
            return seen.logits.squared().mean() + numbers.squared().mean() + decoded.squared().mean()
        }
    }

    /// The head takes no part in the score.
    @Test(arguments: families) func theHeadLeavesTheScore(_ family: FieldNetworks.Family) throws {
        let (with, without) = (networks(family), networks(family, regression: 0))
        for entry in without.d.trained {
            let source = try #require(with.d.entry(named: entry.name))
            // Progressive networks have one layer for both.
            let values = with.d.view(source).array
            let width = family == .progressive && entry.name.hasPrefix("4x4/Dense1") ? 1 + Self.numbers : 1
            Elementwise.copy(
                BufferView(stride(from: 0, to: values.count, by: width).map { values[$0] }), into: without.d.view(entry)
            )
        }
        without.d.didChange()
        let image = with.generated().image
        #expect(relativeError(without.judged(image).logits.array, with.judged(image).logits.array) < 1e-6)
        let lacking = with.discriminator.partsThatOthersLack.subtracting(without.discriminator.partsThatOthersLack)
        let more = Set(with.discriminator.declarations.map(\.name)).subtracting(
            without.discriminator.declarations.map(\.name))
        #expect(lacking == more)
        #expect(with.discriminator.layers.map(\.name) == without.discriminator.layers.map(\.name))
        #expect(more.isEmpty == (family == .progressive))
    }

    /// A condition that is left out is one of its own, and leaves a generator that makes images of z.
    @Test(arguments: families) func theConditionCounts(_ family: FieldNetworks.Family) {
        let networks = networks(family)
        let weights = networks.g.weights(differentiable: false)
        func image(_ row: [Float], z: Float = 1) -> [Float] {
            var input = networks.input()
            input.z = input.z + z
            input.labels = Tensor((0..<n).flatMap { _ in row }, shape: [n, row.count])
            return networks.generator(input, weights).image.array
        }
        let (some, other, none) = (image([1, 0, 0, 1]), image([-1, 0, 0, 1]), image([0, 0, 0, -1]))
        #expect(relativeError(some, other) > 1e-3)
        #expect(relativeError(some, none) > 1e-3)
        #expect(relativeError(none, image([0, 0, 0, -1], z: -1)) > 1e-3)
    }

    /// A score that is linear in the numbers could prefer none but the outermost.
    @Test(arguments: [FieldNetworks.Family.stylegan2, .sagan]) func scoresAreNotLinearInNumbers(
        _ family: FieldNetworks.Family
    ) {
        let networks = networks(family)
        let image = networks.generated().image
        let weights = networks.d.weights(differentiable: false)
        func score(_ number: Float) -> Float {
            let labels = Tensor((0..<n).flatMap { _ in [number, 0, 0, 1] }, shape: [n, 4])
            return networks.discriminator(image, labels: labels, weights).logits.array[0]
        }
        let (low, middle, high) = (score(-1), score(0), score(1))
        #expect(abs(low + high - 2 * middle) > 1e-3 * max(abs(low - middle), abs(high - middle)))
        #expect(low != high)
    }

    /// Where classes may be left out, a gain stands without them.
    @Test func classesThatMayBeLeftOut() throws {
        let networks = FieldNetworks(.sagan) { ($0.labelDim, $0.condition) = (3, .classesOrNone) }
        let names = Set(networks.g.trained.map(\.name))
        #expect(names.contains("g_block1/cbn_0/gamma_shared") && names.contains("g_block2/cbn_1/beta_shared"))
        let always = FieldNetworks(.sagan) { $0.labelDim = 3 }
        let extra = always.g.trained.map(\.name).filter { $0.hasSuffix("shared") }
        #expect(extra.isEmpty)
        let fresh = Parameters(networks.generator.declarations)
        fresh.initialize(seed: 1, network: 0)
        let weights = fresh.weights(differentiable: false)
        func image(_ labels: Tensor) -> [Float] {
            var input = networks.input()
            input.labels = labels
            return networks.generator(input, weights).image.array
        }
        // What labels add starts as nothing.
        let labels = try #require(networks.labels)
        #expect(image(labels) == image(labels * 0))
    }

    /// StyleGAN2 normalises what it makes of a condition, so that what stands for none may not start as zeros.
    @Test func noClassHasADirection() throws {
        let networks = FieldNetworks(.stylegan2) { ($0.labelDim, $0.condition) = (3, .classesOrNone) }
        let always = FieldNetworks(.stylegan2) { $0.labelDim = 3 }
        let name = "mapping.embed.none"
        for (with, without, lacking) in [
            (networks.g, always.g, networks.generator.partsThatOthersLack),
            (networks.d, always.d, networks.discriminator.partsThatOthersLack),
        ] {
            #expect(with.trained.filter { without.entry(named: $0.name) == nil }.map(\.name) == [name])
            #expect(lacking.contains(name))
        }
        #expect(networks.discriminator.layers.map(\.name) == always.discriminator.layers.map(\.name))

        // As they start.
        let mapping = try #require(networks.generator as? StyleGAN2Generator).mapping
        let fresh = Parameters(networks.generator.declarations)
        fresh.initialize(seed: 1, network: 0)
        let z = networks.input().z
        func styles(_ labels: Tensor) -> [Float] {
            mapping(z, labels: labels, fresh.weights(differentiable: false)).array
        }
        let labels = try #require(networks.labels)
        let (given, dropped) = (styles(labels), styles(labels * 0))
        #expect(relativeError(given, dropped) > 1e-3)
        // A step of Adam's turns a thousandth of it.
        FieldNetworks.change("mapping.embed.bias", of: fresh) { $0.map { $0 + 1e-3 } }
        #expect(relativeError(styles(labels), given) < 1e-2)
        #expect(relativeError(styles(labels * 0), dropped) < 1e-2)
    }

    /// What stands for none is of no account where there is a class.
    @Test func classesAreEmbeddedAsEver() throws {
        let networks = FieldNetworks(.stylegan2) { ($0.labelDim, $0.condition) = (3, .classesOrNone) }
        func made() -> (image: [Float], logits: [Float]) {
            let image = networks.generated().image
            return (image.array, networks.judged(image).logits.array)
        }
        let before = made()
        for parameters in [networks.g, networks.d] {
            FieldNetworks.change("mapping.embed.none", of: parameters) { $0.map { 1 - 2 * $0 } }
        }
        let after = made()
        #expect(before.image == after.image && before.logits == after.logits)
    }
}
