import Configuration
import Storage

/// What a user is told when training is no longer numbers.
enum FaultAdvice {
    static let rates =
        "lower rates (optimizer.g_lr, optimizer.d_lr, growing.learning_rate), or a larger optimizer.epsilon"

    /// Where it happened, and how to go on.
    ///
    /// - Parameters:
    ///   - fault: what rank 0 has met; nil where only another rank has.
    ///   - rank: one that has met something.
    ///   - checkpoints: of the run; none is being written.
    static func text(
        _ fault: NotFinite?, rank: Int, checkpoints: CheckpointFolder, policy: NotFinitePolicy
    ) -> String {
        guard let fault else {
            return
                "replicas have diverged: rank \(rank) has met what is not finite in a step that is finite on rank 0. "
                + "Go on from the last checkpoint with --resume auto; if it happens again, suspect that host's memory"
        }
        let way =
            (try? checkpoints.openNewestUsable()).map {
                "the newest sound checkpoint is \($0.path): go on from it with --resume auto and \(Self.rates)"
            } ?? "there is no sound checkpoint to go on from: start again with \(Self.rates)"
        let skip =
            policy == .stop ? "; where it is a rare overflow, --set guard.nan=skip leaves such updates out" : ""
        return "training is no longer numbers. \(fault). Nothing of it was saved; \(way)\(skip)"
    }
}
