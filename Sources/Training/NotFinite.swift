import Failure
import Recipes
import Reporting

/// Something of a step that should be a number and is not: ∞ or NaN.
public struct NotFinite: ExitCoded, Equatable, Sendable, CustomStringConvertible {
    /// Nil for what belongs to none: averages, images.
    public let phase: PhaseKey?
    /// Steps taken before the one it belongs to.
    public let step: Int
    /// Real images shown before that step.
    public let imagesShown: Int
    /// What it is, by its name in `stats.jsonl` or in a checkpoint, and what it holds.
    public let found: String
    public let exitCode: Int32 = ExitCode.internalError

    package init(phase: PhaseKey? = nil, step: Int, imagesShown: Int, found: String) {
        self.phase = phase
        self.step = step
        self.imagesShown = imagesShown
        self.found = found
    }

    public var description: String {
        "step \(step)\(phase.map { ", phase \($0)" } ?? ""), after \(NumberText.grouped(imagesShown)) images: "
            + "not finite: \(found)"
    }
}

/// Training that is no longer numbers has ended; the message says where, and how to go on. Thrown by all ranks alike.
public struct TrainingFault: ExitCoded, Equatable, CustomStringConvertible {
    public let description: String
    public let exitCode: Int32 = ExitCode.internalError
}

extension TrainingFault {
    /// - Parameter fault: of a step that was only tried.
    public init(trying fault: NotFinite) {
        description = "a step that was tried is no longer numbers. \(fault). A run needs \(FaultAdvice.rates)"
    }
}
