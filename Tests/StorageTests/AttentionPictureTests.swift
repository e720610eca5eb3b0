import Storage
import Testing

@Suite struct AttentionPictureTests {
    private let red = AttentionPicture.colors[0]

    private func pixel(_ image: RasterImage, _ row: Int, _ column: Int) -> [UInt8] {
        let start = (row * image.width + column) * 3
        return Array(image.pixels[start..<start + 3])
    }

    @Test func whereNobodyLooksItIsDark() {
        let image = RasterImage(height: 4, width: 4, channels: 3, filledWith: 100)
        // All attention on the upper left of four keys.
        let shown = AttentionPicture.overlay(image, map: [0.5, 0, 0, 0], height: 2, width: 2, color: [200, 0, 100])
        // 0.35 · 100, and 0.65 · half of (100 + colour) beside it.
        #expect(pixel(shown, 0, 0) == [133, 68, 100])
        #expect(pixel(shown, 3, 3) == [35, 35, 35])
        // Between the middles of two keys, a quarter and three quarters of the way.
        #expect(pixel(shown, 0, 1) == [UInt8((35 + 0.75 * 97.5).rounded()), UInt8((35 + 0.75 * 32.5).rounded()), 84])
        #expect(pixel(shown, 0, 2) == [UInt8((35 + 0.25 * 97.5).rounded()), 43, 51])
        #expect(pixel(shown, 0, 3) == [35, 35, 35])
        // The share of the largest counts, not the number itself.
        #expect(
            AttentionPicture.overlay(image, map: [1e-6, 0, 0, 0], height: 2, width: 2, color: [200, 0, 100]) == shown)
    }

    @Test func attentionThatIsEverywhereTheSame() {
        let image = RasterImage(height: 8, width: 8, channels: 3, filledWith: 80)
        for map in [[Float](repeating: 0.25, count: 4), [1]] {
            let side = map.count == 4 ? 2 : 1
            let shown = AttentionPicture.overlay(image, map: map, height: side, width: side, color: [80, 80, 80])
            #expect(Set(shown.pixels) == [80])
        }
        let none = AttentionPicture.overlay(image, map: [0], height: 1, width: 1, color: [80, 80, 80])
        #expect(Set(none.pixels) == [28])
    }

    @Test func marksHaveAnEdge() {
        for place in [0, 5, 9] {
            var image = RasterImage(height: 10, width: 10, channels: 3, filledWith: 255)
            AttentionPicture.mark(&image, row: place, column: place, color: red)
            #expect(pixel(image, place, place) == red)
            let neighbour = place == 9 ? 8 : place + 1
            #expect(pixel(image, neighbour, place) == [0, 0, 0])
            #expect(image.pixels.count { $0 == 255 } / 3 == 100 - (place == 5 ? 9 : 4))
        }
        var large = RasterImage(height: 120, width: 120, channels: 3, filledWith: 255)
        AttentionPicture.mark(&large, row: 60, column: 60, color: red)
        #expect(
            pixel(large, 62, 58) == red && pixel(large, 63, 60) == [0, 0, 0] && pixel(large, 64, 60) == [255, 255, 255])
    }

    @Test func sheetsHaveWhiteBetween() {
        let grey = RasterImage(height: 3, width: 3, channels: 3, filledWith: 90)
        let sheet = AttentionPicture.sheet([[grey, grey], [grey]])
        #expect(sheet.height == 8 && sheet.width == 8)
        #expect(pixel(sheet, 0, 3) == [255, 255, 255] && pixel(sheet, 0, 5) == [90, 90, 90])
        #expect(pixel(sheet, 7, 7) == [255, 255, 255] && pixel(sheet, 5, 0) == [90, 90, 90])
    }
}
