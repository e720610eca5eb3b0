import Training
import Kernels
import Recipes

/// Where the time of a mean step goes: every operation on every shape, and what lies outside of all operations.
///
/// `lines` and `outside` add up to `seconds`, and so do `kinds` and `outside`.
public struct StepProfile: Codable, Sendable {
    /// All calls of one operation, on one shape or on all.
    public struct Line: Codable, Sendable {
        public var operation: String
        /// nil for all shapes together.
        public var shape: String?
        /// In a mean step.
        public var calls = 0.0
        /// In a mean step.
        public var seconds = 0.0
        /// What each phase has of `seconds`: `gmain`, `greg`, `dmain`, `dreg`, `optimizer`.
        public var phases: [String: Double] = [:]
        /// Of the step's time, 0 to 1.
        public var share = 0.0
        /// Of the direct method; 0 where there are only a few operations to each element in memory.
        public var effectiveGflops = 0.0
        /// Operands read and results written, each once.
        public var gigabytesPerSecond = 0.0

        // Not part of what is written.
        private var arithmetic = 0.0
        private var bytes = 0.0

        enum CodingKeys: String, CodingKey {
            case operation, shape, calls, seconds, phases, share
            case effectiveGflops = "effective_gflops"
            case gigabytesPerSecond = "gigabytes_per_second"
        }

        fileprivate init(_ operation: String, shape: String? = nil) {
            self.operation = operation
            self.shape = shape
        }

        fileprivate mutating func add(_ seconds: Double, of part: String) {
            self.seconds += seconds
            phases[part, default: 0] += seconds
        }

        fileprivate mutating func add(_ line: OperationProfile.Line, of part: String, weight: Double) {
            add(line.seconds * weight, of: part)
            calls += Double(line.calls) * weight
            arithmetic += Double(line.arithmetic) * weight
            bytes += Double(line.bytes) * weight
        }

        fileprivate mutating func finish(of total: Double) {
            guard seconds > 0, total > 0 else { return }
            share = seconds / total
            effectiveGflops = arithmetic / seconds / 1e9
            gigabytesPerSecond = bytes / seconds / 1e9
        }
    }

    /// Of a mean step.
    public private(set) var seconds = 0.0
    /// By operation and shape; what takes longest comes first.
    public private(set) var lines: [Line]
    /// By operation; what takes longest comes first.
    public private(set) var kinds: [Line]
    /// The tape, memory, random numbers' bookkeeping: all that no operation of the kernels did.
    public private(set) var outside = Line("outside operations")

    /// The names in `Line.phases`, in their order.
    public private(set) var phases: [String]

    /// The mean of steps with every phase once.
    package init(_ steps: [OperationProfile.Log], _ schedule: PhaseSchedule) {
        struct Key: Hashable {
            let kind: OperationKind
            let shape: OperationShape?
        }
        phases = schedule.keys.map(\.description) + [StepPart.update(schedule).name(schedule)]
        var found: [Key: Line] = [:]
        for part in StepPart.all(schedule) {
            let name = part.name(schedule)
            let weight = part.weight(schedule) / Double(steps.count)
            guard weight > 0 else { continue }
            for step in steps {
                let whole = (step.seconds[part.number] ?? 0) * weight
                seconds += whole
                outside.add(whole, of: name)
                for line in step.lines where line.part == part.number {
                    for shape in [line.shape, nil] {
                        let key = Key(kind: line.kind, shape: shape)
                        found[key, default: Line(line.kind.rawValue, shape: shape?.description)]
                            .add(line, of: name, weight: weight)
                    }
                    outside.add(-line.seconds * weight, of: name)
                }
            }
        }
        let total = seconds
        let all = found.values.map { line in
            var line = line
            line.finish(of: total)
            return line
        }.sorted { ($0.seconds, $1.operation) > ($1.seconds, $0.operation) }
        lines = all.filter { $0.shape != nil }
        kinds = all.filter { $0.shape == nil }
        outside.finish(of: total)
    }
}
