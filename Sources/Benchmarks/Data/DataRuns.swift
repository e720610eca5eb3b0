import Foundation
import Storage

extension DataBenchmark {
    /// Measures a dataset; without one, coloured shapes of that side, drawn for it.
    public static func measure(
        _ folder: String?, resolution: Int?, batch: Int, images: Int, seconds: Double
    ) throws -> Report {
        func measure(_ folder: String) throws -> Report {
            try DataBenchmark(try Dataset(folder), batch: batch, images: images, seconds: seconds).run()
        }
        if let folder { return try measure(folder) }
        let synthesizer = try DatasetSynthesizer(seed: 0, resolution: resolution ?? 64, channels: 3)
        let drawn = NSTemporaryDirectory() + "ganglion-bench-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: drawn) }
        _ = try synthesizer.run(to: drawn, count: images)
        return try measure(drawn)
    }
}
