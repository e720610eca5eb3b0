import Failure
import Recipes

/// Points of an image whose attention is shown.
package enum QueryPoints {
    /// As many as there are colours.
    package static let most = 8
    package static let usual = 5

    /// Points in pixels, such as 12,20;5,31: row, column.
    ///
    /// - Throws: ``UsageError``.
    package static func points(in text: String) throws(UsageError) -> [(row: Int, column: Int)] {
        var points: [(row: Int, column: Int)] = []
        for part in text.split(separator: ";", omittingEmptySubsequences: false) {
            let numbers = part.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
            guard numbers.count == 2, let row = numbers[0], let column = numbers[1], row >= 0, column >= 0 else {
                throw UsageError("--points \(text): expected rows and columns of pixels, such as 12,20;5,31")
            }
            points.append((row, column))
        }
        guard points.count <= most else {
            throw UsageError("--points \(text): found \(points.count) points, expected at most \(most)")
        }
        return points
    }

    /// Positions spread over an image where its maps differ most: the first is the one whose map differs most from their
    /// mean, and each that follows the one with the largest product of distance in the image and difference of the maps,
    /// to whichever of those before it is nearest by that measure. Candidates are positions within the image, where padding
    /// has no part in them; of large grids some.
    package static func spread(_ maps: AttentionMaps, count: Int) -> [(row: Int, column: Int)] {
        let grid = maps.queryGrid
        let candidates = places(grid.height).flatMap { row in places(grid.width).map { (row: row, column: $0) } }
        let rows = candidates.map { maps.map(row: $0.row, column: $0.column) }
        let mean = (0..<rows[0].count).map { key in rows.reduce(0) { $0 + $1[key] } / Float(rows.count) }
        var chosen: [Int] = []
        var nearest = rows.map { difference($0, mean) }
        for _ in 0..<min(count, candidates.count) {
            let free = candidates.indices.filter { !chosen.contains($0) }
            guard let next = free.max(by: { nearest[$0] < nearest[$1] }) else { break }
            for place in candidates.indices {
                let (y, x) = (
                    Float(candidates[place].row - candidates[next].row),
                    Float(candidates[place].column - candidates[next].column)
                )
                // Where all maps are the same, distance alone decides.
                let away = (y * y + x * x).squareRoot() * (difference(rows[place], rows[next]) + 1e-3)
                nearest[place] = chosen.isEmpty ? away : min(nearest[place], away)
            }
            chosen.append(next)
        }
        return chosen.map { candidates[$0] }
    }

    /// At most sixteen along an axis, none in the outermost eighths.
    private static func places(_ count: Int) -> [Int] {
        let (edge, step) = (count / 8, (count + 15) / 16)
        return Array(stride(from: edge + step / 2, to: count - edge, by: step))
    }

    private static func difference(_ a: [Float], _ b: [Float]) -> Float {
        zip(a, b).reduce(0) { $0 + abs($1.0 - $1.1) }
    }
}
