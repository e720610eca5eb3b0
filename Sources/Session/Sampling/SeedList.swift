import Failure

/// Seeds as a command line lists them.
enum SeedList {
    /// - Parameters:
    ///   - text: such as 0-15 or 3,7,20-29.
    ///   - most: so many are held in memory at once.
    ///   - option: that lists them.
    /// - Throws: ``UsageError``.
    static func seeds(in text: String, most: Int, option: String = "--seeds") throws(UsageError) -> [Int] {
        var seeds: [Int] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            // A seed is one word of a draw's counter: 32 bits.
            let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { UInt32($0) }
            guard let first = ends.first ?? nil, let last = ends.last ?? nil, ends.count <= 2, first <= last else {
                throw UsageError(
                    "\(option) \(text): expected numbers below 4294967296 and ranges, such as 0-15 or 3,7,20-29")
            }
            guard seeds.count + Int(last - first) < most else {
                throw UsageError("\(option) \(text): at most \(most) at once, since all are held in memory")
            }
            seeds += (first...last).map(Int.init)
        }
        return seeds
    }
}
