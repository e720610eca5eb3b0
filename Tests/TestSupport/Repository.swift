import Glibc

/// What tests use of the repository besides its products.
public enum Repository {
    public static let path = #filePath.split(separator: "/").dropLast(3).map { "/\($0)" }.joined()

    /// A script of the folder `cluster`.
    public static func script(_ name: String) -> String { path + "/cluster/" + name }
}

/// Writes a script that can be started at once.
///
/// The system starts no file that some process holds open for writing, and a process that another test starts just now
/// inherits, until its own program runs, whatever this one holds. So another program writes the file.
public func writeScript(_ text: String, to path: String) throws {
    let draft = path + ".draft"
    guard let file = fopen(draft, "w") else { throw ProcessError(description: "\(draft): cannot be written") }
    let written = fputs(text, file)
    guard fclose(file) == 0, written >= 0 else { throw ProcessError(description: "\(draft): cannot be written") }
    defer { unlink(draft) }
    let result = try ChildProcess.run(["install", "-m", "755", draft, path], timeout: 30)
    guard result.status == 0 else { throw ProcessError(description: "\(path): \(result.stderr)") }
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
