import Failure
import Foundation
import Storage

/// The files that are translated, and those that come of them.
struct TranslationFiles: Codable, Equatable {
    /// Of one file.
    struct Job: Codable, Equatable {
        let input: String
        let output: String
        /// What it shares with a file of the same picture elsewhere: its path without the folder and its ending.
        let stem: String
    }

    let jobs: [Job]
    /// Of the inputs.
    let folder: String

    /// - Parameters:
    ///   - input: an image file, or a folder of them, with all that lies below.
    ///   - out: a folder.
    /// - Throws: ``DatasetError``: 66 where there is nothing to read, 65 for two files that would become one, 64 where files
    ///   would take the place of what they are made of.
    init(input: String, out: String) throws {
        guard FileKind(at: input) != nil else {
            throw DatasetError.missingInput("\(input): no such file or folder, expected PNG or JPEG files")
        }
        let names: [String]
        if Files.isFolder(input) {
            folder = input.hasSuffix("/") && input.count > 1 ? String(input.dropLast()) : input
            names = try ImageFolder.imagePaths(in: folder)
            guard !names.isEmpty else {
                throw DatasetError.badData("\(input): 0 images, expected .png, .jpg or .jpeg files")
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
                throw DatasetError.badData("\(other) and \(path): both would become \(out)/\(stem).png; rename one")
            }
            jobs.append(Job(input: path, output: "\(out)/\(stem).png", stem: stem))
        }
        self.jobs = jobs
        for job in jobs where Self.isOne(job.input, job.output) {
            throw DatasetError.usage(
                "--out \(out): \(job.input) would be replaced by what is made of it; give another folder")
        }
    }

    private static func isOne(_ first: String, _ second: String) -> Bool {
        FileKind(at: second) != nil && Files.areSame(first, second)
    }
}
