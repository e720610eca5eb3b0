/// How the probability p of an augmentation follows how much the discriminator overfits (arXiv 2006.06676, section 3):
/// p rises while the discriminator's scores of real images are positive more often than they should be, and falls
/// otherwise.
public struct AdaptiveProbability: Sendable {
    /// Phases from one adjustment to the next.
    public static let interval = 4

    /// The mean sign of the scores that is aimed at.
    public var target: Float
    /// Images in which p goes from 0 to 1.
    public var images: Double

    public init(target: Float, images: Double) {
        self.target = target
        self.images = images
    }

    /// What it keeps from one phase of the discriminator to the next.
    public struct State: Equatable, Sendable {
        public var p: Float
        /// r_t: mean sign of the scores at the last adjustment.
        public var sign: Float
        /// Since then: phases, their images, and the sum of the signs of their scores.
        public var phases: Float
        public var images: Float
        public var signs: Float

        public init(p: Float = 0, sign: Float = 0, phases: Float = 0, images: Float = 0, signs: Float = 0) {
            (self.p, self.sign, self.phases, self.images, self.signs) = (p, sign, phases, images, signs)
        }
    }

    /// After a main phase of the discriminator.
    ///
    /// - Parameters:
    ///   - meanSign: of its scores of real images, over the whole batch.
    ///   - batch: images of that.
    public func after(_ state: State, meanSign: Float, batch: Int) -> State {
        var state = state
        state.phases += 1
        state.images += Float(batch)
        state.signs += meanSign * Float(batch)
        guard state.phases >= Float(Self.interval) else { return state }
        let sign = state.signs / state.images
        let step = Double(state.images) / images
        let moved = Double(state.p) + (sign > target ? step : sign < target ? -step : 0)
        return State(p: Float(min(1, max(0, moved))), sign: sign)
    }
}
