import Foundation
import Storage

/// The numbers of a `stats.jsonl` or a `metrics.jsonl` by name, over thousands of images shown.
public struct RunCurves: Sendable {
    /// More names than this are left out.
    package static let mostNames = 1000

    /// In the order in which they first came.
    public private(set) var names: [String] = []
    public private(set) var series: [String: ThinnedSeries] = [:]
    /// Lines that were read.
    public private(set) var lines = 0
    /// What was left out, in sentences.
    public private(set) var problems: [String] = []
    /// The file was there.
    public private(set) var isThere = false

    public init() {}

    /// Reads a file; what of it cannot be read becomes a problem.
    public init(file path: String) {
        guard FileManager.default.fileExists(atPath: path) else { return }
        isThere = true
        var damaged = 0
        var hasTooMany = false
        do {
            let long = try LineFile.read(path) { line in
                guard !line.isEmpty else { return }
                guard let fields = NumberLine.numbers(line), let images = fields["images"] else { return damaged += 1 }
                lines += 1
                for name in fields.keys.sorted() where name != "images" && name != "step" {
                    guard let value = fields[name] else { continue }
                    if series[name] == nil {
                        guard names.count < Self.mostNames else {
                            hasTooMany = true
                            continue
                        }
                        names.append(name)
                    }
                    series[name, default: ThinnedSeries()].add(x: images / 1000, y: value)
                }
            }
            damaged += long
        } catch {
            problems.append("\(error)")
        }
        if damaged > 0 { problems.append("\(path): \(damaged) damaged line\(damaged == 1 ? " is" : "s are") left out") }
        if hasTooMany { problems.append("\(path): holds more than \(Self.mostNames) names; the rest is left out") }
        names.sort()
    }

    public subscript(_ name: String) -> ThinnedSeries? { series[name] }

    /// Over how many thousands of images it goes.
    var end: Double { series.values.compactMap { $0.last?.x }.max() ?? 0 }
}
