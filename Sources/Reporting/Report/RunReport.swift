import Storage

/// One HTML file of a run, or of several side by side.
public struct RunReport {
    /// A run and what is known of it beside its folder.
    public struct Run {
        public var record: RunRecord
        /// Nil, with a problem, where it cannot be read.
        public var configuration: ReportedConfiguration?
        public var configurationProblem: String?
        public var neighbours: ReportedNeighbours
        /// Of a run on fields, whose report has no neighbours; nil of pictures.
        public var fields: ReportedFields?

        var isByClass: Bool { configuration?.keys.first { $0.name == "data.labels" }?.value == "true" }

        /// Whether its sheets show pairs: its images are made of what stands at each pixel.
        var isOfPairs: Bool {
            ["map", "image"].contains(configuration?.keys.first { $0.name == "data.condition" }?.value)
        }

        public init(
            _ record: RunRecord, configuration: ReportedConfiguration?, problem: String? = nil,
            neighbours: ReportedNeighbours = ReportedNeighbours(), fields: ReportedFields? = nil
        ) {
            self.record = record
            self.configuration = configuration
            configurationProblem = problem
            self.neighbours = neighbours
            self.fields = fields
        }
    }

    /// The page of one run.
    public static func page(_ run: Run) -> String {
        let sections = RunSections(record: run.record, isOfFields: run.fields != nil)
        var pictures = RunPicturesSection(run.record)
        let (newest, strip, timeLapse) = (
            pictures.newest(isByClass: run.isByClass, isOfPairs: run.isOfPairs),
            pictures.strip(isOfPairs: run.isOfPairs),
            pictures.timeLapse()
        )
        let (neighbours, damaged) = RunSections.neighbours(run.neighbours)
        return ReportPage.make(
            title: "Run \(run.record.name)",
            lead: "<p class=\"soft\"><code>\(run.record.folder.path)</code></p>\(sections.facts(run.configuration))",
            sections: [
                ("Samples", newest), ("Samples over time", strip), ("Growing", timeLapse),
                ("Spectra and histograms", run.fields?.html ?? ""),
                ("Nearest real images", neighbours), ("Metrics", sections.metrics), ("Training", sections.training),
                ("Machines, speed, memory", sections.resources),
                ("Configuration", RunSections.configuration(run.configuration, run.configurationProblem)),
                ("Warnings", sections.warnings), ("Checkpoints", sections.checkpoints),
                ("Left out of this report", RunSections.problems(run.record.problems + pictures.problems + damaged)),
            ])
    }

    /// The page of several runs.
    public static func page(comparing runs: [Run]) -> String {
        let comparison = RunComparison(runs)
        let names = comparison.names.joined(separator: ", ")
        var problems = runs.flatMap(\.record.problems)
        let samples = comparison.samples(&problems)
        return ReportPage.make(
            title: "Runs \(names)", lead: comparison.overview,
            sections: [
                ("Metrics", comparison.metrics), ("Newest samples", samples), ("Training", comparison.training),
                ("Machines, speed, memory", comparison.resources), ("Configuration", comparison.configuration),
                ("Left out of this report", RunSections.problems(problems)),
            ])
    }
}
