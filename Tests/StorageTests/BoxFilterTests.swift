import Storage
import Testing

/// Bytes in which every value is as likely as any other, the same each time.
func randomBytes(_ count: Int, seed: UInt64) -> [UInt8] {
    var state = seed &* 2 + 1
    return (0..<count).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return UInt8(truncatingIfNeeded: state >> 56)
    }
}

/// Images flipped from left to right.
func mirrored(_ images: [UInt8], width: Int, channels: Int) -> [UInt8] {
    let line = width * channels
    var result: [UInt8] = []
    for start in stride(from: 0, to: images.count, by: line) {
        for x in (0..<width).reversed() {
            result += images[start + x * channels..<start + (x + 1) * channels]
        }
    }
    return result
}

@Suite struct BoxFilterTests {
    /// The reference's rule, word for word: the mean in float, `np.rint`, `clip`. Sums of up to 2¹⁶ bytes are exact.
    private func naive(
        _ images: [UInt8], count: Int, height: Int, width: Int, channels: Int, factor: Int
    ) -> [UInt8] {
        var result: [UInt8] = []
        for n in 0..<count {
            for y in 0..<height / factor {
                for x in 0..<width / factor {
                    for c in 0..<channels {
                        var sum: Float = 0
                        for dy in 0..<factor {
                            for dx in 0..<factor {
                                let line = n * height + y * factor + dy
                                sum += Float(images[(line * width + x * factor + dx) * channels + c])
                            }
                        }
                        let mean = (sum / Float(factor * factor)).rounded(.toNearestOrEven)
                        result.append(UInt8(max(0, min(255, mean))))
                    }
                }
            }
        }
        return result
    }

    @Test(arguments: [1, 3], [1, 2, 4, 8, 32]) func agreesWithTheDefinition(channels: Int, factor: Int) {
        for (count, height, width) in [(3, 32, 64), (1, 64, 32)] {
            let images = randomBytes(count * height * width * channels, seed: UInt64(factor))
            let found = BoxFilter.down(
                images, count: count, height: height, width: width, channels: channels, factor: factor)
            #expect(
                found
                    == naive(
                        images, count: count, height: height, width: width, channels: channels, factor: factor))
        }
    }

    /// All sums of four bytes: each quotient with each remainder, a half among them.
    @Test func tiesGoToTheEvenNumber() {
        let blocks = (0...1020).map { sum in (0..<4).map { UInt8((sum + $0) / 4) } }
        #expect(blocks.map { block in block.reduce(0) { $0 + Int($1) } } == Array(0...1020))
        let expected = (0...1020).map { UInt8((Double($0) / 4).rounded(.toNearestOrEven)) }
        let found = BoxFilter.down(
            blocks.flatMap { $0 }, count: 1021, height: 2, width: 2, channels: 1, factor: 2)
        #expect(zip(found, expected).enumerated().filter { $1.0 != $1.1 }.map(\.offset) == [])
        // 0.5, 1.5, 2.5, 254.5
        let pixels: [[UInt8]] = [[0, 0, 1, 1], [1, 1, 2, 2], [2, 2, 3, 3], [254, 254, 255, 255]]
        let images = pixels.flatMap { $0 }
        #expect(BoxFilter.down(images, count: 4, height: 2, width: 2, channels: 1, factor: 2) == [0, 2, 2, 254])
    }

    @Test func largestSumsFit() {
        let white = [UInt8](repeating: 255, count: 1024 * 1024)
        let found = BoxFilter.down(white, count: 1, height: 1024, width: 1024, channels: 1, factor: 1024)
        #expect(found == [255])
        // Just below, at and above one half of 2²⁰.
        for (less, expected) in [(524_289, 254), (524_288, 254), (524_287, 255)] as [(Int, UInt8)] {
            var nearlyWhite = white
            for i in 0..<less { nearlyWhite[i] = 254 }
            #expect(
                BoxFilter.down(nearlyWhite, count: 1, height: 1024, width: 1024, channels: 1, factor: 1024)
                    == [expected])
        }
    }

    @Test(arguments: [1, 3], [2, 8]) func flippingBeforeOrAfterIsTheSame(channels: Int, factor: Int) {
        let images = randomBytes(2 * 16 * 32 * channels, seed: 5)
        func down(_ images: [UInt8]) -> [UInt8] {
            BoxFilter.down(images, count: 2, height: 16, width: 32, channels: channels, factor: factor)
        }
        let first = down(mirrored(images, width: 32, channels: channels))
        #expect(first == mirrored(down(images), width: 32 / factor, channels: channels))
        #expect(first != down(images))
    }

    @Test func upscalingRepeatsPixels() {
        let images: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]
        #expect(
            NearestUpscale.up(images, count: 1, height: 2, width: 2, channels: 3, factor: 2) == [
                1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6, 1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6,
                7, 8, 9, 7, 8, 9, 10, 11, 12, 10, 11, 12, 7, 8, 9, 7, 8, 9, 10, 11, 12, 10, 11, 12,
            ])
        #expect(NearestUpscale.up(images, count: 3, height: 2, width: 2, channels: 1, factor: 1) == images)
        let large = NearestUpscale.up(images, count: 3, height: 2, width: 2, channels: 1, factor: 4)
        #expect(BoxFilter.down(large, count: 3, height: 8, width: 8, channels: 1, factor: 4) == images)
    }
}

@Suite struct MajorityFilterTests {
    @Test func theMostFrequentValueWins() {
        let maps: [UInt8] = [
            7, 7, 0, 9, 1, 2, 255, 255,
            7, 1, 9, 0, 3, 4, 255, 255,
        ]
        // Of 0 and 9, twice each, and of 1 to 4, once each, the smallest.
        #expect(MajorityFilter.down(maps, count: 1, height: 2, width: 8, factor: 2) == [7, 0, 1, 255])
        #expect(MajorityFilter.down(maps, count: 2, height: 1, width: 8, factor: 1) == maps)
    }

    @Test(arguments: [2, 4, 16]) func agreesWithTheDefinition(factor: Int) {
        let (count, side) = (3, 16)
        let maps = randomBytes(count * side * side, seed: 3).map { $0 % 5 }
        var expected: [UInt8] = []
        for n in 0..<count {
            for y in 0..<side / factor {
                for x in 0..<side / factor {
                    let corner = (n * side + y * factor) * side + x * factor
                    let block = (0..<factor * factor).map { i -> UInt8 in
                        maps[corner + i / factor * side + i % factor]
                    }
                    let frequencies = (0..<5).map { value in block.count { $0 == UInt8(value) } }
                    expected.append(UInt8(frequencies.firstIndex(of: frequencies.max() ?? 0) ?? 0))
                }
            }
        }
        let found = MajorityFilter.down(maps, count: count, height: side, width: side, factor: factor)
        #expect(found == expected)
        let flipped = MajorityFilter.down(
            mirrored(maps, width: side, channels: 1), count: count, height: side, width: side, factor: factor)
        #expect(flipped == mirrored(found, width: side / factor, channels: 1))
    }
}
