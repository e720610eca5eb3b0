import CKernels

/// NHWC images.
struct PixelGrid {
    let batch: Int
    let height: Int
    let width: Int
    let channels: Int

    var imageCount: Int { height * width * channels }
    /// Groups of 16 channels.
    var groups: Int { (channels + 15) / 16 }

    var layout: ck_image {
        ck_image(height: Int32(height), width: Int32(width), channels: Int32(channels))
    }

    /// Where a pixel begins within its image; nil outside of it.
    @inline(__always)
    func offset(_ row: Int, _ column: Int) -> Int? {
        guard row >= 0, row < height, column >= 0, column < width else { return nil }
        return (row * width + column) * channels
    }
}

extension ConvolutionShape {
    var input: PixelGrid { PixelGrid(batch: batch, height: height, width: width, channels: inputChannels) }

    var output: PixelGrid {
        PixelGrid(batch: batch, height: outputHeight, width: outputWidth, channels: outputChannels)
    }
}
