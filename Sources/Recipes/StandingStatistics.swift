import Autodiff
import Kernels
import Layers
import Models

/// Statistics of batch normalisation taken anew for sampling, in place of moving averages: means over several batches of
/// what the layers measure as in training (arXiv 1809.11096, where they are called standing statistics; arXiv 2012.04781, whose
/// authors' code takes them of some fifty batches for the averaged generator).
///
/// Moving averages lag behind a generator that changes, and an average of such statistics is not the statistics of averaged
/// weights.
public struct StandingStatistics {
    public let batches: Int
    /// Images of each.
    public let batch: Int
    /// Images that are computed as one unit; divides `batch`.
    let microbatch: Int
    /// What z and dropout are drawn by.
    let seed: UInt64

    /// What conditions the pixels of the batches' images, where something does: a list of which all take turns.
    public struct Conditions {
        private let pixels: PairedPixels
        private let count: Int

        /// - Parameter count: there are conditions of the numbers below it.
        public init(_ pixels: PairedPixels, count: Int) {
            precondition(count > 0, "standing statistics: of no conditions")
            (self.pixels, self.count) = (pixels, count)
        }

        /// Of samples by their numbers in all batches.
        fileprivate func of(_ samples: Range<Int>) throws -> PixelConditions {
            try pixels.of(samples.map { $0 % count })
        }
    }

    package init(batches: Int, batch: Int, microbatch: Int, seed: UInt64) {
        precondition(batches > 0 && batch % microbatch == 0, "standing statistics: \(batch) images by \(microbatch)")
        (self.batches, self.batch, self.microbatch, self.seed) = (batches, batch, microbatch, seed)
    }

    /// Puts them in place of the state of `parameters`. Classes, and conditions, take turns. Depends on nothing but the
    /// arguments.
    ///
    /// - Parameters:
    ///   - generator: one that looks at the whole batch.
    ///   - conditions: where something conditions the pixels of its images.
    ///   - sums: of one rank that has all microbatches of a batch.
    /// - Returns: the name of the first state that is not finite afterwards; nil where all is.
    /// - Throws: what reading conditions throws; then the state is as it was.
    package func take(
        _ generator: any Generator, _ parameters: Parameters, conditions: Conditions? = nil,
        sums: any GlobalSummation
    ) throws -> String? {
        precondition(
            generator.looksAtWholeBatch && sums.microbatches == batch / microbatch,
            "standing statistics: sums of \(sums.microbatches) microbatches")
        precondition(
            (conditions == nil) == (generator.conditionChannels == 0),
            "standing statistics: what conditions the images' pixels, or none")
        let active = parameters.selection(generator.activeParameters)
        var means = [Double](repeating: 0, count: parameters.trackedCount)
        for number in 0..<batches {
            let inputs = try (0..<batch / microbatch).map {
                try input(generator, batch: number, microbatch: $0, conditions)
            }
            let noted = Tape.paused { () -> [[Float]] in
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

    /// Of dropout's draws, apart from those of all phases and of images.
    private static let dropoutStream = 1 << 21

    private func input(
        _ generator: any Generator, batch number: Int, microbatch: Int, _ conditions: Conditions?
    ) throws -> GeneratorInput {
        let samples = microbatch * self.microbatch..<(microbatch + 1) * self.microbatch
        let randomizer = Randomizer(seed: seed)
        let classes = generator.labelDim
        let labels = samples.map { Int32((number * batch + $0) % max(classes, 1)) }
        var input = GeneratorInput(
            z: randomizer.latents(.standingStatistics, of: generator, step: number, samples: samples),
            labels: classes > 0 ? .oneHot(labels, classes: classes) : nil, noise: .constant)
        guard let conditions else { return input }
        let first = number * batch
        let pixels = try conditions.of(first + samples.lowerBound..<first + samples.upperBound)
        input.condition = pixels.tensor(rows: 0..<samples.count, channels: generator.conditionChannels)
        input.dropout = randomizer.dropout(
            of: generator, height: pixels.height, width: pixels.width, stream: Self.dropoutStream, step: number,
            samples: samples)
        return input
    }
}
