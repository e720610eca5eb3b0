import Storage
import Testing

/// Drawings of images by their edges.
@Suite struct EdgeFilterTests {
    private static let side = 16

    /// Of few values, so that magnitudes are often alike.
    private static func image(_ seed: Int, channels: Int = 1) -> RasterImage {
        let pixels = (0..<side * side * channels).map { index -> UInt8 in
            let mixed = (index &+ 1) &* 2_654_435_761 &+ seed &* 40_503
            return UInt8(truncatingIfNeeded: (mixed >> 13) % 4 * 60)
        }
        return RasterImage(height: side, width: side, channels: channels, pixels: pixels)
    }

    private static func moved(_ image: RasterImage, _ place: (Int, Int) -> (Int, Int)) -> RasterImage {
        var result = image
        for row in 0..<image.height {
            for column in 0..<image.width {
                let (fromRow, fromColumn) = place(row, column)
                result.pixels[row * image.width + column] = image.pixels[fromRow * image.width + fromColumn]
            }
        }
        return result
    }

    private static func step(_ left: UInt8, _ right: UInt8) -> RasterImage {
        RasterImage(height: 8, width: 8, channels: 1, pixels: (0..<64).map { $0 % 8 < 4 ? left : right })
    }

    @Test func aStepIsOneLineOnItsBrighterSide() {
        let lines = EdgeFilter.edges(of: Self.step(40, 200))
        #expect(lines.channels == 1 && lines.height == 8 && lines.width == 8)
        #expect(lines.pixels == (0..<64).map { $0 % 8 == 4 ? EdgeFilter.line : EdgeFilter.paper })
        let others = EdgeFilter.edges(of: Self.step(200, 40))
        #expect(others.pixels == (0..<64).map { $0 % 8 == 3 ? EdgeFilter.line : EdgeFilter.paper })
    }

    @Test func smallStepsAreNone() {
        #expect(EdgeFilter.edges(of: Self.step(100, 131)).pixels.allSatisfy { $0 == EdgeFilter.paper })
        #expect(EdgeFilter.edges(of: Self.step(100, 132)).pixels.count { $0 == EdgeFilter.line } == 8)
    }

    @Test func aSquareHasAnOutline() {
        let pixels = (0..<256).map { (4..<12).contains($0 / 16) && (4..<12).contains($0 % 16) ? UInt8(255) : 0 }
        let lines = EdgeFilter.edges(of: RasterImage(height: 16, width: 16, channels: 1, pixels: pixels))
        // The middle of each side, and nothing inside or far outside.
        for place in [4 * 16 + 8, 11 * 16 + 8, 8 * 16 + 4, 8 * 16 + 11] {
            #expect(lines.pixels[place] == 0, "\(place)")
        }
        for place in [0, 8 * 16 + 8, 6 * 16 + 6, 8 * 16 + 2, 8 * 16 + 3] {
            #expect(lines.pixels[place] == 255, "\(place)")
        }
    }

    /// Mirror and edges commute, so that a mirrored image has the drawing that would be made of it.
    @Test(arguments: 0..<8) func mirroredAndTurnedImagesHaveTheirOwnEdges(_ seed: Int) {
        let (image, last) = (Self.image(seed), Self.side - 1)
        let lines = EdgeFilter.edges(of: image)
        #expect(lines.pixels.contains(EdgeFilter.line) && lines.pixels.contains(EdgeFilter.paper))
        let places: [(Int, Int) -> (Int, Int)] = [
            { ($0, last - $1) }, { (last - $0, $1) }, { ($1, $0) }, { (last - $1, $0) },
        ]
        for place in places {
            #expect(EdgeFilter.edges(of: Self.moved(image, place)) == Self.moved(lines, place))
        }
    }

    @Test func coloursAreSeenInGrey() {
        let image = Self.image(3, channels: 3)
        #expect(EdgeFilter.edges(of: image) == EdgeFilter.edges(of: image.converted(toChannels: 1)))
    }

    @Test func anyFormHasEdges() {
        for (height, width) in [(1, 1), (1, 5), (3, 1), (5, 7)] {
            let pixels = (0..<height * width).map { UInt8($0 % 2 * 255) }
            let lines = EdgeFilter.edges(of: RasterImage(height: height, width: width, channels: 1, pixels: pixels))
            #expect(lines.height == height && lines.width == width)
        }
    }
}
