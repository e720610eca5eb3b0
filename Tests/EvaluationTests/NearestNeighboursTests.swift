import Evaluation
import Foundation
import Testing

@Suite struct NearestNeighboursTests {
    private static let side = 8
    private static let size = side * side * 3

    /// Images that anybody can compute.
    private static func image(_ number: Int) -> [UInt8] {
        var state = UInt64(number) &* 0x9E37_79B9_7F4A_7C15 &+ 1
        return (0..<size).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(state >> 56)
        }
    }

    private let real = ImageSource(name: "real", count: 200, resolution: side, channels: 3) { numbers in
        numbers.flatMap { image($0) }
    }

    /// The mean of each of four stretches of an image.
    private final class Means: FeatureExtractor {
        let (name, title, identity, dimension, classes) = ("means", "", "", 4, 0)

        func check(resolution: Int, channels: Int) throws {}

        func features(of pixels: [Float], count: Int, resolution: Int, channels: Int) throws -> ExtractedFeatures {
            let part = NearestNeighboursTests.size / 4
            let means = (0..<count * 4).map { k in pixels[k * part..<(k + 1) * part].reduce(0, +) / Float(part) }
            return ExtractedFeatures(features: means, probabilities: [])
        }
    }

    private func distance(_ a: [Float], _ b: [Float]) -> Double {
        zip(a, b).reduce(0) { $0 + (Double($1.0) - Double($1.1)) * (Double($1.0) - Double($1.1)) }.squareRoot()
    }

    @Test(arguments: [false, true]) func areThoseOfASearchThroughAll(inFeatures: Bool) throws {
        let extractor: Means? = inFeatures ? Means() : nil
        func vector(_ image: [UInt8]) throws -> [Float] {
            let pixels = image.map { Float($0) }
            return try extractor?.features(of: pixels, count: 1, resolution: Self.side, channels: 3).features ?? pixels
        }
        let queries = (1000..<1010).map { Self.image($0) }
        let found = try NearestNeighbours(
            of: queries.flatMap { $0 }, count: 10, resolution: Self.side, channels: 3, extractor: extractor
        ).find(in: real, neighbours: 5)
        for (query, neighbours) in zip(queries, found) {
            let own = try vector(query)
            let all = try (0..<200).map { (distance: distance(own, try vector(Self.image($0))), number: $0) }
                .sorted { ($0.distance, $0.number) < ($1.distance, $1.number) }
            #expect(neighbours.map(\.number) == all.prefix(5).map(\.number))
            #expect(zip(neighbours, all).allSatisfy { abs($0.distance - $1.distance) < 1e-9 * $1.distance })
        }
    }

    /// A copy is found as one, at distance 0; what is left out is not found.
    @Test func copies() throws {
        let copies = [Self.image(17), Self.image(123)].flatMap { $0 }
        let neighbours = try NearestNeighbours(of: copies, count: 2, resolution: Self.side, channels: 3, extractor: nil)
        var looked = 0
        let found = try neighbours.find(in: real, neighbours: 2) { looked = $0 }
        #expect(looked == 200)
        #expect(found.map { $0[0].number } == [17, 123] && found.allSatisfy { $0[0].distance == 0 })
        #expect(found.allSatisfy { $0[1].distance > 100 })
        let others = try neighbours.find(in: real, neighbours: 2, excluding: [17, 123])
        #expect(others.map { $0[0] } == found.map { $0[1] })
        let few = ImageSource(name: "few", count: 1, resolution: Self.side, channels: 3) { _ in Self.image(0) }
        #expect(try neighbours.find(in: few, neighbours: 5).map(\.count) == [1, 1])
    }
}
