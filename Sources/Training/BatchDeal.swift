import Configuration
import Recipes

/// How a step's batch is dealt to the ranks: microbatches in contiguous runs.
struct BatchDeal {
    let rank: Int
    let ranks: Int
    let schedule: PhaseSchedule

    /// Of a batch, on each rank.
    func microbatches(_ stage: TrainingStage) -> Int { stage.microbatches / ranks }

    /// This rank's first one's number in the batch.
    private func first(_ stage: TrainingStage) -> Int { rank * microbatches(stage) }

    /// Number in a batch of this rank's first sample.
    func firstSample(_ stage: TrainingStage) -> Int { first(stage) * stage.microbatch }

    /// Of a batch, on each rank.
    func imagesOfRank(_ stage: TrainingStage) -> Int { stage.batch / ranks }

    /// Real images that a step shows, over all ranks.
    func images(_ stage: TrainingStage) -> Int { stage.batch * schedule.shownBatches }

    /// Positions in the run's order of samples that this rank sees in a step: of one batch after another.
    func positions(of step: ReadRequest) -> [Int] {
        let stage = step.stage
        return (0..<schedule.realBatches).flatMap { batch in
            let start = step.imagesShown + batch * stage.batch + first(stage) * stage.microbatch
            return start..<start + stage.batch / ranks
        }
    }

    /// Numbers in the batch of a phase's samples in this rank's microbatch `k`.
    func samples(_ k: Int, _ phase: Phase, _ stage: TrainingStage) -> Range<Int> {
        let start = (first(stage) + k) * stage.microbatch
        return start..<start + (phase.samplesOfMicrobatch ?? stage.microbatch)
    }

    /// The place among this rank's real microbatches of a step that a phase sees beside microbatch `k`; nil where it sees
    /// none.
    func place(_ k: Int, _ phase: Phase, _ stage: TrainingStage) -> Int? {
        phase.reals.map { $0 * microbatches(stage) + k }
    }

    /// Whether a phase takes this rank's microbatch `k`.
    func takes(_ k: Int, _ phase: Phase, _ stage: TrainingStage) -> Bool {
        (first(stage) + k) % phase.microbatchStride == 0
    }

    /// Microbatches of all ranks that a phase's mean is over.
    func units(_ phase: Phase, _ stage: TrainingStage) -> Int {
        (stage.microbatches + phase.microbatchStride - 1) / phase.microbatchStride
    }
}
