import Configuration
import Models
import State

/// Sees when a resolution has learned what it can: the best value has not improved for some time.
///
/// Only rank 0 asks it. It is a function of the values that it was given, so a run that goes on from a checkpoint with
/// the state of then decides as it would have.
///
/// Smaller is better, for both signals:
/// - `loss`: the absolute mean of the discriminator's loss over windows of images. With WGAN-GP that is the critic's
///   estimate of the distance between real and generated images, plus drift (arXiv 1701.07875, section 3). With the
///   logistic loss it is how well the discriminator tells them apart: a plateau then says that the discriminator has
///   stopped gaining, which says less about the images; `swd` is the better signal there.
/// - `swd`: each sliced Wasserstein distance of a snapshot is a value of its own.
public struct PlateauDetector: Sendable, Equatable {
    public var state: PlateauState

    private let signal: PlateauSignal
    private let windowImages: Int
    private let patience: Int
    private let tolerance: Double

    /// - Parameter state: of a checkpoint, or fresh.
    public init(_ growing: Configuration.Growing, state: PlateauState = PlateauState()) {
        signal = growing.plateauSignal
        windowImages = max(1, Int((growing.plateauWindowKimg * 1000).rounded()))
        patience = growing.plateauPatience
        tolerance = growing.plateauTolerance
        self.state = state
    }

    /// Whether the best value has not improved for `growing.plateau_patience` values at the resolution in training.
    public var sees: Bool { state.sinceBest >= patience }

    /// Takes one step's loss of the discriminator, or one snapshot's distance.
    ///
    /// Values of a fade are left out, and what was seen before it is forgotten.
    ///
    /// - Parameters:
    ///   - images: images of the step that the loss is a mean over; not read for `swd`.
    ///   - level: the networks' while the value arose.
    public mutating func add(value: Double, images: Int, at level: GrowthLevel) {
        if level.isFading {
            restart()
            return
        }
        if level.resolution != state.resolution {
            restart()
            state.resolution = level.resolution
        }
        guard value.isFinite else {
            state.skipped += 1
            return
        }
        switch signal {
        case .swd: compare(value)
        case .loss:
            state.windowSum += value * Double(images)
            state.windowImages += images
            guard state.windowImages >= windowImages else { return }
            compare(abs(state.windowSum / Double(state.windowImages)))
            state.windowSum = 0
            state.windowImages = 0
        }
    }

    /// Forgets what was seen, as a transition is decided.
    public mutating func restart() {
        let skipped = state.skipped
        state = PlateauState()
        state.skipped = skipped
    }

    private mutating func compare(_ value: Double) {
        // Small steps count once they add up: the best stays until then.
        guard let best = state.best, value >= best * (1 - tolerance) else {
            state.best = value
            state.sinceBest = 0
            return
        }
        state.sinceBest += 1
    }
}
