/// Under which tags the numbers of `stats.jsonl` and `metrics.jsonl` stand in event files: with a group before a slash,
/// by which TensorBoard orders its curves.
public enum EventTags {
    /// The step of an event is the images shown.
    private static let left: Set<String> = ["images", "step"]
    private static let groups = [
        "images_per_second": "speed", "kimg": "progress", "resolution": "progress", "fade": "progress",
        "lod": "progress", "batch": "progress", "memory_bytes": "memory", "memory_peak_bytes": "memory",
        "communication_bytes": "communication", "r1_penalty": "regularization", "path_length": "regularization",
        "path_length_mean": "regularization",
    ]

    /// The numbers of a line of `stats.jsonl`.
    public static func values(stats fields: [JSONField]) -> [EventValue] {
        values(fields) { name in
            guard !name.contains("/") else { return name }
            return "\(groups[name] ?? "other")/\(name)"
        }
    }

    /// The numbers of a line of `metrics.jsonl`.
    public static func values(metrics fields: [JSONField]) -> [EventValue] { values(fields) { "metrics/\($0)" } }

    private static func values(_ fields: [JSONField], tag: (String) -> String) -> [EventValue] {
        fields.filter { !left.contains($0.key) }.compactMap { field in
            switch field.value {
            case .integer(let value): .scalar(tag(field.key), Double(value))
            case .number(let value): .scalar(tag(field.key), value)
            default: nil
            }
        }
    }
}
