/// Bob Jenkins's lookup3 (`hashlittle`, 2006), with which HDF5 guards its metadata.
package func lookup3(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    var a = UInt32(0xDEAD_BEEF) &+ UInt32(truncatingIfNeeded: bytes.count)
    var (b, c) = (a, a)
    func rotated(_ word: UInt32, _ bits: UInt32) -> UInt32 { word << bits | word >> (32 - bits) }
    func word(_ at: Int) -> UInt32 {
        (0..<4).reduce(0) { at + $1 < bytes.endIndex ? $0 | UInt32(bytes[at + $1]) << UInt32(8 * $1) : $0 }
    }
    var at = bytes.startIndex
    while bytes.endIndex - at > 12 {
        a = a &+ word(at)
        b = b &+ word(at + 4)
        c = c &+ word(at + 8)
        a = (a &- c) ^ rotated(c, 4)
        c = c &+ b
        b = (b &- a) ^ rotated(a, 6)
        a = a &+ c
        c = (c &- b) ^ rotated(b, 8)
        b = b &+ a
        a = (a &- c) ^ rotated(c, 16)
        c = c &+ b
        b = (b &- a) ^ rotated(a, 19)
        a = a &+ c
        c = (c &- b) ^ rotated(b, 4)
        b = b &+ a
        at += 12
    }
    guard at < bytes.endIndex else { return c }
    a = a &+ word(at)
    b = b &+ word(at + 4)
    c = c &+ word(at + 8)
    c = (c ^ b) &- rotated(b, 14)
    a = (a ^ c) &- rotated(c, 11)
    b = (b ^ a) &- rotated(a, 25)
    c = (c ^ b) &- rotated(b, 16)
    a = (a ^ c) &- rotated(c, 4)
    b = (b ^ a) &- rotated(a, 14)
    c = (c ^ b) &- rotated(b, 24)
    return c
}

/// Fletcher's checksum as HDF5's filter puts it behind a chunk.
package func fletcher32(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    var (first, second) = (UInt32(0), UInt32(0))
    var at = bytes.startIndex
    while at < bytes.endIndex {
        let low = at + 1 < bytes.endIndex ? UInt32(bytes[at + 1]) : 0
        first = (first + (UInt32(bytes[at]) << 8 | low)) % 65535
        second = (second + first) % 65535
        at += 2
    }
    // The library never turns 65535 into 0.
    return second << 16 | first
}
