/// The random numbers of one case: SplitMix64, so that a case is the same on every machine and with every compiler.
public struct FuzzRandom: Sendable {
    private var state: UInt64

    /// - Parameter name: seeds of different kinds of input have nothing in common.
    public init(_ name: String, seed: UInt64) {
        // FNV-1a.
        state = name.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        state ^= seed &* 0xD134_2543_DE82_EF95
        _ = next()
    }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }

    /// A number from 0 to `limit - 1`; 0 where there is none.
    public mutating func below(_ limit: Int) -> Int { limit > 1 ? Int(next() % UInt64(limit)) : 0 }

    /// True in so many of a hundred cases.
    public mutating func chance(_ percent: Int) -> Bool { below(100) < percent }

    /// One of some things, of which there is at least one.
    public mutating func pick<Element>(_ choices: [Element]) -> Element { choices[below(choices.count)] }

    /// A length: mostly short, now and then long.
    public mutating func length(upTo most: Int) -> Int { 1 + below(max(1, min(most, 1 << below(13)))) }

    public mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) } }
}
