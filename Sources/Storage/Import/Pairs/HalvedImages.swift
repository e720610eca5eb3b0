/// Images that are two beside each other, A to the left of B, of which one is made from the other.
final class HalvedImages: ImportSource {
    private let images: any ImportSource
    private let direction: ImportOptions.Direction

    /// - Throws: ``DatasetError`` (64) where the images have maps, which would be of both halves.
    init(_ images: any ImportSource, _ direction: ImportOptions.Direction) throws {
        guard images.semanticClasses == 0 else {
            throw DatasetError.usage(
                "--pair side-by-side: \(images.summary). Expected images without maps: --maps none leaves them out")
        }
        self.images = images
        self.direction = direction
    }

    var count: Int { images.count }
    var classes: Int { images.classes }
    var classNames: [String] { images.classNames }
    let semanticClasses = 0
    var summary: String { "\(images.summary), each two side by side (\(direction.rawValue))" }

    func name(of index: Int) -> String { "each half of \(images.name(of: index))" }

    func read(_ index: Int) throws -> SourceImage {
        var image = try images.read(index)
        let (height, width) = (image.image.height, image.image.width)
        guard width % 2 == 0 else {
            throw DatasetError.badData(
                "\(images.name(of: index)) is \(height)x\(width), expected two images of one size side by side: an even "
                    + "width")
        }
        func half(from left: Int) -> RasterImage {
            image.image.cropped(top: 0, left: left, height: height, width: width / 2)
        }
        let (a, b) = (half(from: 0), half(from: width / 2))
        (image.image, image.condition) = direction == .rightFromLeft ? (b, a) : (a, b)
        return image
    }

    func finish() throws { try images.finish() }
}
