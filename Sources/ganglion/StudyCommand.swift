import ArgumentParser

/// `ganglion study`: settings compared over seeds.
struct StudyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "study", abstract: "Compare settings over seeds; cluster/study starts the runs.",
        subcommands: [StudyPlanCommand.self, StudyReportCommand.self])
}
