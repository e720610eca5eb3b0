import Autodiff
import Learning
import NumericalTesting
import Testing

/// Augmentation of images that are wider than high, with any number of channels.
@Suite struct RectangularAugmentationTests {
    private static let height = 6
    private static let width = 10
    private static let pipelines: [AugmentationPipeline] = [
        .blit, .geometry, .filter, .noise, .cutout, .blit + .geometry + .filter + .noise + .cutout,
    ]

    private static func images(_ count: Int, channels: Int) -> Tensor {
        var samples = Samples(seed: 3)
        let shape = [count, height, width, channels]
        return Tensor(samples.floats(shape.reduce(1, *)), shape: shape)
    }

    private static func view(_ pipeline: AugmentationPipeline, count: Int) -> any DrawnAugmentation {
        PipelineAugmentation(pipeline) { 1 }.drawn(.seeded(7, count: count))
    }

    @Test(arguments: pipelines.indices, [2, 5]) func gradientsOfBothOrders(_ place: Int, channels: Int) {
        let view = Self.view(Self.pipelines[place], count: 3)
        let images = Self.images(3, channels: channels)
        #expect(view.images(images).shape == images.shape)
        let check = GradientCheck([(images.array, images.shape)]) { view.images($0[0]) }
        #expect(check.firstOrder() < 1e-4)
        #expect(check.secondOrder() < 1e-3)
    }

    /// What resampling's filters leave of noise is nearer than this to what it was, and anything else far away.
    private static let near = 0.3
    private static let far = 1.0

    /// A quarter turn would make another size of it: it is turned by half or not at all.
    @Test func rectanglesAreTurnedByHalf() {
        var pipeline = AugmentationPipeline()
        pipeline.quarterTurns = 1
        let count = 32
        let images = Self.images(count, channels: 2)
        let seen = Self.view(pipeline, count: count).images(images)
        let size = Self.height * Self.width * 2
        var turned = 0
        for sample in 0..<count {
            let before = Array(images.array[sample * size..<(sample + 1) * size])
            let after = Array(seen.array[sample * size..<(sample + 1) * size])
            if after == before { continue }
            let pixels = stride(from: 0, to: size, by: 2).map { Array(before[$0..<$0 + 2]) }
            #expect(relativeError(after, Array(pixels.reversed().joined())) < Self.near)
            #expect(relativeError(after, before) > Self.far)
            turned += 1
        }
        #expect((8...24).contains(turned))
    }

    /// Feature maps move with images, by parts of the sides.
    @Test func featuresMoveAlong() {
        var pipeline = AugmentationPipeline()
        pipeline.flip = 1
        let count = 16
        let view = Self.view(pipeline, count: count)
        let images = Self.images(count, channels: 2)
        var samples = Samples(seed: 5)
        let maps = Tensor(samples.floats(count * 3 * 5 * 4), shape: [count, 3, 5, 4])
        let (seen, features) = (view.images(images), view.features(maps))
        // Maps are always resampled, between two pixels.
        let plain = PipelineAugmentation(pipeline) { 0 }.drawn(.seeded(7, count: count)).features(maps)
        func flipped(_ x: Tensor) -> Tensor {
            let columns = (0..<x.shape[2]).reversed().map { x.slice(axis: 2, start: $0, length: 1) }
            return .concatenated(columns, axis: 2)
        }
        var flips = 0
        for sample in 0..<count {
            func one(_ x: Tensor) -> Tensor { x.slice(axis: 0, start: sample, length: 1) }
            let isFlipped = one(seen).array != one(images).array
            let image = isFlipped ? flipped(one(images)) : one(images)
            let map = isFlipped ? flipped(one(plain)) : one(plain)
            #expect(relativeError(one(seen).array, image.array) < Self.near)
            #expect(relativeError(one(features).array, map.array) < Self.near)
            #expect(relativeError(one(features).array, flipped(map).array) > Self.near)
            flips += isFlipped ? 1 : 0
        }
        #expect(flips > 0 && flips < count)
    }

    /// A half of each side is cut out, and shifts are parts of their own sides.
    @Test func diffAugmentKnowsBothSides() {
        let count = 64
        let ones = Tensor(repeating: 1, shape: [count, Self.height, Self.width, 5])
        let cutout = DiffAugment([.cutout], height: Self.height, width: Self.width).drawn(.seeded(5, count: count))
        let seen = cutout.images(ones).array
        let size = Self.height * Self.width * 5
        let most = (0..<count).map { sample in seen[sample * size..<(sample + 1) * size].count { $0 == 0 } }.max()
        #expect(most == 3 * 5 * 5)
        let translation = DiffAugment([.translation], height: 8, width: 40).drawn(.seeded(5, count: count))
        let moved = translation.images(Tensor(repeating: 1, shape: [count, 8, 40, 2]))
        // Rows and columns of zeros: up to one and up to five.
        func lost(_ axes: [Int]) -> Int {
            let profile = moved.mean(over: axes).array
            let length = profile.count / count
            return (0..<count).map { sample in profile[sample * length..<(sample + 1) * length].count { $0 == 0 } }
                .max()
                ?? 0
        }
        #expect(lost([2, 3]) == 1)
        #expect(lost([1, 3]) == 5)
    }

    @Test func pipelinesThatReadColours() {
        let coloured: [AugmentationPipeline] = [.color, .blit + .geometry + .color]
        let plain: [AugmentationPipeline] = [.blit, .geometry, .filter, .noise, .cutout, .blit + .cutout]
        #expect(coloured.map(\.changesColors) == [true, true])
        #expect(plain.map(\.changesColors) == [Bool](repeating: false, count: plain.count))
    }
}
