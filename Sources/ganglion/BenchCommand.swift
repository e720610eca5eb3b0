import ArgumentParser
import Foundation

/// `ganglion bench`: measures; what is measured, and how, is in Training.
struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measure how fast this machine trains, and what that is made of.",
        subcommands: [
            BenchStep.self, BenchKernels.self, BenchAllReduce.self, BenchCluster.self, BenchScaling.self,
            BenchData.self,
        ])

    /// Options that count something, each with the most that makes sense: nothing is allocated for more.
    static func check(_ options: (name: String, value: Int?, most: Int)...) throws {
        for (name, value, most) in options {
            guard let value, !(1...most).contains(value) else { continue }
            throw ValidationError("--\(name) \(value): expected 1 to \(most)")
        }
    }

    /// Prints a report as an object with one key.
    static func printJSON(_ key: String, _ report: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        printBlock(String(decoding: try encoder.encode([key: report]), as: UTF8.self))
    }

    /// Half the spread of the middle half of the repetitions, in per cent.
    static func spreadText(_ spread: Double) -> String { String(format: "%.1f %%", spread * 100) }
}
