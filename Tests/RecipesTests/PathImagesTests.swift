import Autodiff
import Evaluation
import Layers
import Models
import Recipes
import SmallRuns
import Testing
import Training

/// Images near each other on paths between latents, of every family.
@Suite struct PathImagesTests {
    static let families: [[String]] = [Small.selfAttention, [], Small.progressive]

    private func source(_ engine: StepEngine, count: Int, firstSeed: Int = 5) -> ImageSource {
        GeneratedSample.source(
            engine.level.of(engine.networks.generator), engine.networks.average, count: count, firstSeed: firstSeed,
            cacheBytes: 0
        ) { _, _ in Issue.record("an image is not finite") }
    }

    @Test(arguments: families) func aPathBeginsAtItsSeedsImage(_ options: [String]) throws {
        let engine = try Small.engine(options)
        let source = source(engine, count: 14)
        let paths = try #require(source.paths)
        let hasStyles = engine.networks.generator.wDim > 0
        #expect(paths.count == 7 && paths.space == (hasStyles ? "w" : "z"))
        let numbers = [6, 0, 3, 5, 1]
        let size = source.resolution * source.resolution * source.channels
        func rows(_ values: [Float], _ first: Int) -> [Float] {
            var rows: [Float] = []
            for pair in numbers.indices {
                let start = (2 * pair + first) * size
                rows += values[start..<start + size]
            }
            return rows
        }
        let small = try paths.images(numbers, step: 1e-4)
        #expect(small.count == 2 * numbers.count * size)
        // The seeds of images, which are quantised; classes are dealt to the pairs.
        let generator = engine.level.of(engine.networks.generator)
        let classes = generator.labelDim > 0 ? numbers.map { $0 % generator.labelDim } : nil
        let bytes = try SampleImages.make(
            generator, engine.networks.average, seeds: numbers.map { 5 + 2 * $0 }, classes: classes)
        for (value, byte) in zip(rows(small, 0), bytes) {
            #expect(abs(max(0, min(255, value)) - Float(byte)) <= 0.51)
        }
        // Steps of twice the length lead twice as far, about.
        func distance(_ step: Float) throws -> Double {
            let values = try paths.images(numbers, step: step)
            #expect(rows(values, 0) == rows(small, 0))
            var sum = 0.0
            for (a, b) in zip(rows(values, 0), rows(values, 1)) { sum += Double((a - b) * (a - b)) }
            return sum.squareRoot()
        }
        #expect(try distance(0) == 0)
        let (near, far) = (try distance(1e-3), try distance(2e-3))
        #expect(near > 0 && far > 1.5 * near && far < 2.5 * near, "\(near), \(far)")
        // Whichever are asked for beside them.
        #expect(try paths.images([3], step: 1e-4).elementsEqual(small[4 * size..<6 * size]))
    }

    /// The whole way leads to the other latent's image, where it is of the same class.
    @Test func aPathEndsAtTheNextSeedsImage() throws {
        let engine = try Small.engine([])
        let source = source(engine, count: 8)
        let paths = try #require(source.paths)
        let size = source.resolution * source.resolution * source.channels
        let values = try paths.images([0, 1, 2], step: 1)
        let bytes = try source.images([1, 3, 5])
        for pair in 0..<3 {
            let ends = values[(2 * pair + 1) * size..<(2 * pair + 2) * size]
            for (value, byte) in zip(ends, bytes[pair * size..<(pair + 1) * size]) {
                #expect(abs(max(0, min(255, value)) - Float(byte)) <= 0.51)
            }
        }
    }

    /// Shows nothing but the class.
    private struct ShownClass: Generator {
        let zDim = 2
        let labelDim = 4
        let resolution = 1
        let imageChannels = 1
        let wDim = 0
        let styleCount = 0
        let declarations: [ParameterDeclaration] = []

        func callAsFunction(_ input: GeneratorInput, _ weights: Weights) -> GeneratorOutput {
            let labels = input.labels?.array ?? []
            let classes = stride(from: 0, to: labels.count, by: labelDim).map { row -> Float in
                let number = labels[row..<row + labelDim].firstIndex(of: 1) ?? row
                return Float(number - row) / 127.5 - 1
            }
            return GeneratorOutput(
                image: Tensor(classes, shape: [classes.count, 1, 1, 1]), features: [:], noted: weights.noted)
        }
    }

    /// Also where their number is even, as the seeds' distance is.
    @Test(arguments: [0, 1, -3, 5_000_000_000]) func allClassesCome(_ firstSeed: Int) throws {
        let source = GeneratedSample.source(
            ShownClass(), Parameters([]), count: 22, firstSeed: firstSeed, cacheBytes: 0
        ) { _, _ in Issue.record("an image is not finite") }
        let paths = try #require(source.paths)
        let numbers = [6, 0, 3, 5, 1, 10, 2]
        let shown = try paths.images(numbers, step: 0.5).map { Int($0.rounded()) }
        #expect(shown == numbers.flatMap { [$0 % 4, $0 % 4] })
    }

    @Test func latentsAreTurnedOnTheirSphere() {
        let (a, b) = (Tensor([3, 0, 0, 0, 2, 0], shape: [2, 3]), Tensor([0, 5, 0, 0, 0, 1], shape: [2, 3]))
        let half = PathImages.turned(a, towards: b, step: 0.5).array
        let side = Float(0.5).squareRoot()
        for (value, expected) in zip(half, [3 * side, 3 * side, 0, 0, 2 * side, 2 * side]) {
            #expect(abs(value - expected) < 1e-6)
        }
        #expect(PathImages.turned(a, towards: a, step: 0.5).array == a.array)
        let opposite = Tensor(a.array.map { -$0 }, shape: [2, 3])
        #expect(PathImages.turned(a, towards: opposite, step: 0.5).array.allSatisfy { $0.isFinite })
        let nothing = Tensor([0, 0], shape: [1, 2])
        #expect(PathImages.turned(nothing, towards: nothing, step: 0.5).array == [0, 0])
    }
}
