import CKernels

/// Sums over parts of a whole: of the first part where their sum is wanted, of the others one after another elsewhere.
enum PartialSums {
    /// Adds the others to the first, part by part: one order, whatever the threads.
    ///
    /// - Parameters:
    ///   - others: [parts − 1, count]
    ///   - first: [count]
    static func add(
        _ others: UnsafePointer<Float>, parts: Int, to first: UnsafeMutablePointer<Float>, count: Int
    ) {
        guard parts > 1 else { return }
        Workers.forEachRange(count, grain: Elementwise.grain) { range in
            for part in 0..<parts - 1 {
                ck_accumulate(first + range.lowerBound, others + part * count + range.lowerBound, range.count)
            }
        }
    }
}
