/// An 8-bit image: row by row, pixel by pixel, channel by channel.
public struct RasterImage: Sendable, Equatable {
    public private(set) var height: Int
    public private(set) var width: Int
    /// 1 (grey) or 3 (red, green, blue).
    public let channels: Int
    /// `height · width · channels` bytes.
    public var pixels: [UInt8]

    public init(height: Int, width: Int, channels: Int, pixels: [UInt8]) {
        precondition(channels == 1 || channels == 3, "RasterImage: \(channels) channels")
        precondition(
            pixels.count == height * width * channels,
            "RasterImage: \(pixels.count) bytes for \(height)x\(width)x\(channels)")
        self.height = height
        self.width = width
        self.channels = channels
        self.pixels = pixels
    }

    /// An image of one value.
    public init(height: Int, width: Int, channels: Int, filledWith value: UInt8 = 0) {
        self.init(
            height: height, width: width, channels: channels,
            pixels: [UInt8](repeating: value, count: height * width * channels))
    }

    /// The same image with 1 or 3 channels: grey by the weights of Rec. 601, colour by repeating grey.
    public func converted(toChannels target: Int) -> RasterImage {
        if target == channels { return self }
        let count = height * width
        let converted = [UInt8](unsafeUninitializedCapacity: count * target) { buffer, done in
            for index in 0..<count {
                if target == 1 {
                    let red = 299 * Int(pixels[3 * index])
                    let green = 587 * Int(pixels[3 * index + 1])
                    let blue = 114 * Int(pixels[3 * index + 2])
                    buffer[index] = UInt8((red + green + blue + 500) / 1000)
                } else {
                    for channel in 0..<3 { buffer[3 * index + channel] = pixels[index] }
                }
            }
            done = count * target
        }
        return RasterImage(height: height, width: width, channels: target, pixels: converted)
    }

    /// The rectangle of `height` × `width` whose upper left corner is at (`top`, `left`).
    public func cropped(top: Int, left: Int, height: Int, width: Int) -> RasterImage {
        var result: [UInt8] = []
        result.reserveCapacity(height * width * channels)
        for row in top..<top + height {
            let start = (row * self.width + left) * channels
            result += pixels[start..<start + width * channels]
        }
        return RasterImage(height: height, width: width, channels: channels, pixels: result)
    }

    /// The largest square in the middle.
    public func centerSquare() -> RasterImage {
        let side = min(height, width)
        return cropped(top: (height - side) / 2, left: (width - side) / 2, height: side, width: side)
    }

    /// The image in the middle of a larger black one.
    public func padded(toHeight newHeight: Int, width newWidth: Int) -> RasterImage {
        var result = RasterImage(height: newHeight, width: newWidth, channels: channels)
        result.paste(self, top: (newHeight - height) / 2, left: (newWidth - width) / 2)
        return result
    }

    /// Puts `image`, of as many channels, below this one; the narrower of both goes on in black.
    public mutating func append(_ image: RasterImage) {
        let widest = max(width, image.width)
        if width < widest { widen(to: widest) }
        var lower = image
        if lower.width < widest { lower.widen(to: widest) }
        pixels += lower.pixels
        height += lower.height
    }

    private mutating func widen(to newWidth: Int) {
        var wide = RasterImage(height: height, width: newWidth, channels: channels)
        wide.paste(self, top: 0, left: 0)
        self = wide
    }

    /// Copies `image`, of as many channels, to (`top`, `left`).
    public mutating func paste(_ image: RasterImage, top: Int, left: Int) {
        precondition(image.channels == channels, "RasterImage.paste: \(image.channels) channels onto \(channels)")
        precondition(
            top >= 0 && left >= 0 && top + image.height <= height && left + image.width <= width,
            "RasterImage.paste: outside")
        let rowBytes = image.width * channels
        for row in 0..<image.height {
            let start = ((top + row) * width + left) * channels
            pixels.replaceSubrange(
                start..<start + rowBytes, with: image.pixels[row * rowBytes..<(row + 1) * rowBytes])
        }
    }
}
