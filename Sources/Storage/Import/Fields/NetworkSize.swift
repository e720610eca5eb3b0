/// Which sizes networks can make: a start, doubled once or more. The start is what is left where height and width have
/// been halved as often as both stay whole and 4 at least; its shorter side is 7 at most, its longer one 64.
///
/// `ImageGrid` of configurations is the same rule, one floor aside.
package enum NetworkSize {
    private static let longestStart = 64
    private static let widestStart = 7

    package static func isPossible(_ height: Int, _ width: Int) -> Bool {
        guard height > 0, width > 0 else { return false }
        let doublings = SampleFormat(element: .uint8, height: height, width: width, channels: []).doublings
        let (first, second) = (height >> doublings, width >> doublings)
        return doublings >= 1 && (4...widestStart).contains(min(first, second)) && max(first, second) <= longestStart
    }

    /// The possible size that is nearest, by the sum of the differences; the smaller one of two.
    package static func nearest(_ height: Int, _ width: Int) -> (height: Int, width: Int) {
        var best = (height: 8, width: 8)
        func distance(_ size: (height: Int, width: Int)) -> Int { abs(size.height - height) + abs(size.width - width) }
        for doublings in 1...20 {
            let step = 1 << doublings
            // Both neighbours of either side, of sides that starts can have.
            let heights = [height / step, height / step + 1].map { min(longestStart, max(4, $0)) * step }
            let widths = [width / step, width / step + 1].map { min(longestStart, max(4, $0)) * step }
            for height in heights {
                for width in widths where isPossible(height, width) {
                    if distance((height, width)) < distance(best) { best = (height, width) }
                }
            }
        }
        return best
    }
}
