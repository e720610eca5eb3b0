import Evaluation
import Kernels
import NumericalTesting
import Storage
import TestSupport
import Testing

/// The extractor on a file of generated weights. Serialized: it starts and stops the workers.
@Suite(.serialized) struct InceptionFeaturesTests {
    private func write(to path: String) throws {
        let file = try HDF5File(inMemory: path)
        defer { file.close() }
        for (name, value) in [("format", "ganglion-features"), ("kind", "inception-v3"), ("source", "generated")] {
            try file.setAttribute(name, to: .string(value))
        }
        try file.setAttribute("version", to: .int(1))
        for (name, shape) in InceptionParameters.shapes {
            try file.writeChecked(GeneratedInception.values(name, shape), shape: shape, to: name)
        }
        try file.save(to: path)
    }

    @Test("As golden, the same bits alone and among others on any threads, grey as three equal channels")
    func features() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/inception.h5"
            try write(to: path)
            let extractor = try InceptionFeatures(path: path, resize: .pytorch)
            #expect(extractor.name == "inception-pytorch" && extractor.dimension == 2048 && extractor.classes == 1008)
            for golden in GoldenFolder.files(prefix: "inception") {
                let file = try HDF5File(reading: golden)
                let (shape, bytes) = try file.bytes("small/images")
                let (count, side) = (shape[0], shape[1])
                try #require(shape[1] == shape[2] && shape[3] == 3)
                let pixels = bytes.map { Float($0) }
                defer { Workers.stop() }
                try Workers.start(threads: 2)
                let all = try extractor.features(of: pixels, count: count, resolution: side, channels: 3)
                #expect(relativeError(all.features, try file.floats("small/features").values) < 2e-5)
                #expect(
                    relativeError(all.probabilities, try file.floats("small/probabilities_without_bias").values) < 2e-5)
                try Workers.start(threads: 1)
                let size = side * side * 3
                let last = try extractor.features(
                    of: Array(pixels[(count - 1) * size..<count * size]), count: 1, resolution: side, channels: 3)
                #expect(last.features == Array(all.features[(count - 1) * 2048..<count * 2048]))
                #expect(last.probabilities == Array(all.probabilities[(count - 1) * 1008..<count * 1008]))
            }
            let grey: [Float] = (0..<64).map { Float($0 * 4) }
            let one = try extractor.features(of: grey, count: 1, resolution: 8, channels: 1)
            let three = try extractor.features(of: grey.flatMap { [$0, $0, $0] }, count: 1, resolution: 8, channels: 3)
            #expect(one.features == three.features && one.probabilities == three.probabilities)
            #expect(abs(one.probabilities.reduce(0.0) { $0 + Double($1) } - 1) < 1e-5)

            let error = try #require(
                thrown(EvaluationError.self) { try extractor.check(resolution: 32, channels: 2) })
            #expect("\(error)".hasPrefix(path + ": ") && "\(error)".contains("not of 2"))
            let other = try InceptionFeatures(path: path, resize: .tensorflow)
            #expect(other.name == "inception-tensorflow" && other.identity != extractor.identity)
            let theirs = try other.features(of: grey, count: 1, resolution: 8, channels: 1)
            #expect(relativeError(theirs.features, one.features) > 1e-3)
        }
    }
}
