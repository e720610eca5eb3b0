import Configuration

/// The four phases of a step, in their order.
public enum Phase: Int, CaseIterable, Sendable, Codable {
    case generatorMain, generatorRegularization, discriminatorMain, discriminatorRegularization

    /// Whether it is the generator that learns, else the discriminator.
    public var isGenerators: Bool { self == .generatorMain || self == .generatorRegularization }

    /// As in `stats.jsonl` and the bench.
    public var name: String {
        switch self {
        case .generatorMain: "gmain"
        case .generatorRegularization: "greg"
        case .discriminatorMain: "dmain"
        case .discriminatorRegularization: "dreg"
        }
    }
}

/// Lazy regularisation: which phases a step has.
public struct PhaseSchedule: Sendable, Equatable {
    /// Steps between path length phases; nil for none.
    public var pathLengthInterval: Int?
    /// Steps between R1 phases; nil for none.
    public var r1Interval: Int?

    public init(_ configuration: ResolvedConfiguration) {
        let loss = configuration.loss
        let hasStyles = configuration.model.family == .stylegan2
        pathLengthInterval = hasStyles && loss.plWeight > 0 ? loss.plInterval : nil
        r1Interval = loss.kind == .logistic && configuration.r1Gamma > 0 ? loss.r1Interval : nil
    }

    public func phases(ofStep step: Int) -> [Phase] {
        Phase.allCases.filter { phase in
            switch phase {
            case .generatorMain, .discriminatorMain: true
            case .generatorRegularization: pathLengthInterval.map { step % $0 == 0 } ?? false
            case .discriminatorRegularization: r1Interval.map { step % $0 == 0 } ?? false
            }
        }
    }
}
