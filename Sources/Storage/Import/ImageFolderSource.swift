import Foundation

/// A folder of PNG and JPEG files, and of folders of them.
final class ImageFolderSource: ImportSource {
    let classes: Int
    let classNames: [String]
    let semanticClasses = 0
    private let folder: String
    private let files: [(path: String, label: Int32?)]

    /// - Parameter source: the folder itself, or the one that it lies in, where a table of labels may stand, too.
    init(_ folder: String, of source: String, labels: ImportOptions.Labels) throws {
        self.folder = folder
        let paths = try Self.imagePaths(in: folder)
        guard !paths.isEmpty else {
            throw DatasetError.badData(
                "\(folder): 0 images. Expected .png, .jpg or .jpeg files in it or in its subfolders, binary batches of "
                    + "CIFAR, or the name of an IDX or HDF5 file")
        }
        switch labels {
        case .none:
            files = paths.map { ($0, nil) }
            classes = 0
            classNames = []
        case .folder:
            let parts = paths.map { $0.split(separator: "/") }
            if let index = parts.firstIndex(where: { $0.count < 2 }) {
                throw DatasetError.badData(
                    "\(folder)/\(paths[index]): lies in no subfolder, expected a class's folder for --labels folder")
            }
            let names = Set(parts.map { $0[0] }).sorted()
            let numbers = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, Int32($0)) })
            files = zip(paths, parts).map { ($0, numbers[$1[0]]) }
            classes = names.count
            classNames = names.map(String.init)
        case .json:
            let home = try Self.homeOfLabels(folder, source)
            let file = home + "/" + Self.tableName
            // Paths in it are relative to where it stands.
            let prefix = String((folder + "/").dropFirst(home.count + 1))
            let (table, names) = try Self.readLabels(file)
            files = try paths.map { path in
                guard let label = table[prefix + path] else {
                    throw DatasetError.badData("\(file): has no label for \(prefix)\(path)")
                }
                return (path, label)
            }
            classes = max(Int(table.values.max() ?? 0) + 1, names.count)
            classNames = names
            if !names.isEmpty, let problem = ClassNames.problem(names, classes: classes) {
                throw DatasetError.badData("\(file): \"classes\" \(problem)")
            }
        }
    }

    var count: Int { files.count }

    var summary: String {
        let hasSubfolders = files.allSatisfy { $0.path.contains("/") }
        return "folder of \(count) image files"
            + (classes > 0 ? ", \(classes) classes" : ", no labels")
            + (classes == 0 && hasSubfolders ? " (--labels folder makes each subfolder a class)" : "")
    }

    /// Below the folder.
    func path(of index: Int) -> String { files[index].path }

    func name(of index: Int) -> String { folder + "/" + files[index].path }

    func label(of index: Int) -> Int32? { files[index].label }

    func read(_ index: Int) throws -> SourceImage {
        SourceImage(image: try ImageFile.read(name(of: index)), label: files[index].label)
    }

    /// Paths below `folder`, sorted. Hidden files are left out.
    static func imagePaths(in folder: String, below prefix: String = "", depth: Int = 0) throws -> [String] {
        guard depth < 16 else { throw DatasetError.badData("\(folder)/\(prefix): folders nest more than 16 deep") }
        var paths: [String] = []
        for name in try Files.names(in: folder + "/" + prefix) where !name.hasPrefix(".") {
            let path = prefix + name
            if Files.isFolder(folder + "/" + path) {
                paths += try imagePaths(in: folder, below: path + "/", depth: depth + 1)
            } else if let dot = name.lastIndex(of: "."),
                ["png", "jpg", "jpeg"].contains(name[dot...].dropFirst().lowercased())
            {
                paths.append(path)
            }
        }
        return paths
    }

    private struct Table: Decodable {
        let labels: [Entry]?
        /// Names; StyleGAN's tools write none, and pass over them.
        let classes: [String]?

        struct Entry: Decodable {
            let path: String
            let label: Int

            init(from decoder: any Decoder) throws {
                var fields = try decoder.unkeyedContainer()
                path = try fields.decode(String.self)
                label = try fields.decode(Int.self)
            }
        }
    }

    private static let tableName = "dataset.json"

    /// The folder that the table of labels stands in: that of the images, or the source's.
    private static func homeOfLabels(_ folder: String, _ source: String) throws -> String {
        let homes = (folder == source ? [folder] : [folder, source]).filter { Files.exists($0 + "/" + tableName) }
        guard let home = homes.first else {
            let other = folder == source ? "" : " or \(source)/\(tableName)"
            throw DatasetError.missingInput(
                "\(folder)/\(tableName): no such file, expected it\(other) for --labels json")
        }
        guard homes.count == 1 else {
            throw DatasetError.badData(
                "\(folder)/\(tableName) and \(source)/\(tableName): two tables of labels, expected one")
        }
        return home
    }

    /// Bytes of a table of labels: tens of millions of images.
    private static let largestTable = 1 << 29

    /// `{"labels": [["00000/img00000000.png", 6], …], "classes": ["T-shirt", …]}`, the names as one likes.
    private static func readLabels(_ path: String) throws -> (labels: [String: Int32], names: [String]) {
        let size = Files.size(path) ?? 0
        guard size <= largestTable else {
            throw DatasetError.badData(
                "\(path): \(Files.text(bytes: size)), expected labels of at most \(Files.text(bytes: largestTable))")
        }
        let table: Table
        do {
            table = try CheckedJSON.decode(Table.self, from: Files.bytes(path))
        } catch {
            throw DatasetError.badData(
                "\(path): expected {\"labels\": [[\"folder/image.png\", 0], …]}, which it is not: \(error)")
        }
        guard let entries = table.labels, !entries.isEmpty else {
            throw DatasetError.badData("\(path): labels is null or empty, expected a label for each image")
        }
        var result: [String: Int32] = [:]
        for entry in entries {
            guard entry.label >= 0, entry.label < 65_536 else {
                throw DatasetError.badData("\(path): \(entry.path) has label \(entry.label), expected 0 to 65535")
            }
            result[entry.path] = Int32(entry.label)
        }
        return (result, table.classes ?? [])
    }
}
