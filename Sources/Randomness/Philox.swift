/// Philox 4×32-10, the counter-based generator of Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3" (SC 2011).
///
/// A draw is a pure function of key and counter: there is no state to store, to share or to diverge.
public struct Philox4x32: Sendable {
    private let key: (UInt32, UInt32)

    public init(key: UInt64) {
        self.key = (UInt32(truncatingIfNeeded: key), UInt32(truncatingIfNeeded: key >> 32))
    }

    /// Four independent 32-bit words for one counter.
    @inlinable
    public func callAsFunction(_ c0: UInt32, _ c1: UInt32, _ c2: UInt32, _ c3: UInt32) -> SIMD4<UInt32> {
        var counter = SIMD4(c0, c1, c2, c3)
        var (k0, k1) = keyWords
        for _ in 0..<10 {
            let p0 = UInt64(0xD251_1F53) &* UInt64(counter[0])
            let p1 = UInt64(0xCD9E_8D57) &* UInt64(counter[2])
            counter = SIMD4(
                UInt32(truncatingIfNeeded: p1 >> 32) ^ counter[1] ^ k0, UInt32(truncatingIfNeeded: p1),
                UInt32(truncatingIfNeeded: p0 >> 32) ^ counter[3] ^ k1, UInt32(truncatingIfNeeded: p0))
            k0 = k0 &+ 0x9E37_79B9
            k1 = k1 &+ 0xBB67_AE85
        }
        return counter
    }

    @usableFromInline var keyWords: (UInt32, UInt32) { key }
}
