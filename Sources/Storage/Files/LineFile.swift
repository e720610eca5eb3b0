/// The lines of a text file that may be of any length, and anybody's.
package enum LineFile {
    /// Reads a file from its first line to its last, a piece at a time.
    ///
    /// - Parameters:
    ///   - longest: longer lines are left out.
    ///   - body: takes a line without its end.
    /// - Returns: how many lines were left out.
    /// - Throws: ``FileError``: 66 when it cannot be opened, 65 when it is no plain file.
    package static func read(_ path: String, longest: Int = 1 << 20, _ body: ([UInt8]) -> Void) throws -> Int {
        let reader = try FileReader(path)
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        var line: [UInt8] = []
        var (isTooLong, leftOut) = (false, 0)
        func end() {
            if isTooLong { leftOut += 1 } else { body(line) }
            line.removeAll(keepingCapacity: true)
            isTooLong = false
        }
        while true {
            let count = try reader.read(into: &piece)
            guard count > 0 else { break }
            var rest = piece[..<count]
            while let place = rest.firstIndex(of: UInt8(ascii: "\n")) {
                add(rest[..<place])
                end()
                rest = rest[(place + 1)...]
            }
            add(rest)
        }
        if !line.isEmpty || isTooLong { end() }
        return leftOut

        func add(_ bytes: ArraySlice<UInt8>) {
            guard !isTooLong else { return }
            guard line.count + bytes.count <= longest else {
                isTooLong = true
                line.removeAll()
                return
            }
            line += bytes
        }
    }
}
