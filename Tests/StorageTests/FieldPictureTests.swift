import Storage
import Testing

@Suite struct FieldPictureTests {
    private func luminance(_ value: Float) -> Double {
        let (red, green, blue) = ColorMap.color(value)
        return 0.2126 * Double(red) + 0.7152 * Double(green) + 0.0722 * Double(blue)
    }

    @Test func coloursRiseInLightness() {
        let all = (0...20).map { luminance(Float($0) / 20) }
        for (darker, lighter) in zip(all, all.dropFirst()) { #expect(lighter > darker) }
        // The ends of viridis, as far as a polynomial goes.
        let (first, last) = (ColorMap.color(0), ColorMap.color(1))
        #expect(abs(Int(first.red) - 68) < 5 && first.green < 6 && abs(Int(first.blue) - 84) < 5)
        #expect(abs(Int(last.red) - 253) < 5 && abs(Int(last.green) - 231) < 5 && abs(Int(last.blue) - 37) < 5)
    }

    @Test func whatIsOutsideHasTheColourOfTheEnd() {
        #expect(ColorMap.color(-3) == ColorMap.color(0))
        #expect(ColorMap.color(.infinity) == ColorMap.color(1))
        #expect(ColorMap.color(.nan) == (128, 128, 128))
    }

    @Test func channelsStandSideBySide() {
        let picture = FieldPicture(height: 2, width: 3, channels: 2)
        // The first channel rises from pixel to pixel, the second is at its middle.
        let values: [Float] = (0..<12).map { (place: Int) -> Float in
            place % 2 == 0 ? Float(place / 2) / 5 * 2 - 1 : 0
        }
        let cells = picture.cells(values + values)
        #expect((picture.cellWidth, picture.cellBytes) == (6, 36))
        #expect(cells.count == 72)
        #expect(Array(cells[..<36]) == Array(cells[36...]))
        func color(_ row: Int, _ column: Int) -> [UInt8] {
            let start = (row * 6 + column) * 3
            return Array(cells[start..<start + 3])
        }
        for pixel in 0..<6 {
            let expected = ColorMap.color(Float(pixel) / 5)
            let found = color(pixel / 3, pixel % 3)
            let wanted: [UInt8] = [expected.red, expected.green, expected.blue]
            let distance = zip(found, wanted).map { abs(Int($0) - Int($1)) }.max() ?? 255
            #expect(distance <= 2)
            let middle = ColorMap.color(0.5)
            #expect(color(pixel / 3, 3 + pixel % 3) == [middle.red, middle.green, middle.blue])
        }
    }

    @Test func eightChannelsAreShown() {
        let picture = FieldPicture(height: 1, width: 2, channels: 20)
        #expect(picture.cellWidth == 16)
        let grid = picture.grid([Float](repeating: 0, count: 5 * 40), columns: 3)
        #expect((grid.width, grid.height) == (48, 2))
    }
}
