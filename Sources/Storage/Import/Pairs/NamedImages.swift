/// A source of image files, which tells what each is called in its folder: other files go by their names.
protocol NamedImages: ImportSource {
    /// Below the folder.
    func path(of index: Int) -> String
}

extension ImageFolderSource: NamedImages {}

extension NamedImages {
    /// The path of each image by what it shares with files of its name.
    ///
    /// - Throws: ``DatasetError`` (65) naming two images that share a name.
    func stems(sharing what: String) throws -> [String: String] {
        var stems: [String: String] = [:]
        for index in 0..<count {
            let path = path(of: index)
            if let other = stems.updateValue(path, forKey: MapFolder.stem(path)) {
                throw DatasetError.badData("\(other) and \(path): two images of one name, which share a \(what)")
            }
        }
        return stems
    }
}
