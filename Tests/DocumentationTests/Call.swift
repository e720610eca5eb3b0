import Foundation
import TestSupport

/// What an article would have somebody type: subcommands of the program, and scripts, with their options.
enum Call {
    /// Every call in a line: the words that name it, and the options that it is given.
    static func all(in line: String) -> [(command: [String], options: [String])] {
        let words = line.split(separator: " ").map(String.init)
        guard let start = words.firstIndex(where: isCall) else { return [] }
        var calls: [(command: [String], options: [String])] = []
        var rest = Array(words[start...])
        let script = String(rest[0].drop { $0 == "." }.drop { $0 == "/" })
        if script.hasPrefix("cluster/"), script != "cluster/ganglion" {
            let end = rest.firstIndex(of: "--") ?? rest.endIndex
            // What follows the -- of these goes to the program, and to cluster/quickstart what it does not know.
            calls.append(([script], script == "cluster/quickstart" ? [] : options(rest[..<end])))
            guard end < rest.endIndex else { return calls }
            rest = Array(rest[end...])
        }
        let subcommand = rest.dropFirst().prefix { $0.allSatisfy { $0.isLowercase } }
        let depth = ["dataset", "bench", "features", "study", "visualize"].contains(subcommand.first) ? 2 : 1
        guard !subcommand.isEmpty else { return calls }
        calls.append((["ganglion"] + subcommand.prefix(depth), options(rest[...])))
        return calls
    }

    /// What `--help` prints.
    static func help(_ command: [String]) throws -> (status: Int32, text: String) {
        let program =
            command[0] == "ganglion" ? try ChildProcess.product("ganglion") : Repository.path + "/" + command[0]
        let result = try ChildProcess.run([program] + command.dropFirst() + ["--help"])
        return (result.status, result.stdout)
    }

    private static func isCall(_ word: String) -> Bool {
        let name = String(word.drop { $0 == "." }.drop { $0 == "/" })
        guard !name.hasSuffix("/ganglion"), name != "ganglion" else { return true }
        // cluster/slurm.sbatch is for sbatch: asking it for help would be a job.
        return name.hasPrefix("cluster/") && !name.contains(".")
            && FileManager.default.isExecutableFile(atPath: Repository.path + "/" + name)
    }

    private static func options(_ words: ArraySlice<String>) -> [String] {
        words.filter { $0.hasPrefix("--") && $0.count > 2 }.map { String($0.prefix { $0 != "=" }) }
    }
}
