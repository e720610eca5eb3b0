/// Shows where a run stands: one rewritten line on a terminal, one line for each tick elsewhere.
///
/// On a terminal steps between ticks are shown too, at most some times a second.
public struct ProgressLine: Sendable {
    private let console: Console
    private let secondsBetween: Double
    private var sinceShown: Stopwatch?

    /// - Parameters:
    ///   - console: Where to show it.
    ///   - secondsBetween: Least time between two rewritings that are no ticks.
    public init(console: Console = .standard, secondsBetween: Double = 0.5) {
        self.console = console
        self.secondsBetween = secondsBetween
    }

    /// Shows the progress of a tick.
    public mutating func tick(_ progress: Progress) {
        show(progress)
    }

    /// Shows the progress of a step, on a terminal only.
    public mutating func step(_ progress: @autoclosure () -> Progress) {
        guard console.isTerminal else { return }
        if let sinceShown, sinceShown.seconds < secondsBetween { return }
        show(progress())
    }

    /// Leaves the last line standing.
    public func end() {
        console.endProgress()
    }

    private mutating func show(_ progress: Progress) {
        console.progress(progress.line)
        sinceShown = Stopwatch()
    }
}
