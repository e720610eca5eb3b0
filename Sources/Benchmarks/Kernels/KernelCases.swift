import Kernels

extension KernelBenchmark {
    /// The convolutions of the networks at 32² to 128², and some of the wide ones of the papers.
    static let convolutions: [ConvolutionShape] = same + changes + pointwise + padded

    private static let same: [ConvolutionShape] = [
        (8, 128, 4), (8, 512, 4), (8, 128, 8), (8, 512, 8), (8, 512, 16), (8, 256, 32), (8, 128, 64), (16, 128, 32),
        (8, 64, 64), (8, 64, 32), (8, 32, 64), (8, 16, 128),
    ].map { batch, channels, size in
        square(batch, channels, channels, size, kernel: 3)
    }

    private static let changes: [ConvolutionShape] =
        [(512, 8), (256, 16), (128, 32), (64, 64)].map { channels, size in
            square(8, channels, channels, size, kernel: 3, .up)
        }
        + [(512, 16), (256, 32), (128, 64), (64, 64)].map { channels, size in
            square(8, channels, channels, size, kernel: 3, .down)
        }

    private static let pointwise: [ConvolutionShape] = [
        // To and from colours, in the decoder, around a residual block.
        square(8, 128, 3, 32, kernel: 1), square(8, 3, 128, 32, kernel: 1), square(8, 256, 128, 8, kernel: 1),
        square(8, 64, 128, 32, kernel: 1),
        // In R3GAN's blocks, to twice as many channels; the way back is their gradient's.
        square(8, 128, 256, 32, kernel: 1), square(8, 256, 512, 16, kernel: 1), square(8, 768, 1536, 8, kernel: 1),
    ]

    /// Between those, in groups of 16 channels.
    static let grouped = [(256, 32), (1536, 8)].map { channels, size in
        GroupedConvolution(batch: 8, height: size, width: size, channels: channels, groups: channels / 16)
    }

    /// Some of those above on a torus and with a mirror: to be held against the same with zeros.
    private static let padded: [ConvolutionShape] = [Padding.periodic, .reflect].flatMap { padding in
        [
            square(8, 128, 128, 64, kernel: 3, padding: padding),
            square(8, 128, 128, 32, kernel: 3, .up, padding: padding),
            square(8, 512, 512, 16, kernel: 3, .down, padding: padding),
        ]
    }

    private static func square(
        _ batch: Int, _ input: Int, _ output: Int, _ size: Int, kernel: Int,
        _ resampling: ConvolutionShape.Resampling = .none, padding: Padding = .zero
    ) -> ConvolutionShape {
        ConvolutionShape(
            batch: batch, height: size, width: size, inputChannels: input, outputChannels: output, kernel: kernel,
            resampling: resampling, padding: padding)
    }

    /// A fully connected layer: rows, inputs, outputs.
    struct DenseShape {
        var rows: Int
        var input: Int
        var output: Int

        var name: String { "dense \(rows)x\(input)x\(output)" }
    }

    /// A layer of the mapping network, and the discriminator's last but one.
    static let dense = [
        DenseShape(rows: 8, input: 512, output: 512), DenseShape(rows: 16, input: 8192, output: 512),
    ]

    /// Activations of a size that leaves the caches, and of one that stays.
    static let maps = [Map(batch: 8, channels: 128, size: 64), Map(batch: 8, channels: 128, size: 16)]

    /// Images [batch, size, size, channels].
    struct Map {
        var batch: Int
        var channels: Int
        var size: Int

        var positions: Int { size * size }
        var count: Int { batch * positions * channels }
        var name: String { "\(batch),\(channels),\(size)x\(size)" }
    }
}

extension GroupedConvolution {
    /// Plain letters, so that it can be typed after `--filter`. Each output has the inputs of its group.
    var name: String { "3x3 \(batch),\(groupWidth)->\(channels),\(height)x\(width) in \(groups) groups" }
}

extension ConvolutionShape {
    /// Plain letters, so that it can be typed after `--filter`.
    var name: String {
        let change = resampling == .none ? "" : "\(resampling.rawValue) "
        let result = resampling == .none ? "" : "->\(outputHeight)x\(outputWidth)"
        let beyond = padding == .zero ? "" : " \(padding.rawValue)"
        return "\(kernel)x\(kernel) \(change)\(batch),\(inputChannels)->\(outputChannels),\(height)x\(width)\(result)"
            + beyond
    }
}
