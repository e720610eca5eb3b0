import Foundation

/// Reports of benches as JSON.
public enum BenchJSON {
    /// An object with one key.
    public static func text(_ key: String, _ report: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        return String(decoding: try encoder.encode([key: report]), as: UTF8.self)
    }
}

/// Half the spread of the middle half of the repetitions, in per cent.
func spreadText(_ spread: Double) -> String { String(format: "%.1f %%", spread * 100) }
