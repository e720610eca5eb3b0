/// Brings images to the size and number of channels that the options ask for, or the first image has.
struct ImagePreparation {
    private let options: ImportOptions
    private var channels: Int?
    /// Of the condition images.
    private var conditionChannels: Int?
    /// The size that all have to have when no resolution is given, and who had it first.
    private var firstSize: (height: Int, width: Int, name: String)?
    private var resamplers: [[Int]: Resampler] = [:]

    init(_ options: ImportOptions) {
        self.options = options
        channels = options.channels
        conditionChannels = options.pairChannels
    }

    /// Condition images and maps go wherever their images go; edges are drawn last.
    mutating func prepare(_ source: SourceImage, name: String) throws -> SourceImage {
        let (height, width) = (source.image.height, source.image.width)
        if options.resolution == nil {
            if let first = firstSize, (first.height, first.width) != (height, width) {
                throw DatasetError.badData(
                    "\(name) is \(height)x\(width), but \(first.name) is \(first.height)x\(first.width). "
                        + "Give --resolution to bring them to one size")
            }
        }
        let side = min(height, width)
        let isCropped = options.crop == .center && height != width
        guard height == width || isCropped || options.resize == .pad && options.resolution != nil else {
            throw DatasetError.badData(
                "\(name) is \(height)x\(width), expected a square. Give --crop center to take its middle"
                    + (options.resolution == nil ? ", and --resolution to bring all to one size" : ""))
        }
        let resolution = options.resolution ?? side
        guard DatasetFormat.isPowerOfTwo(resolution), resolution >= 4 else {
            throw DatasetError.badData(
                "\(name) is \(height)x\(width), and \(side) is not a power of two. "
                    + "Give --resolution \(Self.neighbour(of: side))")
        }
        if let channels, options.channels == nil, source.image.channels > channels {
            throw DatasetError.badData(
                "\(name) is in colour, the images before it are grey. Give --channels 3, or 1 to make all grey")
        }
        var result = source
        result.image = source.image.converted(toChannels: channels ?? source.image.channels)
        if let condition = source.condition {
            if let conditionChannels, options.pairChannels == nil, condition.channels > conditionChannels {
                throw DatasetError.badData(
                    "the condition image of \(name) is in colour, those before it are grey. Give --pair-channels 3, or 1 "
                        + "to make all grey")
            }
            result.condition = condition.converted(toChannels: conditionChannels ?? condition.channels)
        }
        if isCropped {
            result.image = result.image.centerSquare()
            result.condition = result.condition?.centerSquare()
            result.semantic = source.semantic.map {
                RasterImage(height: height, width: width, channels: 1, pixels: $0).centerSquare().pixels
            }
        }
        try resize(&result, to: resolution, name: name)
        if options.pair == .edges { result.condition = EdgeFilter.edges(of: result.image) }
        channels = result.image.channels
        conditionChannels = result.condition?.channels
        if firstSize == nil { firstSize = (height, width, name) }
        return result
    }

    private mutating func resize(_ source: inout SourceImage, to side: Int, name: String) throws {
        let (height, width) = (source.image.height, source.image.width)
        guard height != side || width != side else { return }
        let map = source.semantic.map { RasterImage(height: height, width: width, channels: 1, pixels: $0) }
        let filter: ResamplingFilter
        switch options.resize {
        case .pad:
            guard height <= side, width <= side else {
                throw DatasetError.badData(
                    "\(name) is \(height)x\(width), larger than --resolution \(side): --resize pad only adds. "
                        + "Give --resize lanczos or box")
            }
            source.image = source.image.padded(toHeight: side, width: side)
            source.condition = source.condition?.padded(toHeight: side, width: side)
            source.semantic = map?.padded(toHeight: side, width: side).pixels
            return
        case .box: filter = .box
        case .lanczos: filter = .lanczos
        }
        let key = [height, width]
        let resampler =
            resamplers[key]
            ?? Resampler(fromHeight: height, width: width, toHeight: side, width: side, filter: filter)
        if resamplers.count < 64 { resamplers[key] = resampler }
        source.image = resampler(source.image)
        source.condition = source.condition.map { resampler($0) }
        // Classes cannot be averaged: the nearest pixel's is taken.
        source.semantic = map.map { map in
            (0..<side * side).map { index in
                let y = (2 * (index / side) + 1) * height / (2 * side)
                let x = (2 * (index % side) + 1) * width / (2 * side)
                return map.pixels[y * width + x]
            }
        }
    }

    /// The power of two nearest to a size that is none, the larger one for those just below it.
    private static func neighbour(of side: Int) -> Int {
        var power = 4
        while power * 3 / 2 <= side { power *= 2 }
        return power
    }
}
