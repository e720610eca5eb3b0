import Failure
import Foundation
import Storage

/// What is translated, image files or a data set's rows, and the files that come of it.
struct TranslationFiles: Codable, Equatable {
    /// Of one image.
    struct Job: Codable, Equatable {
        /// A path, or what messages call a row of a data set.
        let input: String
        /// Of a data set; nil of a file.
        let row: Int?
        let output: String
        /// What it shares with a file of the same picture elsewhere: its path without the folder and its ending.
        let stem: String
    }

    /// None of a data set.
    private let files: [Job]
    /// Of the inputs; the data set's.
    let folder: String
    /// Whether all image files of the folder are translated, or would be without a limit.
    let isWholeFolder: Bool
    let isDataset: Bool
    private let out: String
    /// Of a data set, that are translated.
    var rows = 0

    /// - Parameters:
    ///   - input: an image file, a folder of them, with all that lies below, or a data set's folder.
    ///   - out: a folder.
    ///   - limit: of files; nil for all.
    /// - Throws: ``DatasetError``: 66 where there is nothing to read, 65 for two files that would become one.
    init(input: String, out: String, limit: Int?) throws {
        self.out = out.count > 1 && out.hasSuffix("/") ? String(out.dropLast()) : out
        guard FileKind(at: input) != nil else {
            throw DatasetError.missingInput(
                "\(input): no such file or folder, expected PNG or JPEG files, or a data set")
        }
        let trimmed = input.hasSuffix("/") && input.count > 1 ? String(input.dropLast()) : input
        isWholeFolder = Files.isFolder(input)
        isDataset = isWholeFolder && !Dataset.shardPaths(in: trimmed).isEmpty
        let names: [String]
        if isWholeFolder {
            folder = trimmed
            names = isDataset ? [] : Array(try ImageFolder.imagePaths(in: folder).prefix(limit ?? .max))
            guard isDataset || !names.isEmpty else {
                throw DatasetError.badData(
                    "\(input): 0 images, expected .png, .jpg or .jpeg files, or a data set's shards")
            }
        } else {
            let parts = input.split(separator: "/", omittingEmptySubsequences: false)
            names = [String(parts.last ?? "")]
            folder = parts.count > 1 ? parts.dropLast().joined(separator: "/") : "."
        }
        var jobs: [Job] = []
        var taken: [String: String] = [:]
        for name in names {
            let stem = name.lastIndex(of: ".").map { String(name[..<$0]) } ?? name
            let path = folder == "." && !input.hasPrefix("./") ? name : "\(folder)/\(name)"
            if let other = taken.updateValue(path, forKey: stem) {
                throw DatasetError.badData(
                    "\(other) and \(path): both would become \(self.out)/\(stem).png; rename one")
            }
            jobs.append(Job(input: path, row: nil, output: "\(self.out)/\(stem).png", stem: stem))
        }
        files = jobs
    }

    var count: Int { isDataset ? rows : files.count }

    subscript(place: Int) -> Job {
        guard isDataset else { return files[place] }
        let stem = String(format: "row%06ld", place)
        return Job(input: "\(folder): row \(place)", row: place, output: "\(out)/\(stem).png", stem: stem)
    }

    /// Those at places that there are.
    func jobs(_ places: some Sequence<Int>) -> [Job] { places.filter { $0 < count }.map { self[$0] } }

    /// Those that a sheet shows: the first.
    var shown: [Job] { jobs(0..<TranslationSheet.mostRows) }

    /// That the images are written to.
    var folders: [String] {
        isDataset ? [out] : Set(files.map { Self.folder(of: $0.output) }).sorted()
    }

    static func folder(of path: String) -> String {
        path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    }

    // MARK: What is written and what is read

    /// Sees to it that nothing that is written takes the place of what is read, now or when the same command runs again.
    ///
    /// - Parameters:
    ///   - sheet: a file; nil for none.
    ///   - real: a folder of images; nil for none.
    /// - Throws: ``DatasetError``: 64 that names both, 73 where the sheet has no folder.
    func checkPlaces(sheet: String?, real: String?) throws {
        let places =
            [("--out \(out)", Files.resolved(out))] + (sheet.map { [("--sheet \($0)", Files.resolved($0))] } ?? [])
        for (option, place) in places {
            if isWholeFolder, !isDataset, Files.isResolved(place, in: Files.resolved(folder)) {
                throw DatasetError.usage(
                    "\(option): lies in \(folder), whose images are translated: what is made would be among them, or take "
                        + "their places; give another folder")
            }
            if let real, Files.isResolved(place, in: Files.resolved(real)) {
                throw DatasetError.usage(
                    "\(option): lies in --real \(real), whose images it might replace; give another folder")
            }
        }
        var inputs: [Files.Identity: String] = [:]
        for job in files {
            if let identity = Files.Identity(job.input) { inputs[identity] = job.input }
        }
        for job in files {
            guard let input = Files.Identity(job.output).flatMap({ inputs[$0] }) else { continue }
            throw DatasetError.usage(
                "--out \(out): \(input) would be replaced by what is made of \(job.input); give another folder")
        }
        if let sheet { try check(sheet, inputs) }
    }

    private func check(_ sheet: String, _ inputs: [Files.Identity: String]) throws {
        if let input = Files.Identity(sheet).flatMap({ inputs[$0] }) {
            throw DatasetError.usage("--sheet \(sheet): is \(input), which is translated; give another file")
        }
        if isImage(Files.resolved(sheet)) {
            throw DatasetError.usage("--sheet \(sheet): is one of the images that are made; give another file")
        }
        guard !Files.isFolder(sheet) else {
            throw DatasetError.usage("--sheet \(sheet): is a folder, expected the name of a PNG file")
        }
        let folder = Self.folder(of: sheet)
        let made = Set(folders.map { Files.resolved($0) })
        guard Files.isFolder(folder) || made.contains(Files.resolved(folder)) else {
            throw DatasetError.cannotWrite(
                "--sheet \(sheet): there is no folder \(folder), expected one to write it to")
        }
    }

    /// Whether a resolved path is that of an image that is made.
    private func isImage(_ path: String) -> Bool {
        guard isDataset else { return files.contains { Files.resolved($0.output) == path } }
        let name = path.split(separator: "/").last ?? ""
        guard path == Files.resolved(out) + "/" + name, name.hasPrefix("row"), name.hasSuffix(".png") else {
            return false
        }
        return Int(name.dropFirst(3).dropLast(4)).map { (0..<count).contains($0) } ?? false
    }
}
