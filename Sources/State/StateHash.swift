import Foundation
import Kernels

/// 64 bits that tell whether replicas hold the same state.
extension TrainingState {
    /// Of all that a checkpoint holds, by the names it has there, and of the counters.
    public var hashes: [(name: String, value: UInt64)] {
        tensors.map { ($0.name, StateHash.hash($0.view)) } + [("counters", StateHash.hash(counters))]
    }
}

public enum StateHash {
    /// Of a text in which equal counters are equal.
    static func hash(_ counters: TrainingCounters) -> UInt64 {
        counters.attributes.reduce(0xcbf2_9ce4_8422_2325) { hash, field in
            "\(field.0)=\(field.1);".utf8.reduce(hash) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        }
    }

    /// Multiply and rotate over the bit patterns, in four independent lanes whose multiplications overlap.
    public static func hash(_ view: BufferView) -> UInt64 {
        view.withUnsafeElements { elements in
            var lanes = SIMD4<UInt64>(1, 2, 3, 4)
            let prime: UInt64 = 0x9E37_79B1_85EB_CA87
            var i = 0
            while i + 4 <= elements.count {
                let bits = SIMD4<UInt64>(
                    UInt64(elements[i].bitPattern), UInt64(elements[i + 1].bitPattern),
                    UInt64(elements[i + 2].bitPattern), UInt64(elements[i + 3].bitPattern))
                lanes = (lanes ^ bits) &* prime
                lanes = (lanes &<< 29) | (lanes &>> 35)
                i += 4
            }
            while i < elements.count {
                lanes[0] = (lanes[0] ^ UInt64(elements[i].bitPattern)) &* prime
                i += 1
            }
            return (0..<4).reduce(UInt64(elements.count)) { ($0 ^ lanes[$1]) &* prime &+ ($0 >> 31) }
        }
    }
}
