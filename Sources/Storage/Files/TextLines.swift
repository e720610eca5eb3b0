/// A text file that a user names, line by line.
public enum TextLines {
    /// - Parameter limit: bytes at most.
    /// - Throws: ``FileError`` (66) where it is missing; ``DatasetError`` (65) where it is larger, or is no UTF-8.
    public static func read(_ path: String, limit: Int) throws -> [String] {
        let bytes = try Files.bytes(path, limit: limit + 1)
        guard bytes.count <= limit else {
            throw DatasetError.badData("\(path): is larger than \(Files.text(bytes: limit)), which is not read")
        }
        // Not by characters: to Swift a carriage return and a line feed are one.
        return try bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { line in
            guard let text = String(validating: line.last == UInt8(ascii: "\r") ? line.dropLast() : line, as: UTF8.self)
            else { throw DatasetError.badData("\(path): is no text in UTF-8") }
            return text
        }
    }
}
