/// Counts of outcomes, kind by kind.
public struct FuzzTable: Sendable {
    private var counts: [FuzzKind: [Verdict: Int]] = [:]

    public init() {}

    public mutating func add(_ outcome: FuzzRunner.Outcome) {
        counts[outcome.kind, default: [:]][outcome.verdict, default: 0] += 1
    }

    public func count(_ verdict: Verdict, of kind: FuzzKind) -> Int { counts[kind]?[verdict] ?? 0 }

    public var cases: Int { counts.values.reduce(0) { $0 + $1.values.reduce(0, +) } }

    public var failures: Int {
        counts.values.reduce(0) { $0 + $1.reduce(0) { $1.key.isFailure ? $0 + $1.value : $0 } }
    }

    public var text: String {
        let titles = ["kind", "cases"] + Verdict.allCases.map(\.rawValue)
        var rows = FuzzKind.allCases.filter { counts[$0] != nil }.map { kind in
            let row = Verdict.allCases.map { count($0, of: kind) }
            return [kind.rawValue, "\(row.reduce(0, +))"] + row.map { "\($0)" }
        }
        let sums = Verdict.allCases.map { verdict in counts.values.reduce(0) { $0 + ($1[verdict] ?? 0) } }
        rows.append(["all", "\(cases)"] + sums.map { "\($0)" })
        let widths = titles.indices.map { column in ([titles] + rows).map { $0[column].count }.max() ?? 0 }
        return ([titles] + rows).map { row in
            row.enumerated().map { column, cell in
                let space = String(repeating: " ", count: widths[column] - cell.count)
                return column == 0 ? cell + space : space + cell
            }.joined(separator: "  ")
        }.joined(separator: "\n")
    }
}
