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

    func layout(_ beyond: Beyond = .zero) -> ck_image {
        ck_image(height: Int32(height), width: Int32(width), channels: Int32(channels), padding: beyond.rawValue)
    }

    /// Where a pixel begins within its image; nil where there is none.
    @inline(__always)
    func offset(_ row: Int, _ column: Int, _ beyond: Beyond = .zero) -> Int? {
        guard let row = beyond.pixel(at: row, of: height), let column = beyond.pixel(at: column, of: width) else {
            return nil
        }
        return (row * width + column) * channels
    }

    /// With so many more pixels on every side.
    func extended(by margin: Int) -> PixelGrid {
        PixelGrid(batch: batch, height: height + 2 * margin, width: width + 2 * margin, channels: channels)
    }
}

extension ConvolutionShape {
    var input: PixelGrid { PixelGrid(batch: batch, height: height, width: width, channels: inputChannels) }

    var output: PixelGrid {
        PixelGrid(batch: batch, height: outputHeight, width: outputWidth, channels: outputChannels)
    }
}
