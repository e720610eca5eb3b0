import Failure
import CKernels
import Glibc

/// Uninitialised, cache-line aligned float memory that is freed with its last reference.
final class AlignedFloats: @unchecked Sendable {
    let elements: UnsafeMutableBufferPointer<Float>

    init(count: Int) {
        var raw: UnsafeMutableRawPointer?
        let bytes = max(count, 1) * MemoryLayout<Float>.stride
        guard posix_memalign(&raw, 64, bytes) == 0, let raw else {
            OutOfMemory.end("\(bytes) bytes to sum gradients in; lower the network's width")
        }
        elements = UnsafeMutableBufferPointer(start: raw.bindMemory(to: Float.self, capacity: count), count: count)
    }

    deinit { free(elements.baseAddress) }
}

extension UnsafeMutableBufferPointer<Float> {
    /// Adds `other`, equally long and elsewhere in memory, element by element.
    func accumulate(_ other: UnsafeMutableBufferPointer<Float>) {
        precondition(count == other.count, "accumulate: \(count) elements and \(other.count)")
        guard let target = baseAddress, let source = other.baseAddress else { return }
        ck_accumulate(target, source, count)
    }

    /// The elements of a range, without a copy.
    func part(_ range: Range<Int>) -> UnsafeMutableBufferPointer<Float> {
        UnsafeMutableBufferPointer(rebasing: self[range])
    }
}
