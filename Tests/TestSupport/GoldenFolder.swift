import Foundation

/// Arrays that reference implementations computed: HDF5 files in `GANGLION_GOLDEN`, or in Tests/Golden.
public enum GoldenFolder {
    /// Paths of the files whose names start with `prefix`.
    public static func files(prefix: String) -> [String] {
        let folder = ProcessInfo.processInfo.environment["GANGLION_GOLDEN"] ?? Repository.path + "/Tests/Golden"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { $0.hasPrefix(prefix) && $0.hasSuffix(".h5") }.sorted().map { folder + "/" + $0 }
    }
}
