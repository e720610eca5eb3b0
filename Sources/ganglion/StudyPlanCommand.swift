import ArgumentParser
import Foundation
import Reporting
import Session

struct StudyPlanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Check the settings of a study, and list its runs and how far they are.",
        discussion: HelpText.text(
            """
            Example:

              ganglion study plan rates.yaml

            rates.yaml:

              data: data/fashion-mnist-32
              out: studies/rates
              seeds: [1, 2, 3]
              metrics: [fid, swd]
              kimg: 30
              every_kimg: 5
              base: {preset: quick}
              settings:
                as-it-is: {}
                fast: {optimizer: {g_lr: 0.005, d_lr: 0.005}}
                no-style-mixing: {loss.style_mixing: 0}

            All settings are checked as train checks them, with this data set, and nothing is written; a wrong one ends it \
            with 78 and its line. Also at the head: name, a title; at_minutes, minutes of training after which settings \
            are compared; ranks (1) of each run; threads of each rank; beside (1), the runs that go on at a time. Paths \
            are seen from here.
            """))

    @Argument(help: "YAML file of the study.")
    var file: String

    @Flag(help: "Print for cluster/study what there is to do: words that NUL ends.")
    var words = false

    func run() throws {
        let plan = try StudyPlan(file: file)
        guard words else { return printBlock(plan.text) }
        let text = plan.words.map { $0 + "\0" }.joined()
        FileHandle.standardOutput.write(Data(text.utf8))
    }
}
