import Evaluation
import Recipes
import Storage

/// What is shown of a checkpoint's decoder: real and generated images, and for each a map of clusters.
struct DecoderScene {
    /// Whose maps are shown, and where they are features clustered jointly.
    enum Kind: Int, CaseIterable {
        /// The generator's, of the images that it makes.
        case generated
        /// The decoder's, of the same images.
        case decodedFake
        /// The decoder's, of real images.
        case decodedReal
    }

    let path: String
    let imagesShown: Int?
    let side: Int
    let channels: Int
    let count: Int
    /// uint8 N×r×r×C
    let reals: [UInt8]
    var fakes: [UInt8] = []
    /// Clusters of the kinds one after another, of a decoder of label maps those of the generator alone; nil where networks
    /// have not grown to their resolution.
    var maps: ClusterMaps?
    /// Of a decoder of label maps, the values that it predicts for each image.
    var classes: [Kind: [[UInt8]]] = [:]

    init(_ file: GeneratorFile, count: Int, reals: [UInt8]) {
        (path, imagesShown, side) = (file.path, file.imagesShown, file.level.resolution)
        channels = file.generator.imageChannels
        (self.count, self.reals) = (count, reals)
    }

    /// With the numbers of another checkpoint's clusters.
    mutating func match(to later: ClusterMaps) {
        guard let own = maps, own.resolution == later.resolution, own.count == later.count else { return }
        maps = own.matched(to: later)
    }

    /// One of several images.
    func image(_ images: [UInt8], _ place: Int) -> [UInt8] {
        let size = side * side * channels
        return Array(images[place * size..<(place + 1) * size])
    }

    func picture(_ images: [UInt8], _ place: Int, _ cells: ClusterCells) -> RasterImage {
        cells.image(image(images, place)[...], resolution: side, channels: channels)
    }

    func clusters(_ kind: Kind, _ place: Int, _ cells: ClusterCells) -> RasterImage {
        guard let maps else { return cells.blank }
        if let classes = classes[kind] { return cells.classes(classes[place], resolution: maps.resolution) }
        return cells.clusters(maps, kind.rawValue * count + place)
    }

    /// The real image and what the decoder makes of it; the generated one, its feature map, and what the decoder makes of
    /// it.
    func row(_ place: Int, _ cells: ClusterCells) -> [RasterImage] {
        [
            picture(reals, place, cells), clusters(.decodedReal, place, cells), picture(fakes, place, cells),
            clusters(.generated, place, cells), clusters(.decodedFake, place, cells),
        ]
    }

    /// What is printed of it in a strip.
    var text: String {
        ShownCheckpoints.text(path, imagesShown: imagesShown) + (maps.map { "; \($0.text)" } ?? ", not grown so far")
    }
}
