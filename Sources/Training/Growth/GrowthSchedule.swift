import Configuration
import Models

/// When which resolution trains and fades in: a pure function of the images shown (arXiv 1710.10196, section 2; the
/// training schedule of its release).
///
/// Growing is a list of transition starts, in images shown. At the start itself the old resolution still shows alone;
/// after it the new one fades in, over the images of a transition. Where images are the trigger the list is computed;
/// where plateaus are, it is what rank 0 has decided so far, and what comes next comes at the latest after
/// `growing.training_kimg`. All is counted in whole images, so that boundaries are exact.
public struct GrowthSchedule: Sendable, Equatable {
    private let resolutions: [Int]
    private let trigger: GrowthTrigger
    private let trainingImages: Int
    private let transitionImages: Int

    public init(_ configuration: ResolvedConfiguration) {
        resolutions = configuration.stages.map(\.resolution)
        trigger = configuration.growing.trigger
        trainingImages = configuration.growing.trainingImages
        transitionImages = configuration.growing.transitionImages
    }

    /// How far the networks have grown in a step that starts after `imagesShown`.
    ///
    /// - Parameter transitions: the starts that were decided, from the first on; only read where plateaus are the
    ///   trigger.
    public func level(imagesShown: Int, transitions: [Int]) -> GrowthLevel {
        let begun = starts(transitions).filter { hasBegun($0, at: imagesShown) }
        let resolution = resolutions[begun.count]
        guard let latest = begun.last, imagesShown < latest + transitionImages else {
            return GrowthLevel(resolution: resolution)
        }
        let old = Float(Double(latest + transitionImages - imagesShown) / Double(transitionImages))
        // A long transition's first share rounds to 1, at which the new resolution would not take part.
        return GrowthLevel(resolution: resolution, fade: min(old, Float(1).nextDown))
    }

    /// Whether the step from `from` to `to` images shown crosses the end of a resolution's training or of a fade.
    public func endsPhase(from: Int, to: Int, transitions: [Int]) -> Bool {
        starts(transitions).contains { start in
            [start, start + transitionImages].contains { from < $0 && $0 <= to }
        }
    }

    /// The decided starts, with a further transition at `start`; nil where none can start: the networks are, or will be
    /// by then, in a transition, or the last one has begun.
    ///
    /// Give the images shown at the end of a step to come: ``endsPhase(from:to:transitions:)`` is true of that step, and
    /// the fade shows in the second step after it, as with starts that are computed.
    public func adding(transitionAt start: Int, to transitions: [Int]) -> [Int]? {
        let starts = starts(transitions)
        let begun = starts.filter { $0 < start }
        guard begun.count < starts.count else { return nil }
        if let latest = begun.last, start < latest + transitionImages { return nil }
        // Transitions that no plateau caused are written down too, so that a place in the list stays a resolution's.
        return begun + [start]
    }

    /// Whether layers come in or go from one step to the next: floor or ceiling of the level of detail changes. The
    /// optimisers' moments are reset then. True of a run's first step; a run that goes on gives the level of the step
    /// before it.
    public static func introducesLayers(from old: GrowthLevel?, to new: GrowthLevel) -> Bool {
        old.map { !$0.hasSameLayers(as: new) } ?? true
    }

    /// The start of every transition, decided or not.
    private func starts(_ decided: [Int]) -> [Int] {
        var starts = trigger == .plateau ? Array(decided.prefix(resolutions.count - 1)) : []
        while starts.count < resolutions.count - 1 {
            starts.append((starts.last.map { $0 + transitionImages } ?? 0) + trainingImages)
        }
        return starts
    }

    /// Without a fade the new resolution shows from the start on.
    private func hasBegun(_ start: Int, at imagesShown: Int) -> Bool {
        transitionImages > 0 ? imagesShown > start : imagesShown >= start
    }
}
