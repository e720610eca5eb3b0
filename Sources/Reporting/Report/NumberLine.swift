import Foundation
import Storage

/// A line of `stats.jsonl` or `metrics.jsonl`, as whoever reads it later finds it.
enum NumberLine {
    /// The finite numbers by name; nil for what is no such line.
    static func numbers(_ line: [UInt8]) -> [String: Double]? {
        guard (try? CheckedJSON.check(line)) != nil,
            let object = try? JSONSerialization.jsonObject(with: Data(line)) as? [String: Any]
        else { return nil }
        return object.compactMapValues { value in
            guard let number = value as? NSNumber else { return nil }
            let double = number.doubleValue
            return double.isFinite && abs(double) < 1e300 ? double : nil
        }
    }
}
