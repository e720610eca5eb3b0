import Autodiff
import Kernels
import Layers
import Models

/// Statistics of batch normalisation taken anew for sampling, in place of moving averages: means over several batches of
/// what the layers measure as in training (arXiv 1809.11096, where they are called standing statistics).
///
/// Moving averages lag behind a generator that changes, and an average of such statistics is not the statistics of averaged
/// weights.
public struct StandingStatistics {
    public let batches: Int
    /// Images of each.
    public let batch: Int
    /// Images that are computed as one unit; divides `batch`.
    let microbatch: Int
    /// What z is drawn by.
    let seed: UInt64

    package init(batches: Int, batch: Int, microbatch: Int, seed: UInt64) {
        precondition(batches > 0 && batch % microbatch == 0, "standing statistics: \(batch) images by \(microbatch)")
        (self.batches, self.batch, self.microbatch, self.seed) = (batches, batch, microbatch, seed)
    }

    /// Puts them in place of the state of `parameters`. Classes take turns. Depends on nothing but the arguments.
    ///
    /// - Parameters:
    ///   - generator: one that looks at the whole batch.
    ///   - sums: of one rank that has all microbatches of a batch.
    /// - Returns: the name of the first state that is not finite afterwards; nil where all is.
    package func take(
        _ generator: any Generator, _ parameters: Parameters, sums: any GlobalSummation
    ) -> String? {
        precondition(
            generator.looksAtWholeBatch && sums.microbatches == batch / microbatch,
            "standing statistics: sums of \(sums.microbatches) microbatches")
        let active = parameters.selection(generator.activeParameters)
        var means = [Double](repeating: 0, count: parameters.trackedCount)
        for number in 0..<batches {
            let noted = Tape.paused { () -> [[Float]] in
                let inputs = (0..<batch / microbatch).map { input(generator, batch: number, microbatch: $0) }
                let weights = inputs.map { _ in parameters.weights(differentiable: false, active, batch: sums) }
                return generator(inputs, weights).map(\.noted)
            }
            let share = 1 / Double(batches * noted.count)
            for values in noted {
                for (place, value) in values.enumerated() { means[place] += Double(value) * share }
            }
        }
        return Self.put(means.map(Float.init), into: parameters)
    }

    /// In place of the state that follows them.
    private static func put(_ means: [Float], into parameters: Parameters) -> String? {
        var rest = means[...]
        var notFinite: String?
        for entry in parameters.tracked {
            let values = Array(rest.prefix(entry.count))
            rest = rest.dropFirst(entry.count)
            if !values.allSatisfy(\.isFinite) { notFinite = notFinite ?? entry.name }
            Elementwise.copy(BufferView(values), into: parameters.view(entry))
        }
        parameters.didChange()
        return notFinite
    }

    private func input(_ generator: any Generator, batch number: Int, microbatch: Int) -> GeneratorInput {
        let samples = microbatch * self.microbatch..<(microbatch + 1) * self.microbatch
        let z = Randomizer(seed: seed).normals(
            .standingStatistics, step: number, samples: samples, shape: [generator.zDim])
        let classes = generator.labelDim
        let labels = samples.map { Int32((number * batch + $0) % max(classes, 1)) }
        return GeneratorInput(z: z, labels: classes > 0 ? .oneHot(labels, classes: classes) : nil, noise: .constant)
    }
}
