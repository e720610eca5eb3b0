/// Which sheets of samples to remove once there are more than so many, so that those that stay show the whole run.
///
/// The run so far is cut into equal spans, fewer than sheets may stay; of each the first sheet stays, and of all the
/// newest. The length of a span is a power of two, which doubles as the run goes on: the first sheet of two spans is the
/// first of one of them, so what is to stay later has not been removed before.
package enum SheetThinning {
    /// - Parameters:
    ///   - shown: images shown at each sheet, ascending, not negative.
    ///   - keep: how many may stay, at least 2.
    /// - Returns: those to remove.
    package static func surplus(_ shown: [Int], keep: Int) -> Set<Int> {
        precondition(keep >= 2, "SheetThinning: keep \(keep)")
        guard let newest = shown.last, shown.count > keep else { return [] }
        var bits = 0
        while newest >> bits >= keep - 1 { bits += 1 }
        var spans = Set<Int>()
        return Set(shown.dropLast().filter { !spans.insert($0 >> bits).inserted })
    }
}
