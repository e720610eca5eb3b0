/// Which folders an import is of, where options name some of them.
enum FolderChoice {
    /// The folder that an option names, by itself or in the source.
    ///
    /// - Throws: ``DatasetError``: 66 where there is none, 64 where there are two.
    static func named(_ name: String, by option: String, in path: String) throws -> String {
        let inside = path + "/" + name
        switch (Files.isFolder(name), Files.isFolder(inside)) {
        case (false, false):
            throw DatasetError.missingInput("\(option) \(name): no such folder, by itself or in \(path)")
        case (false, true): return inside
        case (true, false): return name
        case (true, true):
            // Who says where it begins means it by itself.
            let isPlaced = ["/", "./", "../"].contains { name.hasPrefix($0) }
            guard isPlaced || Files.areSame(name, inside) else {
                throw DatasetError.usage(
                    "\(option) \(name): there are two, \(name) and \(inside). Give ./\(name) or \(inside)")
            }
            return name
        }
    }

    /// The folder of the images that go with condition images.
    ///
    /// - Parameters:
    ///   - pair: the folder of the condition images, as ``named(_:by:in:)`` found it.
    ///   - images: where images were looked for without pairs: the source, or `images` in it.
    ///   - path: the source.
    /// - Returns: `images` where the condition images lie elsewhere; else the other of two folders A and B, or `images` in the
    ///   source.
    /// - Throws: ``DatasetError`` (64) where condition images would be imported as images.
    static func images(beside pair: String, _ name: String, images: String, in path: String) throws -> String {
        guard Files.isFolder(pair, in: images) else { return images }
        guard !Files.areSame(pair, images) else {
            throw DatasetError.usage("--pair \(name) is \(images), the folder of the images: expected another")
        }
        let parts = pair.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        let others = parts.indices.reversed().compactMap { index -> String? in
            guard let last = parts[index].last, let other = ["A": "B", "B": "A"][last] else { return nil }
            var changed = parts
            changed[index] = parts[index].dropLast() + other
            return changed.joined(separator: "/")
        }
        let candidates = others + [path + "/images"]
        let found = candidates.first {
            Files.isFolder($0) && Files.isFolder($0, in: path) && !Files.isFolder(pair, in: $0)
        }
        guard let found else {
            throw DatasetError.usage(
                "--pair \(name) lies in \(path): condition images would be imported as images. Expected folders A and B, "
                    + "or the images in \(path)/images; or give the folder of the images as source")
        }
        return found
    }
}
