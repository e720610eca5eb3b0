/// Tells the peak of memory of a step before it is tried, from those of smaller ones.
public struct MemoryForecast: Sendable {
    private var seen: [(pixels: Int, peak: Double)] = []

    public init() {}

    public mutating func add(_ load: StepBenchmark.Load, peak: Double) {
        seen.append((Self.pixels(load), peak))
    }

    /// At most so much; nil as long as nothing is known.
    ///
    /// Activations grow with the pixels of a microbatch, everything else more slowly.
    public func peak(of load: StepBenchmark.Load) -> Double? {
        let pixels = Self.pixels(load)
        return seen.map { $0.peak * max(1, Double(pixels) / Double($0.pixels)) }.min()
    }

    private static func pixels(_ load: StepBenchmark.Load) -> Int {
        load.microbatch * load.name.resolution * load.name.resolution
    }
}
