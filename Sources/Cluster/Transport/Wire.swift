import Failure

/// Packs strings and integers for a message between ranks (of possibly different machines).
struct WireWriter {
    private(set) var bytes: [UInt8] = []

    mutating func put(_ value: UInt64) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func put(_ text: String) {
        put(UInt64(text.utf8.count))
        bytes.append(contentsOf: text.utf8)
    }
}

/// Reads what ``WireWriter`` packed.
struct WireReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func integer() throws -> UInt64 {
        try take(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    mutating func text() throws -> String {
        String(decoding: try take(Int(clamping: try integer())), as: UTF8.self)
    }

    private mutating func take(_ count: Int) throws -> ArraySlice<UInt8> {
        guard count <= rest.count else {
            throw ClusterError(
                call: "message",
                reason: "\(rest.count) bytes where \(count) were expected; are all ranks the same program?",
                exitCode: ExitCode.badConfiguration)
        }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }
}

/// FNV-1a, to see with few bytes whether ranks hold the same text.
func fingerprint(_ bytes: [UInt8]) -> UInt64 {
    bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 }
}

extension Communicator {
    /// What all ranks hold and their hosts if it differs, or `nil` if all hold the same: then only 8 bytes travel.
    func gatherIfDifferent(_ bytes: [UInt8]) throws -> (contents: [[UInt8]], hosts: [String])? {
        var digest = WireWriter()
        digest.put(fingerprint(bytes))
        let digests = try allGather(digest.bytes)
        guard digests.contains(where: { $0 != digests[0] }) else { return nil }
        let hosts = try hostNames()
        return (try allGather(bytes), hosts)
    }
}
