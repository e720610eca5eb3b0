import Autodiff
import Cluster
import Kernels
import Layers
import Models
import Recipes
import SmallRuns
import Testing
import Training

/// Images of label maps and of images.
@Suite struct TranslatedImagesTests {
    private static let classes = Small.mapClasses

    private func maps(_ count: Int, height: Int, width: Int) -> [UInt8] {
        (0..<count).flatMap { Small.maps(position: $0, height: height, width: width) }
    }

    /// Trained a little, so that moving averages are no longer those of the start.
    private func trained(_ known: SmallPairs) throws -> (generator: any Generator, parameters: Parameters) {
        let engine = try known.engine()
        try known.run(engine, steps: 2)
        return (engine.networks.generator, engine.networks.average)
    }

    /// An image does not depend on those that are made with it.
    @Test(arguments: SmallPairs.families) func eachImageIsItsOwn(_ known: SmallPairs) throws {
        let (generator, parameters) = try trained(known)
        let (side, seeds) = (known.side, [7, 3, 7, 11, 12, 13, 14, 15, 16, 17])
        let pixels = side * side
        let all = maps(seeds.count, height: side, width: side)
        func conditions(_ rows: Range<Int>) -> PixelConditions {
            let part = Array(all[rows.lowerBound * pixels..<rows.upperBound * pixels])
            guard generator.conditionChannels == 2 else { return .maps(part, height: side, width: side) }
            return .images(part.flatMap { [Float($0), -Float($0)] }, height: side, width: side)
        }
        let made = try SampleImages.translated(
            generator, parameters, conditions: conditions(0..<seeds.count), seeds: seeds)
        #expect(made.count == seeds.count * pixels * 3)
        for place in [0, 5, 9] {
            let alone = try SampleImages.translated(
                generator, parameters, conditions: conditions(place..<place + 1), seeds: [seeds[place]])
            let among = made[place * pixels * 3..<(place + 1) * pixels * 3]
            // Products of other sizes may round otherwise.
            let furthest = zip(alone, among).map { abs(Int($0) - Int($1)) }.max() ?? 256
            #expect(alone.count == among.count && furthest <= 1, "\(place)")
        }
        let values = try SampleImages.translatedValues(
            generator, parameters, conditions: conditions(0..<seeds.count), seeds: seeds)
        #expect(ImageConversion.bytes(Tensor(values, shape: [values.count])) == made)
    }

    /// What is random follows the seed: noise, or dropout; CC-FPSE has neither.
    @Test(arguments: SmallPairs.families) func seedsMatter(_ known: SmallPairs) throws {
        let (generator, parameters) = try trained(known)
        let side = known.side
        let map = maps(1, height: side, width: side)
        let conditions: PixelConditions =
            generator.conditionChannels == 2
            ? .images(map.flatMap { [Float($0), -Float($0)] }, height: side, width: side)
            : .maps(map, height: side, width: side)
        func values(_ seed: Int) throws -> [Float] {
            try SampleImages.translatedValues(generator, parameters, conditions: conditions, seeds: [seed])
        }
        let (a, b, again) = (try values(1), try values(2), try values(1))
        #expect(a == again)
        let isRandom = generator.zDim > 0 || !generator.dropoutSizes(height: side, width: side).isEmpty
        #expect((a != b) == isRandom)
    }

    /// Rectangles, and sizes that no run had: what stands in a corner decides what is made near it, and nothing at the other
    /// end. Only convolutions look around, and no network's look so far.
    @Test(arguments: SmallPairs.families) func otherSizes(_ known: SmallPairs) throws {
        let (generator, parameters) = try trained(known)
        guard let multiple = generator.sizeMultiple else {
            Issue.record("\(known): one size")
            return
        }
        let long = multiple * (known.name == SmallPairs.pix2pix.name ? 6 : 24)
        for isTall in [false, true] {
            let (height, width) = isTall ? (long, multiple) : (multiple, long)
            let map = maps(1, height: height, width: width)
            func values(changing pixel: Int?) throws -> [Float] {
                var map = map
                if let pixel { map[pixel] = (map[pixel] + 1) % UInt8(Self.classes) }
                let conditions: PixelConditions =
                    generator.conditionChannels == 2
                    ? .images(map.flatMap { [Float($0), -Float($0)] }, height: height, width: width)
                    : .maps(map, height: height, width: width)
                return try SampleImages.translatedValues(generator, parameters, conditions: conditions, seeds: [1])
            }
            let plain = try values(changing: nil)
            #expect(plain.count == height * width * 3)
            for isFirst in [true, false] {
                let corner = isFirst ? 0 : height * width - 1
                let other = try values(changing: corner)
                var (near, far, atCorner): (Float, Float, Float) = (0, 0, 0)
                for (place, pair) in zip(plain, other).enumerated() {
                    let (row, column) = (place / 3 / width, place / 3 % width)
                    let change = abs(pair.0 - pair.1)
                    if ((isTall ? row : column) < long / 2) == isFirst {
                        near = max(near, change)
                    } else {
                        far = max(far, change)
                    }
                    let (down, across) = (abs(row - corner / width), abs(column - corner % width))
                    if max(down, across) <= 1 { atCorner = max(atCorner, change) }
                }
                // Beyond what it can reach nothing but roundings may differ.
                #expect(near > 0 && far <= near / 1000, "\(height)×\(width): \(near) near, \(far) far")
                #expect(atCorner > near / 1000, "\(height)×\(width): \(atCorner) at the corner, \(near) near it")
            }
        }
    }

    /// What memory is asked for is no less than what is kept of a pass.
    @Test(arguments: SmallPairs.families) func keptMapsAreCounted(_ known: SmallPairs) throws {
        let engine = try known.engine()
        let (generator, side) = (engine.networks.generator, known.side)
        let map = maps(1, height: side, width: side)
        let channels = generator.conditionChannels
        let conditions: PixelConditions =
            channels == 2
            ? .images(map.flatMap { [Float($0), -Float($0)] }, height: side, width: side)
            : .maps(map, height: side, width: side)
        let input = GeneratorInput(
            z: Tensor([Float](repeating: 0, count: generator.zDim), shape: [1, generator.zDim]), labels: nil,
            condition: conditions.tensor(rows: 0..<1, channels: channels), dropout: nil, noise: .constant)
        let kept = Tape.paused {
            generator(input, engine.networks.average.weights(differentiable: false)).features.values
                .reduce(0) { $0 + $1.count }
        }
        #expect(kept > 0 && kept + side * side * channels <= generator.floatsPerPixel * side * side, "\(kept)")
        #expect(generator.takesNoiseOfPixels == (known.name == SmallPairs.oasis.name))
    }

    /// Noise of one class alone is another at its pixels only: all of one class are as with the global noise.
    @Test func noiseOfAClass() throws {
        let (generator, parameters) = try trained(SmallPairs.oasis)
        let side = SmallPairs.oasis.side
        func values(_ map: [UInt8], _ seed: Int, _ noise: TranslationNoise) throws -> [Float] {
            try SampleImages.translatedValues(
                generator, parameters, conditions: .maps(map, height: side, width: side), seeds: [seed], noise: noise)
        }
        let all = [UInt8](repeating: 2, count: side * side)
        let (ofClass, ofOthers) = (
            try values(all, 5, .ofClass(2, others: 9)), try values(all, 5, .ofClass(1, others: 9))
        )
        let (own, others) = (try values(all, 5, .global), try values(all, 9, .global))
        #expect(ofClass == own && ofOthers == others && own != others)
        let map = maps(1, height: side, width: side)
        let mixed = try values(map, 5, .ofClass(1, others: 9))
        let (one, other) = (try values(map, 5, .global), try values(map, 9, .global))
        #expect(mixed != one && mixed != other)
    }

    @Test func oneHot() {
        let map: [UInt8] = [2, 0, 1, 1]
        let tensor = Tensor.oneHotPixels(map[...], shape: [1, 2, 2, 3])
        #expect(tensor.array == [0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 1, 0])
        #expect(tensor.shape == [1, 2, 2, 3])
    }
}
