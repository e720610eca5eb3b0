import Autodiff
import Layers

extension Randomizer {
    /// A plane of N(0, 1) for each of `samples`, [N, height, width] of the layer (arXiv 1812.04948, section 2).
    ///
    /// - Parameter stream: tells apart draws of one purpose within a step, such as a phase's; 64 of what ``normals`` calls so.
    func noise(
        _ purpose: Purpose, stream: Int, step: Int = 0, samples: Range<Int>, of layer: SynthesisLayer
    ) -> Tensor {
        // Two layers a resolution: numbers stay below 64.
        let number = 2 * layer.resolution.trailingZeroBitCount + (layer.isUp ? 0 : 1)
        return normals(
            purpose, stream: stream * 64 + number, step: step, samples: samples, shape: [layer.height, layer.width])
    }
}
