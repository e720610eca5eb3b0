import Recipes
import Reporting
import Storage

/// The pictures of one image.
package enum AttentionRow {
    /// The image with its points, and for each point the image with what it attends to.
    ///
    /// - Parameters:
    ///   - points: in pixels of the image.
    ///   - factor: a pixel of the image becomes so many in a row and in a column.
    package static func pictures(
        _ image: RasterImage, _ maps: AttentionMaps, points: [(row: Int, column: Int)], factor: Int
    ) -> [RasterImage] {
        let side = image.height * factor
        let large = RasterImage(
            height: side, width: side, channels: 3,
            pixels: NearestUpscale.up(
                image.converted(toChannels: 3).pixels, count: 1, height: image.height, width: image.width, channels: 3,
                factor: factor))
        func mark(_ picture: inout RasterImage, _ number: Int) {
            let point = points[number]
            AttentionPicture.mark(
                &picture, row: point.row * factor + factor / 2, column: point.column * factor + factor / 2,
                color: AttentionPicture.colors[number])
        }
        var marked = large
        for number in points.indices { mark(&marked, number) }
        let keys = maps.keyGrid
        let attended = points.enumerated().map { number, point in
            var picture = AttentionPicture.overlay(
                large, map: map(maps, at: point, side: image.height), height: keys.height, width: keys.width,
                color: AttentionPicture.colors[number])
            mark(&picture, number)
            return picture
        }
        return [marked] + attended
    }

    /// The points as `--points` takes them, and how decided each is: the largest value of its map over their mean.
    static func text(_ maps: AttentionMaps, points: [(row: Int, column: Int)], side: Int) -> String {
        let peaks = points.map { point -> String in
            let map = map(maps, at: point, side: side)
            return NumberText.short(Double((map.max() ?? 0) * Float(map.count)))
        }
        return "points '\(points.map { "\($0.row),\($0.column)" }.joined(separator: ";"))', largest over mean "
            + peaks.joined(separator: " ")
    }

    /// Of the position of the feature map that a pixel of the image lies in.
    private static func map(_ maps: AttentionMaps, at point: (row: Int, column: Int), side: Int) -> [Float] {
        let queries = maps.queryGrid
        return maps.map(row: point.row * queries.height / side, column: point.column * queries.width / side)
    }
}
