import Autodiff
import Layers
import Recipes
import Session
import Storage
import TestSupport
import Testing

/// Pictures of attention that is known.
@Suite struct AttentionRowTests {
    /// On 4×4 positions: those of the upper half look at the first of four keys, those of the lower half at the last; the
    /// last column looks at all alike.
    private let maps: AttentionMaps = {
        let queries = (0..<16).map { place -> Float in place % 4 == 3 ? 0 : place < 8 ? 50 : -50 }
        return AttentionMaps(
            AttentionProjections(
                queries: Tensor(queries, shape: [1, 16, 1]), keys: Tensor([1, 0, 0, -1], shape: [1, 4, 1]),
                queryGrid: (4, 4), keyGrid: (2, 2)), image: 0)
    }()

    @Test func picturesShowWhatPointsLookAt() {
        let image = RasterImage(height: 8, width: 8, channels: 1, filledWith: 100)
        // In pixels of the image: positions (0, 0), (3, 1) and (0, 3) of the feature map.
        let points = [(row: 1, column: 1), (row: 6, column: 2), (row: 0, column: 7)]
        let pictures = AttentionRow.pictures(image, maps, points: points, factor: 10)
        #expect(pictures.count == 4 && pictures.allSatisfy { $0.height == 80 && $0.width == 80 && $0.channels == 3 })
        func pixel(_ picture: Int, _ row: Int, _ column: Int) -> [UInt8] {
            let start = (row * 80 + column) * 3
            return Array(pictures[picture].pixels[start..<start + 3])
        }
        for (number, point) in points.enumerated() {
            let color = AttentionPicture.colors[number]
            for picture in [0, number + 1] {
                #expect(pixel(picture, point.row * 10 + 5, point.column * 10 + 5) == color)
            }
            let lit = color.map { UInt8((35 + 0.325 * (100 + Float($0))).rounded()) }
            let dark: [UInt8] = [35, 35, 35]
            // Corners of the picture, which are within the first and the last key.
            let corners = [pixel(number + 1, 0, 0), pixel(number + 1, 79, 79)]
            #expect(corners == [[lit, dark], [dark, lit], [lit, lit]][number], "point \(number)")
        }
        #expect(pixel(0, 40, 40) == [100, 100, 100])
        #expect(pixel(1, 65, 25) == [35, 35, 35], "other points are on the first picture only")
    }

    @Test func pointsAreWhereMapsDiffer() {
        let points = QueryPoints.spread(maps, count: 3)
        #expect(points.count == 3)
        // One of each kind.
        let kinds = points.map { point in maps.map(row: point.row, column: point.column).map { ($0 * 100).rounded() } }
        #expect(Set(kinds) == [[100, 0, 0, 0], [0, 0, 0, 100], [25, 25, 25, 25]])
        #expect(QueryPoints.spread(maps, count: 3).map(\.row) == points.map(\.row), "always the same")
    }

    /// Distance decides where all maps are the same, and no point comes twice.
    @Test func pointsOfMapsThatAreAllTheSame() {
        let flat = AttentionMaps(
            AttentionProjections(
                queries: Tensor(repeating: 0, shape: [1, 40 * 40, 1]), keys: Tensor(repeating: 1, shape: [1, 4, 1]),
                queryGrid: (40, 40), keyGrid: (2, 2)), image: 0)
        let points = QueryPoints.spread(flat, count: 8)
        #expect(Set(points.map { $0.row * 40 + $0.column }).count == 8)
        #expect(points.allSatisfy { (0..<40).contains($0.row) && (0..<40).contains($0.column) })
        let rows = points.map(\.row).sorted()
        #expect((rows.last ?? 0) - (rows.first ?? 0) > 20)
    }
}
