import Foundation
import Storage
import Testing

/// A folder for the datasets and runs of a test, gone when the test ends.
final class Scratch {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "ganglion-e2e-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// The path of something in it.
    func callAsFunction(_ name: String) -> String { path + "/" + name }

    /// Makes a dataset of coloured shapes and returns its folder.
    func shapes(
        _ name: String = "shapes", count: Int = 64, resolution: Int = 8, shards: Int = 4, seed: UInt64 = 0
    ) throws -> String {
        let synthesizer = try DatasetSynthesizer(seed: seed, resolution: resolution, channels: 3)
        _ = try synthesizer.run(to: self(name), count: count, shards: shards)
        return self(name)
    }

    /// Makes an empty folder.
    func folder(_ name: String) throws -> String {
        try FileManager.default.createDirectory(atPath: self(name), withIntermediateDirectories: true)
        return self(name)
    }

    func copy(_ source: String, to name: String) throws {
        try FileManager.default.copyItem(atPath: source, toPath: self(name))
    }
}

/// Every file in a folder with its bytes, to see that nothing was lost.
func contents(of folder: String, except: Set<String> = []) -> [String: Data] {
    var files: [String: Data] = [:]
    for name in FileManager.default.enumerator(atPath: folder)?.compactMap({ $0 as? String }) ?? [] {
        if let data = FileManager.default.contents(atPath: folder + "/" + name), !except.contains(name) {
            files[name] = data
        }
    }
    return files
}

/// Changes a file in place, as a failing disk would.
func damage(_ path: String, _ change: (inout Data) -> Void) throws {
    var data = try #require(FileManager.default.contents(atPath: path))
    change(&data)
    // In place: a process that has the file open must see it.
    let file = try #require(FileHandle(forWritingAtPath: path))
    try file.write(contentsOf: data)
    try file.truncate(atOffset: UInt64(data.count))
    try file.close()
}
