/// A curve of any number of points, of which so many stay that they can be seen: neighbours become their mean.
public struct ThinnedSeries: Sendable, Equatable {
    public struct Point: Sendable, Equatable {
        public var x: Double
        public var y: Double

        public init(x: Double, y: Double) { (self.x, self.y) = (x, y) }
    }

    /// More than this become half as many.
    package static let most = 400

    public private(set) var points: [Point] = []
    /// The last value as it was given.
    public private(set) var last: Point?
    /// Values that are one point.
    private var merged = 1
    private var open: (x: Double, y: Double, count: Int) = (0, 0, 0)

    public init() {}

    public mutating func add(x: Double, y: Double) {
        guard x.isFinite, y.isFinite else { return }
        last = Point(x: x, y: y)
        open = (open.x + x, open.y + y, open.count + 1)
        guard open.count == merged else { return }
        points.append(Point(x: open.x / Double(merged), y: open.y / Double(merged)))
        open = (0, 0, 0)
        guard points.count > Self.most, points.count % 2 == 0 else { return }
        points = stride(from: 0, to: points.count, by: 2).map { place in
            let (a, b) = (points[place], points[place + 1])
            return Point(x: a.x / 2 + b.x / 2, y: a.y / 2 + b.y / 2)
        }
        merged *= 2
    }

    /// What a chart shows: the points, and the last value where it is in none of them yet.
    package var shown: [Point] {
        guard let last, let end = points.last, last.x > end.x else {
            return points.isEmpty ? last.map { [$0] } ?? [] : points
        }
        return points + [last]
    }

    public static func == (one: ThinnedSeries, other: ThinnedSeries) -> Bool {
        one.points == other.points && one.last == other.last
    }
}
