import Evaluation
import Failure
import Reporting

/// What `ganglion evaluate` found, as a table and as JSON; nothing in it depends on ranks and threads.
public struct EvaluationReport {
    let checkpoint: String
    let data: String
    let seed: UInt32
    let sets: EvaluatedSets
    let notes: [String]
    /// Of generated images from real ones, and of real ones from real ones.
    var swd: (generated: SlicedWassersteinResult, real: SlicedWassersteinResult)?
    /// Of generated pairs, and of real ones.
    var msssim: (generated: Double, real: Double)?

    /// A table, below what the user should know.
    public var text: String {
        var table = TableFormatter([
            .init("metric"), .init("generated", .right), .init("images", .right), .init("real", .right),
            .init("images", .right),
        ])
        func add(_ name: String, _ generated: Double, _ real: Double, of realCount: Int, decimals: Int) {
            table.add([
                name, NumberText.fixed(generated, decimals), "\(sets.count)", NumberText.fixed(real, decimals),
                "\(realCount)",
            ])
        }
        if let swd {
            for (generated, real) in zip(swd.generated.levels, swd.real.levels) {
                add("SWD ×10³, \(generated.side)", generated.distance, real.distance, of: sets.halfCount, decimals: 3)
            }
            add("SWD ×10³, average", swd.generated.average, swd.real.average, of: sets.halfCount, decimals: 3)
        }
        if let msssim { add("MS-SSIM", msssim.generated, msssim.real, of: sets.count, decimals: 4) }
        let size = "\(sets.resolution)×\(sets.resolution)×\(sets.channels)"
        let title = ["\(checkpoint) and \(data), images of \(size), seed \(seed)"]
        return ((title + notes).map { $0.visible() } + ["", table.text]).joined(separator: "\n")
    }

    /// One object, under the key `evaluate`.
    public var json: String {
        var fields: [JSONField] = [
            .init("checkpoint", checkpoint), .init("data", data), .init("seed", Int(seed)),
            .init("resolution", sets.resolution), .init("channels", sets.channels), .init("images", sets.count),
        ]
        if let swd {
            fields.append(
                .init(
                    "swd",
                    .object([
                        .init("generated", Self.value(swd.generated)), .init("real", Self.value(swd.real)),
                        .init("real_images", sets.halfCount),
                    ])))
        }
        if let msssim {
            fields.append(
                .init(
                    "msssim",
                    .object([
                        .init("generated", msssim.generated), .init("real", msssim.real),
                        .init("pairs", sets.count / 2),
                    ])))
        }
        fields.append(.init("notes", .list(notes.map { .text($0) })))
        return JSONValue.object([.init("evaluate", .object(fields))]).json
    }

    private static func value(_ result: SlicedWassersteinResult) -> JSONValue {
        .object(result.levels.map { .init("\($0.side)", $0.distance) } + [.init("average", result.average)])
    }
}
