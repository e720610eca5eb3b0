import Foundation
import Kernels
import NumericalTesting
import Testing

@Suite struct AffineResamplingTests {
    struct Map: Sendable, CustomTestStringConvertible {
        let name: String
        let inverse: AffineReference.Inverse
        var testDescription: String { name }

        init(_ name: String, _ xx: Float, _ xy: Float, _ x: Float, _ yx: Float, _ yy: Float, _ y: Float) {
            self.name = name
            inverse = (xx, xy, x, yx, yy, y)
        }

        func geometry(_ size: Size, _ upsampling: AffineGeometry.Upsampling) -> AffineGeometry {
            AffineGeometry(height: size.height, width: size.width, inverse: inverse, upsampling: upsampling)
        }
    }

    struct Size: Sendable {
        let height, width, channels: Int
        var count: Int { height * width * channels }
        init(_ height: Int, _ width: Int, _ channels: Int) {
            (self.height, self.width, self.channels) = (height, width, channels)
        }
    }

    static let maps = [
        Map("identity", 1, 0, 0, 0, 1, 0), Map("mirrored", -1, 0, 0, 0, 1, 0), Map("quarter turn", 0, -1, 0, 1, 0, 0),
        Map("moved by pixels", 1, 0, 3, 0, 1, -2), Map("moved between pixels", 1, 0, -2.3, 0, 1, 1.6),
        Map("enlarged", 0.6, 0, 0, 0, 0.6, 0), Map("shrunk", 1.7, 0, 0.5, 0, 1.7, -1),
        Map("turned and stretched", 0.9, -0.7, 1.5, 0.4, 1.1, -2.25),
        // To where there is nothing but zeros, and on the way there.
        Map("out of sight", 1, 0, 1000, 0, 1, 0), Map("half out of sight", 1.5, 0.2, 30, -0.1, 1.2, -20),
        Map("to a point", 0, 0, 0.3, 0, 0, -0.2),
    ]
    static let sizes = [
        Size(16, 16, 1), Size(9, 14, 3), Size(8, 8, 35), Size(1, 1, 2), Size(1, 6, 1), Size(7, 2, 5),
    ]
    static let upsamplings: [AffineGeometry.Upsampling] = [.wavelet, .bilinear]

    private func forward(_ x: [Float], _ maps: [AffineGeometry?], _ size: Size) -> [Float] {
        let y = BufferView([Float](repeating: .nan, count: x.count))
        AffineResampling.forward(
            BufferView(x), into: y, by: maps, height: size.height, width: size.width, channels: size.channels)
        return y.array
    }

    private func adjoint(_ y: [Float], _ maps: [AffineGeometry?], _ size: Size) -> [Float] {
        let x = BufferView([Float](repeating: .nan, count: y.count))
        AffineResampling.adjoint(
            BufferView(y), into: x, by: maps, height: size.height, width: size.width, channels: size.channels)
        return x.array
    }

    @Test("As the reference does it step by step", arguments: maps, upsamplings)
    func reference(map: Map, upsampling: AffineGeometry.Upsampling) {
        for (index, size) in Self.sizes.enumerated() {
            var samples = Samples(seed: UInt64(index))
            let x = samples.floats(size.count)
            let expected = AffineReference(
                height: size.height, width: size.width, inverse: map.inverse, upsampling: upsampling)(
                    x, channels: size.channels)
            let found = forward(x, [map.geometry(size, upsampling)], size)
            #expect(relativeError(found, expected) < 3e-6, "\(size)")
        }
    }

    @Test("The adjoint is one", arguments: maps, upsamplings)
    func adjointness(map: Map, upsampling: AffineGeometry.Upsampling) {
        for (index, size) in Self.sizes.enumerated() {
            var samples = Samples(seed: UInt64(index) + 10)
            let (x, y) = (samples.floats(size.count), samples.floats(size.count))
            let geometry = map.geometry(size, upsampling)
            let (moved, back) = (forward(x, [geometry], size), adjoint(y, [geometry], size))
            let scale = (innerProduct(x, x) * innerProduct(y, y)).squareRoot()
            #expect(abs(innerProduct(moved, y) - innerProduct(x, back)) < 1e-6 * scale, "\(size)")
        }
    }

    /// The wavelet is orthogonal: what was upsampled and not moved comes back.
    @Test("The identity changes nothing but the last bits, a pixel's move nothing but the place")
    func identity() {
        let size = Size(12, 12, 3)
        var samples = Samples(seed: 3)
        let x = samples.floats(size.count)
        let found = forward(x, [Self.maps[0].geometry(size, .wavelet)], size)
        #expect(relativeError(found, x) < 1e-6)
        let moved = forward(x, [Map("", 1, 0, 3, 0, 1, -2).geometry(size, .wavelet)], size)
        for row in 2..<12 {
            let line = Array(moved[row * 36..<row * 36 + 27])
            #expect(relativeError(line, Array(x[(row - 2) * 36 + 9..<(row - 1) * 36])) < 1e-6)
        }
    }

    /// Its bits do not depend on what stands beside it, nor on where it stands.
    @Test("A sample alone is as in any batch, and as it was where it has no map", arguments: sizes)
    func samples(size: Size) {
        var samples = Samples(seed: 4)
        let maps = [Self.maps[7], Self.maps[6], Self.maps[3]].map { $0.geometry(size, .wavelet) }
        let batch: [AffineGeometry?] = [maps[0], nil, maps[1], maps[2], nil]
        let x = samples.floats(5 * size.count)
        let (together, back) = (forward(x, batch, size), adjoint(x, batch, size))
        for (index, map) in batch.enumerated() {
            let range = index * size.count..<(index + 1) * size.count
            let alone = Array(x[range])
            #expect(Array(together[range]) == (map == nil ? alone : forward(alone, [map], size)))
            #expect(Array(back[range]) == (map == nil ? alone : adjoint(alone, [map], size)))
        }
    }

    /// How many are worked on at a time, and with which loops, is not to be seen.
    @Test("A channel alone is as among others, bit for bit", arguments: upsamplings)
    func channels(upsampling: AffineGeometry.Upsampling) {
        let (size, alone) = (Size(9, 11, 35), Size(9, 11, 1))
        var samples = Samples(seed: 6)
        let x = samples.floats(size.count)
        let geometry = Self.maps[7].geometry(size, upsampling)
        let (together, back) = (forward(x, [geometry], size), adjoint(x, [geometry], size))
        for channel in 0..<size.channels {
            func plane(_ values: [Float]) -> [Float] {
                stride(from: channel, to: values.count, by: size.channels).map { values[$0] }
            }
            #expect(plane(together) == forward(plane(x), [geometry], alone), "channel \(channel)")
            #expect(plane(back) == adjoint(plane(x), [geometry], alone), "channel \(channel)")
        }
        let three = Size(9, 11, 3)
        let y = samples.floats(three.count)
        func colour(_ values: [Float]) -> [Float] { stride(from: 1, to: values.count, by: 3).map { values[$0] } }
        #expect(colour(forward(y, [geometry], three)) == forward(colour(y), [geometry], alone))
        #expect(colour(adjoint(y, [geometry], three)) == adjoint(colour(y), [geometry], alone))
    }

    /// Why each sample may have margins of its own, where the reference takes the widest of the batch for all.
    @Test("Wider margins change rounding, or what lies beyond them near the border of a shrunk image")
    func margins() {
        let (height, width) = (16, 16)
        var samples = Samples(seed: 5)
        let x = samples.floats(height * width).map { Double($0) }
        let bounds: [(map: Map, most: Double)] = [
            (Self.maps[7], 1e-3), (Self.maps[4], 1e-14), (Map("", 1.2, 0, 1, 0, 1.2, 0), 1e-14),
            (Map("", 0.8, -0.6, 1, 0.6, 0.8, 0), 1e-14), (Map("", 2, 0, 0, 0, 2, 0), 1e-3),
        ]
        for (map, most) in bounds {
            var reference = AffineReference(height: height, width: width, inverse: map.inverse, upsampling: .wavelet)
            let own = reference(x)
            reference.widened = true
            let error = relativeError(reference(x).map { Float($0) }, own)
            #expect(error < max(most, 1e-6), "\(map.inverse)")
        }
    }
}
