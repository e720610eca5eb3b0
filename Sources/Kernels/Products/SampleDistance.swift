import CKernels

/// Distances between distributions on a line, of which there are samples.
public enum SampleDistance {
    /// The Wasserstein-1 distance of each row of `a` from the same row of `b`: the mean of |aᵢ − bᵢ| once both are sorted.
    ///
    /// A row is one thread's work, so that the bits do not depend on the number of threads. Each thread keeps a scratch
    /// of `rowCount` floats.
    ///
    /// - Parameters:
    ///   - a: [rows, rowCount]; each row is sorted in place, in ascending order.
    ///   - b: likewise.
    public static func wasserstein(_ a: BufferView, _ b: BufferView, rowCount: Int) -> [Double] {
        precondition(
            rowCount > 0 && a.count == b.count && a.count % rowCount == 0,
            "wasserstein: \(a.count) and \(b.count) numbers in rows of \(rowCount)")
        let (ap, bp) = (a.pointer, b.pointer)
        var distances = [Double](repeating: 0, count: a.count / rowCount)
        distances.withUnsafeMutableBufferPointer { distances in
            let target = distances
            Workers.forEach(target.count) { row in
                let (first, second) = (ap + row * rowCount, bp + row * rowCount)
                let scratch = Workers.scratch(rowCount)
                ck_sort(first, scratch, rowCount)
                ck_sort(second, scratch, rowCount)
                target[row] = ck_sum_absolute_differences(first, second, rowCount) / Double(rowCount)
            }
        }
        return distances
    }
}
