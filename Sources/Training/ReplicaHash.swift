import Kernels
import Layers

/// 64 bits that tell whether replicas hold the same parameters.
package enum ReplicaHash {
    /// All that a checkpoint holds, by the names it has there.
    package static func named(_ trainer: Trainer) -> [(name: String, value: UInt64)] {
        let parameters = trainer.groups.flatMap { group, parameters in
            (parameters.trained + parameters.untrained).map { ("\(group)/\($0.name)", hash(parameters.view($0))) }
        }
        let moments = trainer.moments.map { name, view in (name, hash(view)) }
        return parameters + moments + [("state/pl_mean", UInt64(trainer.pathMean.bitPattern))]
    }

    /// Multiply and rotate over the bit patterns, in four independent lanes whose multiplications overlap.
    package static func hash(_ view: BufferView) -> UInt64 {
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
