import Cluster
import Configuration
import Foundation
import Reporting
import Storage
import Training

/// What a run would be: its configuration, its parameters, and the memory and time of one step, measured on one.
struct DryRun {
    private let configuration: ResolvedConfiguration
    private let dataset: Dataset
    private let communicator: any Communicator

    init(_ configuration: ResolvedConfiguration, dataset: Dataset, communicator: any Communicator) {
        self.configuration = configuration
        self.dataset = dataset
        self.communicator = communicator
    }

    func print() throws {
        let trainer = Trainer(configuration, datasetLabels: dataset.labels, communicator: communicator)
        let report = try step(trainer)
        guard communicator.isRoot else { return }
        Swift.print(configuration.yaml)
        for (title, parameters) in [
            ("Generator", trainer.networks.g), ("Discriminator (with the GGDR decoder)", trainer.networks.d),
        ] {
            Swift.print(ParameterTable.text(title: title, parameters), terminator: "\n\n")
        }
        let step = StepTime(report, trainer.schedule)
        let perImage = step.seconds / Double(configuration.batch)
        Swift.print(
            """
            Each rank, from one step with all phases:
              memory (peak)  \(NumberText.memory(ProcessMemory.peakResidentBytes))
              step           \(NumberText.fixed(step.seconds, 3)) s for \(configuration.batch) images on \
            \(communicator.size) × \(Workers.count) threads: \(NumberText.fixed(1 / perImage, 1)) images/s
              all \(NumberText.short(configuration.kimg)) kimg   \
            \(NumberText.duration(perImage * Double(configuration.totalImages)))
            """)
        for note in configuration.notes { Swift.print("note: \(note)") }
    }

    private func step(_ trainer: Trainer) throws -> StepReport {
        let reader = MinibatchReader(
            dataset: dataset, seed: configuration.seed, mirror: configuration.data.mirror, withMaps: false)
        reader.request(positions: trainer.positions(of: ReadRequest(imagesShown: 0, stage: configuration.grown.stage)))
        let real = RealBatch(
            try reader.next(), microbatch: configuration.microbatch, labelDim: configuration.labelDimension)
        // The first step also pays for fresh memory. Step 0 has every phase that there is.
        let phases = trainer.schedule.phases(ofStep: 0)
        _ = try trainer.run(phases: phases, real: real)
        return try trainer.run(phases: phases, real: real)
    }
}
