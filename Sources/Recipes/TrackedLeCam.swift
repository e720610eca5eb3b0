import Autodiff
import Configuration
import Kernels
import Learning
import State

/// LeCam regularisation as configured, with its averages, which follow the scores from step to step.
public struct TrackedLeCam {
    let regularization: LeCam
    private let state = ["real", "fake", "phases"].map { NamedTensor.scalar("state/lecam_\($0)") }

    init(_ regularization: LeCam) { self.regularization = regularization }

    /// Nil without it.
    init?(_ configuration: ResolvedConfiguration) {
        let loss = configuration.loss
        guard loss.lecamWeight > 0 else { return nil }
        self.init(
            LeCam(
                weight: Float(loss.lecamWeight), decay: Float(loss.lecamDecay), isDebiased: loss.lecamDebias,
                start: loss.lecamStart))
    }

    var tracked: [NamedTensor] { state }
    var trackedNumbers: [(name: String, value: Float)] {
        let averages = regularization.corrected(averages)
        return [("lecam/real", averages.real), ("lecam/fake", averages.fake)]
    }

    var averages: LeCam.Averages {
        LeCam.Averages(real: state[0].scalar, fake: state[1].scalar, phases: state[2].scalar)
    }

    /// What the scores of a phase are held near: averages move just before they are used, by means of the whole batch.
    /// Collective. Nil where there is no term yet.
    ///
    /// - Parameters:
    ///   - means: of this rank's microbatches, of the scores of reals and of fakes.
    func anchors(_ means: [[Float]], over batch: any GlobalSummation) -> LeCam.Anchors? {
        let total = BufferView(count: 2)
        batch.sum(means.map { BufferView($0) }, into: total)
        return regularization.anchors(moved(total.array.map { $0 / Float(batch.microbatches) }))
    }

    /// The averages for good, once the phase's update is taken.
    var tracking: Tracking {
        Tracking(.scoreMeans, state: "state/lecam_real and lecam_fake") { means in
            let new = moved(means)
            for (tensor, value) in zip(state, [new.real, new.fake, new.phases]) { tensor.scalar = value }
            return new.real.isFinite && new.fake.isFinite
        }
    }

    private func moved(_ means: [Float]) -> LeCam.Averages {
        regularization.moved(averages, real: means[0], fake: means[1])
    }
}

extension Measure {
    /// Not times its weight.
    public static let lecam = Measure("loss/lecam")
    /// Of the discriminator's scores of reals and of fakes.
    static let scoreMeans = Measure("the mean scores", count: 2, isReported: false)
}
