import Recipes
import Storage

/// Reads from image files what conditions a generator's pixels.
struct ConditionReader {
    /// Of one file.
    struct Condition {
        let pixels: PixelConditions
        let height: Int
        let width: Int
        /// As a sheet shows it, 3 channels.
        let picture: RasterImage
    }

    private let file: GeneratorFile
    /// Nil where images condition the generator.
    private let maps: LabelMapReader?

    /// - Parameters:
    ///   - palette: names and colours of label maps' classes; nil for `palette.json` beside the inputs, where there is one.
    ///   - folder: of the inputs.
    /// - Throws: ``DatasetError``: 64 of a generator whose conditions image files do not hold, and of a palette where images
    ///   condition it.
    init(_ file: GeneratorFile, palette: String?, folder: String) throws {
        self.file = file
        guard let format = file.conditionFormat else {
            maps = try LabelMapReader(palette: palette, folder: folder, classes: file.conditionClasses)
            return
        }
        maps = nil
        guard format.element == .uint8, [1, 3].contains(format.channels.count) else {
            throw DatasetError.usage(
                "\(file.path): is conditioned on \(format.element.rawValue) fields of \(format.channels.count) channels, which "
                    + "image files do not hold")
        }
        if let palette {
            throw DatasetError.usage("--palette \(palette): \(file.path) is conditioned on images, not on label maps")
        }
    }

    /// - Throws: ``DatasetError`` or ``FileError`` that names the file, and what of it the generator does not take.
    func read(_ path: String) throws -> Condition {
        guard let format = file.conditionFormat else {
            guard let maps else { preconditionFailure("\(path): neither label maps nor images") }
            let map = try maps.read(path)
            try check(map.height, map.width, path)
            return Condition(
                pixels: .maps(map.values, height: map.height, width: map.width), height: map.height, width: map.width,
                picture: RasterImage(
                    height: map.height, width: map.width, channels: 3,
                    pixels: ImageGrid.colors(ofSemantic: map.values)))
        }
        let channels = format.channels.count
        let image = try ImageFile.read(path, channels: channels)
        try check(image.height, image.width, path)
        return Condition(
            pixels: .images(
                format.normalized(image.pixels.map { Float($0) }), height: image.height, width: image.width),
            height: image.height, width: image.width, picture: image.converted(toChannels: 3))
    }

    private func check(_ height: Int, _ width: Int, _ path: String) throws {
        let generator = file.generator
        guard let multiple = generator.sizeMultiple else {
            let own = generator.imageSize
            guard (height, width) == (own.height, own.width) else {
                throw DatasetError.badData("\(path): is \(height)×\(width), but \(file.path) takes \(own) alone")
            }
            return
        }
        guard height % multiple == 0, width % multiple == 0, height > 0, width > 0 else {
            let nearest = [height, width].map { max(multiple, ($0 + multiple / 2) / multiple * multiple) }
            throw DatasetError.badData(
                "\(path): is \(height)×\(width), but \(file.path) halves both sides down to \(multiple)-pixel blocks; expected "
                    + "multiples of \(multiple), such as \(nearest[0])×\(nearest[1])")
        }
    }
}
