import Autodiff
import Layers
import NumericalTesting
import Testing

@Suite struct MinibatchStandardDeviationTests {
    @Test(
        "Minibatch standard deviation of strided groups", arguments: [(8, 4), (8, 8), (6, 2), (4, 16), (3, 1), (5, 5)])
    func minibatch(batch: Int, group: Int) {
        var samples = Samples(seed: 3)
        let (height, width, channels) = (3, 4, 5)
        let plane = height * width * channels
        let x = samples.floats(batch * plane)
        let size = min(group, batch)
        let groups = batch / size
        let statistics = (0..<groups).map { j in
            let members = (0..<size).map { $0 * groups + j }
            var sum = 0.0
            for i in 0..<plane {
                let values = members.map { Double(x[$0 * plane + i]) }
                let mean = values.reduce(0, +) / Double(size)
                sum += (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(size) + 1e-8).squareRoot()
            }
            return sum / Double(plane)
        }
        let found = Tensor(x, shape: [batch, height, width, channels]).withMinibatchStandardDeviation(group: group)
        #expect(found.shape == [batch, height, width, channels + 1])
        for (i, value) in found.array.enumerated() {
            let (pixel, channel) = (i / (channels + 1), i % (channels + 1))
            if channel < channels {
                #expect(value == x[pixel * channels + channel])
            } else {
                #expect(abs(Double(value) - statistics[pixel / (height * width) % groups]) < 1e-6)
            }
        }
    }

    @Test("Gradients of the minibatch standard deviation")
    func minibatchGradients() {
        var samples = Samples(seed: 4)
        // Members of a group lie apart: near equal values the root is too curved for differences.
        let x = samples.floats(4 * 12, -0.25...0.25).enumerated().map { $1 + ($0 / 24 == 0 ? -1 : 1) }
        let check = GradientCheck([(x, [4, 2, 2, 3])]) { $0[0].withMinibatchStandardDeviation(group: 2) }
        #expect(check.firstOrder() < 1e-4)
        #expect(check.secondOrder() < 1e-4)
    }
}
