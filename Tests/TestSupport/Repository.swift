import Glibc

/// What tests use of the repository besides its products.
public enum Repository {
    public static let path = #filePath.split(separator: "/").dropLast(3).map { "/\($0)" }.joined()

    /// A script of the folder `cluster`.
    public static func script(_ name: String) -> String { path + "/cluster/" + name }
}

/// Which file each name in a folder stands for, and when it was last written: unchanged as long as nobody writes there.
public func fileVersions(in folder: String) throws -> [String: String] {
    guard let stream = opendir(folder) else { throw ProcessError(description: "\(folder): cannot be listed") }
    defer { closedir(stream) }
    var found: [String: String] = [:]
    while let entry = readdir(stream) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) {
            $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        var status = stat()
        guard ![".", ".."].contains(name), lstat(folder + "/" + name, &status) == 0 else { continue }
        found[name] = "\(status.st_ino) \(status.st_mtim.tv_sec) \(status.st_mtim.tv_nsec)"
    }
    return found
}
