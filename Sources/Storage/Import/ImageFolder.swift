/// A folder of image files, whatever they are for.
package enum ImageFolder {
    /// Paths below a folder of .png, .jpg and .jpeg files, sorted. Hidden files are left out.
    ///
    /// - Throws: ``DatasetError`` (65) where folders nest too deep, ``FileError`` where one cannot be read.
    package static func imagePaths(in folder: String) throws -> [String] {
        try ImageFolderSource.imagePaths(in: folder)
    }
}
