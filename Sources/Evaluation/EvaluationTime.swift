/// Seconds that an evaluation took on this rank, by what they went to.
public final class EvaluationTime {
    /// To making images.
    public private(set) var generation = 0.0
    /// To features of images.
    public private(set) var features = 0.0

    public init() {}

    func generation<Value>(_ body: () throws -> Value) rethrows -> Value {
        let start = ContinuousClock.now
        defer { generation += Self.seconds(since: start) }
        return try body()
    }

    func features<Value>(_ body: () throws -> Value) rethrows -> Value {
        let start = ContinuousClock.now
        defer { features += Self.seconds(since: start) }
        return try body()
    }

    private static func seconds(since start: ContinuousClock.Instant) -> Double {
        let parts = (ContinuousClock.now - start).components
        return Double(parts.seconds) + Double(parts.attoseconds) * 1e-18
    }
}

extension ImageSource {
    /// The same set, whose making counts as generation.
    public func timed(_ time: EvaluationTime) -> ImageSource {
        let paths = paths.map { paths in
            LatentPaths(count: paths.count, space: paths.space) { numbers, step in
                try time.generation { try paths.images(numbers, step: step) }
            }
        }
        return copy(paths: paths) { numbers in try time.generation { try images(numbers) } }
    }
}
