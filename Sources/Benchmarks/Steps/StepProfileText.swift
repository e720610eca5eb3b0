import Reporting

/// A profile as people read it: what takes longest first, then by kind of operation.
public struct StepProfileText: Sendable {
    private let profile: StepProfile
    private let result: StepBenchmark.Result
    private let top: Int

    /// - Parameter top: operations and shapes that are listed.
    public init(_ profile: StepProfile, _ result: StepBenchmark.Result, top: Int) {
        self.profile = profile
        self.result = result
        self.top = top
    }

    public var text: String {
        """

        \(result.name), 1 × \(result.threads): a mean step, in which a phase counts as often as the schedule has it

        \(operations)

        By operation, ms in each phase's part of a mean step

        \(kinds)
        """
    }

    private var operations: String {
        var table = TableFormatter([
            .init("operation"), .init("shape"), .init("phases"), .init("calls", .right), .init("ms", .right),
            .init("share", .right), .init("GFLOP/s", .right), .init("GB/s", .right),
        ])
        func add(_ name: String, _ line: StepProfile.Line) {
            let phases = profile.phases.filter { line.phases[$0] != nil }.joined(separator: " ")
            table.add([
                name, line.shape ?? "", phases, line.calls > 0 ? NumberText.fixed(line.calls, 2) : "",
                ms(line.seconds), percent(line.share), rate(line.effectiveGflops), rate(line.gigabytesPerSecond),
            ])
        }
        for line in profile.lines.prefix(top) { add(line.operation, line) }
        table.addRule()
        let rest = profile.lines.dropFirst(top)
        if !rest.isEmpty {
            table.add([
                "\(rest.count) more", "", "", NumberText.fixed(rest.reduce(0) { $0 + $1.calls }, 2),
                ms(rest.reduce(0) { $0 + $1.seconds }), percent(rest.reduce(0) { $0 + $1.share }),
            ])
        }
        add(profile.outside.operation, profile.outside)
        table.add(["mean step", "", "", "", ms(profile.seconds), percent(1)])
        return table.text
    }

    private var kinds: String {
        var table = TableFormatter(
            [.init("operation")] + profile.phases.map { .init($0, .right) } + [
                .init("calls", .right), .init("ms", .right), .init("share", .right), .init("GFLOP/s", .right),
                .init("GB/s", .right),
            ])
        let lines = (profile.kinds + [profile.outside]).sorted { $0.seconds > $1.seconds }
        for line in lines {
            table.add(
                [line.operation] + profile.phases.map { line.phases[$0].map(ms) ?? "" } + [
                    line.calls > 0 ? NumberText.fixed(line.calls, 1) : "", ms(line.seconds), percent(line.share),
                    rate(line.effectiveGflops), rate(line.gigabytesPerSecond),
                ])
        }
        table.addRule()
        let sums = profile.phases.map { name in ms(lines.reduce(0) { $0 + ($1.phases[name] ?? 0) }) }
        table.add(["mean step"] + sums + ["", ms(profile.seconds), percent(1)])
        return table.text
    }

    private func ms(_ seconds: Double) -> String { NumberText.fixed(seconds * 1000, 3) }
    private func percent(_ share: Double) -> String { NumberText.fixed(share * 100, 1) + " %" }
    private func rate(_ value: Double) -> String { value > 0 ? NumberText.fixed(value, value < 9.95 ? 1 : 0) : "" }
}
