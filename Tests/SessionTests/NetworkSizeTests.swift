import struct Configuration.ImageGrid
import Storage
import Testing

/// What an import takes is what a configuration can train on: neither floor sees the other, so each has the rule.
@Suite struct NetworkSizeTests {
    private func distance(_ size: (height: Int, width: Int), _ height: Int, _ width: Int) -> Int {
        abs(size.height - height) + abs(size.width - width)
    }

    @Test func importsTakeWhatConfigurationsTrainOn() {
        let long = [126, 128, 130, 192, 448, 512, 1000, 1024, 2048, 7168, 8192, 16_384]
        let sides = Array(1...100) + long
        for height in sides {
            for width in sides {
                let grid = ImageGrid(height: height, width: width)
                let isPossible = NetworkSize.isPossible(height, width)
                guard isPossible == (grid != nil) else {
                    Issue.record("\(height)×\(width): \(isPossible) to an import, \(grid != nil) to a configuration")
                    continue
                }
                // Of several that are as near either may be told.
                let found = NetworkSize.nearest(height, width)
                let expected = ImageGrid.nearest(height: height, width: width)
                let nearest = distance((expected.height, expected.width), height, width)
                guard NetworkSize.isPossible(found.height, found.width), distance(found, height, width) == nearest
                else {
                    Issue.record("\(height)×\(width): \(found), expected one \(nearest) away")
                    continue
                }
            }
        }
    }
}
