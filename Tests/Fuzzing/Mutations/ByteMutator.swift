/// Changes bytes as disks, cables and forgers do.
public struct ByteMutator: Sendable {
    /// Where fields lie that steer whoever reads the bytes; half of all changes meet these.
    public var focus: [Range<Int>]
    /// Whether the length stays, so that what points into the bytes still does.
    public var keepsLength: Bool

    public init(focus: [Range<Int>] = [], keepsLength: Bool = false) {
        self.focus = focus
        self.keepsLength = keepsLength
    }

    /// Makes one change or several; `log` gets a few words about each.
    public func callAsFunction(
        _ bytes: inout [UInt8], other: [UInt8], _ random: inout FuzzRandom, log: inout [String]
    ) {
        var rounds = 1
        while rounds < 12, random.chance(45) { rounds += 1 }
        for _ in 0..<rounds where !bytes.isEmpty { log.append(change(&bytes, other, &random)) }
    }

    private func position(_ bytes: [UInt8], _ random: inout FuzzRandom) -> Int {
        if !focus.isEmpty, random.chance(60) {
            let range = random.pick(focus)
            return min(bytes.count - 1, range.lowerBound + random.below(range.count))
        }
        return random.below(bytes.count)
    }

    private func change(_ bytes: inout [UInt8], _ other: [UInt8], _ random: inout FuzzRandom) -> String {
        let at = position(bytes, &random)
        let rest = bytes.count - at
        switch random.below(keepsLength ? 9 : 15) {
        case 0, 1:
            let bit = random.below(8)
            bytes[at] ^= 1 << bit
            return "bit \(bit) of byte \(at) flipped"
        case 2:
            let value = random.pick([0x00, 0xFF, 0x7F, 0x80, 0x01, 0x20, UInt8(truncatingIfNeeded: random.next())])
            bytes[at] = value
            return "byte \(at) set to \(value)"
        case 3, 4:
            return setField(&bytes, at, &random)
        case 5:
            let delta = random.pick([1, 255, 2, 16, 240, 128])
            bytes[at] = bytes[at] &+ UInt8(delta)
            return "byte \(at) raised by \(delta)"
        case 6:
            let count = min(rest, random.length(upTo: 4096))
            let value = random.pick([0, 0xFF, 0x41, 0] as [UInt8])
            for index in at..<at + count { bytes[index] = value }
            return "\(count) bytes from \(at) set to \(value)"
        case 7:
            let from = random.below(other.count)
            let count = min(rest, other.count - from, random.length(upTo: 4096))
            bytes.replaceSubrange(at..<at + count, with: other[from..<from + count])
            return "\(count) bytes from \(at) overwritten with those of another file from \(from)"
        case 8:
            // Two blocks of one length change places.
            let (first, second) = (min(at, random.below(bytes.count)), max(at, random.below(bytes.count)))
            let count = min(second - first, bytes.count - second, random.length(upTo: 1024))
            guard count > 0 else { return setField(&bytes, at, &random) }
            for index in 0..<count { bytes.swapAt(first + index, second + index) }
            return "\(count) bytes from \(first) and \(second) swapped"
        case 9, 10:
            bytes.removeLast(rest)
            return "cut to \(at) bytes"
        case 11:
            let count = min(rest, random.length(upTo: 4096))
            bytes.removeSubrange(at..<at + count)
            return "\(count) bytes from \(at) removed"
        case 12:
            let count = random.length(upTo: 512)
            bytes.insert(
                contentsOf: random.chance(50) ? random.bytes(count) : [UInt8](repeating: 0, count: count), at: at)
            return "\(count) bytes inserted at \(at)"
        case 13:
            let count = min(rest, random.length(upTo: 1024))
            let times = 1 + random.below(4)
            let block = Array(bytes[at..<at + count])
            for _ in 0..<times { bytes.insert(contentsOf: block, at: at) }
            return "\(count) bytes from \(at) repeated \(times) times"
        default:
            let from = random.below(other.count)
            bytes = Array(bytes[..<at]) + other[from...]
            return "from \(at) on another file from \(from) on"
        }
    }

    private func setField(_ bytes: inout [UInt8], _ at: Int, _ random: inout FuzzRandom) -> String {
        let width = random.pick([2, 4, 8])
        guard at + width <= bytes.count else {
            bytes[at] ^= 0xFF
            return "byte \(at) inverted"
        }
        let value = Self.number(&random, size: bytes.count)
        let bigEndian = random.chance(35)
        for index in 0..<width {
            let shift = 8 * (bigEndian ? width - 1 - index : index)
            bytes[at + index] = UInt8(truncatingIfNeeded: value >> UInt64(shift))
        }
        return "\(width) bytes from \(at) set to \(Int64(bitPattern: value))\(bigEndian ? ", big end first" : "")"
    }

    /// Numbers at which arithmetic, sizes and counters go wrong.
    public static func number(_ random: inout FuzzRandom, size: Int) -> UInt64 {
        let usual: [UInt64] = [
            0, 1, 2, 3, .max, .max - 1, 0x7FFF_FFFF_FFFF_FFFF, 0x8000_0000_0000_0000, 0x7FFF_FFFF, 0x8000_0000,
            0xFFFF_FFFF, 0xFFFF_FFFE, 0x1_0000_0000, 0x7FFF, 0x8000, 0xFFFF, 0x1_0000, 0x7F, 0x80, 0xFF, 0x100,
            1 << 40, 1 << 62, 1 << 56, 0x2000_0000_0000_0000,
        ]
        switch random.below(4) {
        case 0: return UInt64(max(0, size + random.below(5) - 2))
        case 1: return UInt64(random.below(size + 1))
        default: return random.pick(usual)
        }
    }
}
