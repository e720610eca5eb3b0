import ArgumentParser

/// `ganglion bench`: measures; what is measured, and how, is in Benchmarks.
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

    /// How long each line is measured.
    static func check(seconds: Double, most: Double) throws {
        guard seconds > 0, seconds <= most else {
            throw ValidationError("--seconds \(seconds): expected more than 0, at most \(Int(most))")
        }
    }
}
