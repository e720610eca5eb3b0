/// A convolution without bias, its batch norm (ε 10⁻³) and a ReLU.
struct InceptionUnit {
    /// Within its block, as in the published state dict; empty where the block is nothing else.
    let name: String
    let kernel: (Int, Int)
    let channels: Int
    let stride: Int
    let padding: (Int, Int)
}

/// What follows one another in a branch.
enum InceptionStep {
    case unit(InceptionUnit)
    /// 3×3 means of what is inside, of stride 1, keeping the size.
    case mean
    /// 3×3 maxima: of stride 2 without padding, or of stride 1, keeping the size.
    case maximum(stride: Int)
    /// Several units on the same input, whose outputs are put together.
    case fork([InceptionUnit])
}

/// A layer or block; the outputs of its branches are put together in their order.
struct InceptionBlock {
    let name: String
    let branches: [[InceptionStep]]

    /// Inception-v3 (arXiv 1512.00567) as FID knows it, from the first layer to the last before the mean: table and names
    /// as in pytorch-fid, whose means do not count the padding, and whose last block takes a maximum in its pool branch.
    static let all: [InceptionBlock] = [
        layer("Conv2d_1a_3x3", 32, 3, stride: 2),
        layer("Conv2d_2a_3x3", 32, 3),
        layer("Conv2d_2b_3x3", 64, 3, padding: 1),
        InceptionBlock(name: "maxpool1", branches: [[.maximum(stride: 2)]]),
        layer("Conv2d_3b_1x1", 80, 1),
        layer("Conv2d_4a_3x3", 192, 3),
        InceptionBlock(name: "maxpool2", branches: [[.maximum(stride: 2)]]),
        a("Mixed_5b", pool: 32),
        a("Mixed_5c", pool: 64),
        a("Mixed_5d", pool: 64),
        b("Mixed_6a"),
        c("Mixed_6b", 128),
        c("Mixed_6c", 160),
        c("Mixed_6d", 160),
        c("Mixed_6e", 192),
        d("Mixed_7a"),
        e("Mixed_7b", pool: .mean),
        e("Mixed_7c", pool: .maximum(stride: 1)),
    ]

    private static func layer(
        _ name: String, _ channels: Int, _ kernel: Int, stride: Int = 1, padding: Int = 0
    ) -> InceptionBlock {
        InceptionBlock(name: name, branches: [[unit("", channels, kernel, stride: stride, padding: padding)]])
    }

    private static func a(_ name: String, pool: Int) -> InceptionBlock {
        InceptionBlock(
            name: name,
            branches: [
                [unit("branch1x1", 64, 1)],
                [unit("branch5x5_1", 48, 1), unit("branch5x5_2", 64, 5, padding: 2)],
                [
                    unit("branch3x3dbl_1", 64, 1), unit("branch3x3dbl_2", 96, 3, padding: 1),
                    unit("branch3x3dbl_3", 96, 3, padding: 1),
                ],
                [.mean, unit("branch_pool", pool, 1)],
            ])
    }

    private static func b(_ name: String) -> InceptionBlock {
        InceptionBlock(
            name: name,
            branches: [
                [unit("branch3x3", 384, 3, stride: 2)],
                [
                    unit("branch3x3dbl_1", 64, 1), unit("branch3x3dbl_2", 96, 3, padding: 1),
                    unit("branch3x3dbl_3", 96, 3, stride: 2),
                ],
                [.maximum(stride: 2)],
            ])
    }

    private static func c(_ name: String, _ c: Int) -> InceptionBlock {
        InceptionBlock(
            name: name,
            branches: [
                [unit("branch1x1", 192, 1)],
                [unit("branch7x7_1", c, 1), row("branch7x7_2", c, 7), column("branch7x7_3", 192, 7)],
                [
                    unit("branch7x7dbl_1", c, 1), column("branch7x7dbl_2", c, 7), row("branch7x7dbl_3", c, 7),
                    column("branch7x7dbl_4", c, 7), row("branch7x7dbl_5", 192, 7),
                ],
                [.mean, unit("branch_pool", 192, 1)],
            ])
    }

    private static func d(_ name: String) -> InceptionBlock {
        InceptionBlock(
            name: name,
            branches: [
                [unit("branch3x3_1", 192, 1), unit("branch3x3_2", 320, 3, stride: 2)],
                [
                    unit("branch7x7x3_1", 192, 1), row("branch7x7x3_2", 192, 7), column("branch7x7x3_3", 192, 7),
                    unit("branch7x7x3_4", 192, 3, stride: 2),
                ],
                [.maximum(stride: 2)],
            ])
    }

    private static func e(_ name: String, pool: InceptionStep) -> InceptionBlock {
        InceptionBlock(
            name: name,
            branches: [
                [unit("branch1x1", 320, 1)],
                [unit("branch3x3_1", 384, 1), cross("branch3x3_2", 384)],
                [
                    unit("branch3x3dbl_1", 448, 1), unit("branch3x3dbl_2", 384, 3, padding: 1),
                    cross("branch3x3dbl_3", 384),
                ],
                [pool, unit("branch_pool", 192, 1)],
            ])
    }

    private static func unit(
        _ name: String, _ channels: Int, _ kernel: Int, stride: Int = 1, padding: Int = 0
    ) -> InceptionStep {
        .unit(
            InceptionUnit(
                name: name, kernel: (kernel, kernel), channels: channels, stride: stride, padding: (padding, padding)))
    }

    /// 1×size, keeping the size of the images.
    private static func row(_ name: String, _ channels: Int, _ size: Int) -> InceptionStep {
        .unit(line(name, channels, (1, size)))
    }

    /// size×1, keeping the size of the images.
    private static func column(_ name: String, _ channels: Int, _ size: Int) -> InceptionStep {
        .unit(line(name, channels, (size, 1)))
    }

    /// 1×3 and 3×1 on the same input.
    private static func cross(_ name: String, _ channels: Int) -> InceptionStep {
        .fork([line(name + "a", channels, (1, 3)), line(name + "b", channels, (3, 1))])
    }

    private static func line(_ name: String, _ channels: Int, _ kernel: (Int, Int)) -> InceptionUnit {
        InceptionUnit(
            name: name, kernel: kernel, channels: channels, stride: 1, padding: (kernel.0 / 2, kernel.1 / 2))
    }
}
