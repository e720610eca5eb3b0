import Cluster
import Configuration
import Kernels
import Recipes
import Reporting
import Storage
import Training

/// What a run would be: its configuration, its parameters, and the memory and time of one step, measured on one.
package struct DryRun {
    private let configuration: ResolvedConfiguration
    private let dataset: Dataset
    private let communicator: any Communicator

    init(_ configuration: ResolvedConfiguration, dataset: Dataset, communicator: any Communicator) {
        self.configuration = configuration
        self.dataset = dataset
        self.communicator = communicator
    }

    func print() throws {
        let engine = StepEngine(
            configuration,
            conditions: try DatasetConditions(
                configuration, TrainingRows(configuration, of: dataset), of: dataset), communicator: communicator)
        let stages = try configuration.stages.map { stage in
            (stage, seconds: StepTime(try step(engine, stage), engine.schedule).seconds)
        }
        guard communicator.isRoot else { return }
        printBlock(configuration.yaml)
        for (title, parameters) in [
            ("Generator", engine.networks.g), (Self.discriminator(configuration.supervision), engine.networks.d),
        ] {
            printBlock(ParameterTable.text(title: title, parameters) + "\n")
        }
        let ranks = "\(communicator.size) × \(Workers.count) threads"
        if !configuration.isPicture {
            let (grid, format) = (configuration.grid, dataset.description.format)
            printLine(
                "Samples: \(format.text); networks make \(grid.height)×\(grid.width) from \(grid.startHeight)×"
                    + "\(grid.startWidth), doubled \(grid.doublings) time\(grid.doublings == 1 ? "" : "s")")
        }
        if let line = Self.conditionLine(configuration, dataset.description) { printLine(line) }
        printLine("Each rank, from one step with all phases\(stages.count > 1 ? " at each resolution" : ""):")
        printLine("  memory (peak)  \(NumberText.memory(ProcessMemory.peakResidentBytes))")
        var total = 0.0
        for (stage, seconds) in stages {
            let perStep = stage.batch * engine.schedule.shownBatches
            let perImage = seconds / Double(perStep)
            let images = configuration.images(of: stage)
            total += perImage * Double(images)
            printLine(
                "  step\(stages.count > 1 ? Self.padded(" at \(stage.resolution)²", to: 11) : "           ")"
                    + "\(NumberText.fixed(seconds, 3)) s for \(perStep) images on \(ranks): "
                    + "\(NumberText.fixed(1 / perImage, 1)) images/s"
                    + (stages.count > 1 ? ", \(NumberText.grouped(images)) images" : ""))
        }
        printLine("  all \(NumberText.short(configuration.kimg)) kimg   \(NumberText.duration(total))")
        for note in configuration.notes { printLine("note: \(note)") }
    }

    /// What conditions each pixel; nil where nothing does.
    package static func conditionLine(
        _ configuration: ResolvedConfiguration, _ description: DatasetDescription
    ) -> String? {
        let text: String? =
            switch configuration.data.condition {
            case .none, .class, .vector: nil
            case .map:
                "label maps of \(configuration.conditionClasses) classes"
                    + (configuration.data.dontCare ? ", of which 0 is of no known class" : "")
            case .image: description.imageCondition.map { "images: \($0.text)" }
            }
        return text.map { "Conditions: \($0)" }
    }

    private static func discriminator(_ supervision: Supervision) -> String {
        switch supervision {
        case .none: "Discriminator"
        case .labels: "Discriminator (with the decoder of label maps)"
        case .generator: "Discriminator (with the GGDR decoder)"
        }
    }

    private static func padded(_ text: String, to width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    /// Without a fade, which costs a little more.
    private func step(_ engine: StepEngine, _ stage: TrainingStage) throws -> StepReport {
        let reader = MinibatchReader(configuration, of: dataset)
        let request = ReadRequest(imagesShown: 0, stage: stage)
        reader.request(positions: engine.positions(of: request), resolution: stage.resolution)
        // The first step also pays for fresh memory. Step 0 has every phase that there is.
        let phases = engine.schedule.phases(ofStep: 0)
        let setting = StepSetting(stage: stage)
        let real = try engine.reals(of: reader.next(), at: setting)
        do {
            _ = try engine.run(phases: phases, at: setting, real: real)
            return try engine.run(phases: phases, at: setting, real: real)
        } catch let fault as NotFinite {
            throw TrainingFault(trying: fault)
        }
    }
}
