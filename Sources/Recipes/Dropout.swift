import Autodiff
import Kernels
import Models

extension Randomizer {
    /// z of `samples`, [N, zDim]; of no numbers where the network takes none.
    func latents(
        _ purpose: Purpose, of generator: any Generator, stream: Int = 0, step: Int, samples: Range<Int>
    ) -> Tensor {
        generator.zDim > 0
            ? normals(purpose, stream: stream, step: step, samples: samples, shape: [generator.zDim])
            : Tensor([], shape: [samples.count, 0])
    }

    /// What dropout multiplies a generator's maps by (arXiv 1611.07004, section 3.1, where it stands for z, in training and
    /// sampling): half of the numbers are 0, the others 2. Nil for networks without.
    ///
    /// - Parameters:
    ///   - height: of the images.
    ///   - samples: whose numbers they are.
    func dropout(
        of generator: any Generator, height: Int, width: Int, stream: Int, step: Int, samples: Range<Int>
    ) -> [Tensor]? {
        let sizes = generator.dropoutSizes(height: height, width: width)
        guard !sizes.isEmpty else { return nil }
        return sizes.enumerated().map { place, size in
            // Less than 64 maps of one network have dropout.
            let draws = uniforms(
                .dropout, stream: stream * 64 + place, step: step, samples: samples,
                count: size.height * size.width * size.channels)
            let rate = Float(Pix2PixGenerator.dropoutRate)
            return Tensor(
                draws.map { $0 < rate ? 0 : 1 / (1 - rate) },
                shape: [samples.count, size.height, size.width, size.channels])
        }
    }
}
