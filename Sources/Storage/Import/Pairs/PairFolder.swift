/// A folder of image files, each named as the image that is made from it.
struct PairFolder {
    let folder: String
    /// Below the folder, by what they share with their images.
    private let paths: [String: String]

    var count: Int { paths.count }

    /// - Throws: ``DatasetError`` (65) naming files.
    init(_ folder: String) throws {
        self.folder = folder
        var paths: [String: String] = [:]
        for path in try ImageFolderSource.imagePaths(in: folder) {
            if let other = paths.updateValue(path, forKey: MapFolder.stem(path)) {
                throw DatasetError.badData("\(folder)/\(other) and \(folder)/\(path): two condition images of one name")
            }
        }
        guard !paths.isEmpty else {
            throw DatasetError.badData(
                "\(folder): 0 condition images. Expected .png, .jpg or .jpeg files named as the images are")
        }
        self.paths = paths
    }

    /// The condition image of an image; nil where there is none.
    func path(forImage path: String) -> String? { paths[MapFolder.stem(path)] }

    /// Those that belong to none of the images, by name.
    func paths(withoutAnyOf images: Set<String>) -> [String] {
        paths.filter { !images.contains($0.key) }.values.sorted().map { folder + "/" + $0 }
    }

    /// - Parameter image: what is made from it, with its name for messages.
    func read(_ path: String, for image: RasterImage, named name: String) throws -> RasterImage {
        let file = folder + "/" + path
        let condition = try ImageFile.read(file)
        guard (condition.height, condition.width) == (image.height, image.width) else {
            throw DatasetError.badData(
                "\(file) is \(condition.height)x\(condition.width), but \(name) is \(image.height)x\(image.width): "
                    + "expected pairs of one size")
        }
        return condition
    }
}
