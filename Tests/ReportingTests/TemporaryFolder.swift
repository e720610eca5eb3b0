import Foundation

/// A folder that lasts for one test.
func withTemporaryFolder(_ body: (String) throws -> Void) throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("reporting-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: url) }
    try body(url.path)
}

func text(of path: String) throws -> String {
    try String(contentsOfFile: path, encoding: .utf8)
}
