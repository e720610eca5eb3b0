import Foundation
import Storage

/// Draws a chart's parts into an image: two pixels to a point.
struct ChartCanvas {
    typealias Point = (x: Double, y: Double)
    typealias Color = (red: Double, green: Double, blue: Double)

    static let scale = 2.0
    /// Of the curves, in their order; the same as in SVG.
    static let colors: [Color] = [(0, 114, 178), (213, 94, 0)]
    static let ink: Color = (51, 51, 51)
    static let grid: Color = (221, 221, 221)

    private(set) var image: RasterImage

    /// - Parameters:
    ///   - width: in points, as all that follows.
    init(width: Double, height: Double) {
        image = RasterImage(
            height: Int(height * Self.scale), width: Int(width * Self.scale), channels: 3, filledWith: 255)
    }

    private mutating func blend(_ x: Int, _ y: Int, _ color: Color, _ share: Double) {
        guard x >= 0, y >= 0, x < image.width, y < image.height, share > 0 else { return }
        let first = (y * image.width + x) * 3
        for (channel, value) in [color.red, color.green, color.blue].enumerated() {
            let old = Double(image.pixels[first + channel])
            image.pixels[first + channel] = UInt8(max(0, min(255, (old + (value - old) * min(1, share)).rounded())))
        }
    }

    /// A polygon, by the even-odd rule, at the middle of each pixel's row.
    mutating func fill(_ points: [Point], _ color: Color, opacity: Double) {
        let all = points.map { ($0.x * Self.scale, $0.y * Self.scale) }
        guard all.count > 2, let top = all.map(\.1).min(), let bottom = all.map(\.1).max() else { return }
        for y in max(0, Int(top))...max(0, min(image.height - 1, Int(bottom))) {
            let middle = Double(y) + 0.5
            var crossings: [Double] = []
            for (a, b) in zip(all, all.dropFirst() + all.prefix(1)) where (a.1 <= middle) != (b.1 <= middle) {
                crossings.append(a.0 + (middle - a.1) / (b.1 - a.1) * (b.0 - a.0))
            }
            crossings.sort()
            for pair in stride(from: 0, to: crossings.count - 1, by: 2) {
                let (left, right) = (Int(crossings[pair].rounded()), Int(crossings[pair + 1].rounded()))
                for x in left..<max(left, right) { blend(x, y, color, opacity) }
            }
        }
    }

    /// Lines from point to point.
    mutating func line(_ points: [Point], _ color: Color, width: Double) {
        let half = width * Self.scale / 2
        for (from, to) in zip(points, points.dropFirst()) {
            let (a, b) = ((from.x * Self.scale, from.y * Self.scale), (to.x * Self.scale, to.y * Self.scale))
            let (dx, dy) = (b.0 - a.0, b.1 - a.1)
            let length = dx * dx + dy * dy
            let rows = Int(min(a.1, b.1) - half - 1)...Int(max(a.1, b.1) + half + 1)
            let columns = Int(min(a.0, b.0) - half - 1)...Int(max(a.0, b.0) + half + 1)
            for y in rows {
                for x in columns {
                    let (px, py) = (Double(x) + 0.5 - a.0, Double(y) + 0.5 - a.1)
                    let t = length > 0 ? max(0, min(1, (px * dx + py * dy) / length)) : 0
                    let distance = ((px - t * dx) * (px - t * dx) + (py - t * dy) * (py - t * dy)).squareRoot()
                    blend(x, y, color, half + 0.5 - distance)
                }
            }
        }
    }

    enum Anchor { case start, middle, end }

    /// A text in ``SmallLetters``, whose foot is at `y`; what is longer than the canvas is cut.
    mutating func text(_ text: String, _ x: Double, _ y: Double, _ anchor: Anchor) {
        let letters = Array(text.replacing("²", with: "^2"))
        let advance = SmallLetters.width + 1
        let (size, dot) = (letters.count * advance * 2, 2)
        let left = Int(x * Self.scale) - (anchor == .end ? size : anchor == .middle ? size / 2 : 0)
        let top = Int(y * Self.scale) - 7 * dot
        for (place, letter) in letters.enumerated() {
            for (column, bits) in SmallLetters.columns(letter).enumerated() {
                for row in 0..<SmallLetters.height where bits >> UInt8(row) & 1 == 1 {
                    for dy in 0..<dot {
                        for dx in 0..<dot {
                            blend(left + (place * advance + column) * dot + dx, top + row * dot + dy, Self.ink, 1)
                        }
                    }
                }
            }
        }
    }
}

extension BandChart {
    /// Charts in rows and columns as an image, on white.
    public static func picture(_ charts: [BandChart], columns: Int) -> RasterImage {
        let columns = max(1, min(columns, charts.count))
        let rows = (charts.count + columns - 1) / columns
        let (w, h) = (Int(width * ChartCanvas.scale), Int(height * ChartCanvas.scale))
        var whole = RasterImage(height: rows * h, width: columns * w, channels: 3, filledWith: 255)
        for (k, chart) in charts.enumerated() {
            whole.paste(chart.canvas.image, top: k / columns * h, left: k % columns * w)
        }
        return whole
    }

    private var canvas: ChartCanvas {
        var canvas = ChartCanvas(width: Self.width, height: Self.height)
        let (plot, layout) = (Self.plot, layout)
        for tick in layout.yTicks {
            canvas.line([(plot.left, tick.place), (plot.right, tick.place)], ChartCanvas.grid, width: 0.5)
            canvas.text(tick.text, plot.left - 6, tick.place + 4, .end)
        }
        for tick in layout.xTicks { canvas.text(tick.text, tick.place, plot.bottom + 17, .middle) }
        canvas.text(title, plot.left, 16, .start)
        canvas.text(yLabel, plot.right, 16, .end)
        canvas.text(xLabel, plot.right, plot.bottom + 33, .end)
        for (k, shape) in layout.shapes.enumerated() {
            canvas.fill(shape.band, ChartCanvas.colors[k % ChartCanvas.colors.count], opacity: 0.18)
        }
        for (k, shape) in layout.shapes.enumerated() {
            let color = ChartCanvas.colors[k % ChartCanvas.colors.count]
            canvas.line(shape.line, color, width: 1.8)
            let (x, y) = (plot.left + Double(k) * 150, plot.bottom + 50)
            canvas.line([(x, y), (x + 18, y)], color, width: 1.8)
            canvas.text(shape.name, x + 24, y + 4, .start)
        }
        return canvas
    }
}
