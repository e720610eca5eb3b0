import Foundation
import Fuzzing
import Synchronization

/// `cluster/fuzz` builds and starts this.
@main
enum FuzzDriver {
    static func main() {
        do {
            let options = try Options(Array(CommandLine.arguments.dropFirst()))
            exit(try run(options) ? 0 : 1)
        } catch {
            FileHandle.standardError.write(Data("cluster/fuzz: \(error)\n".utf8))
            exit(64)
        }
    }

    private struct State {
        var table = FuzzTable()
        var failures: [FuzzRunner.Outcome] = []
        var lastLine = Date()
    }

    private static func run(_ options: Options) throws -> Bool {
        let folder = (CommandLine.arguments[0] as NSString).deletingLastPathComponent
        var runner = try FuzzRunner(
            program: absolute(options.program ?? folder + "/ganglion"), scripts: absolute(options.scripts ?? "cluster"),
            guardian: absolute(folder + "/FuzzGuard"))
        runner.keep = options.keep
        runner.tracesCrashes = options.tracesCrashes
        let start = Date()
        print(
            "\(options.kinds.map(\.rawValue).joined(separator: ", ")): from seed \(options.seed) on, \(options.jobs) at once"
        )
        let state = Mutex(State())
        try runner.run(
            options.kinds, seeds: options.seed..<options.seed.addingReportingOverflow(options.cases).partialValue,
            jobs: options.jobs,
            until: { options.minutes.map { Date().timeIntervalSince(start) > 60 * $0 } ?? false }
        ) { outcome in
            state.withLock { state in
                state.table.add(outcome)
                if outcome.verdict.isFailure {
                    state.failures.append(outcome)
                    print("\n\(outcome.description)\(outcome.kept.map { "\n  kept:    \($0)" } ?? "")")
                }
                if Date().timeIntervalSince(state.lastLine) > 60 {
                    state.lastLine = Date()
                    print(
                        "\(Int(Date().timeIntervalSince(start))) s: \(state.table.cases) cases, \(state.table.failures) failures"
                    )
                }
            }
            fflush(nil)
        }
        return state.withLock { state in
            let seconds = String(format: "%.0f", Date().timeIntervalSince(start))
            print(
                "\n\(state.table.text)\n\n\(state.table.cases) cases in \(seconds) s, \(state.table.failures) failures")
            return state.table.failures == 0
        }
    }

    /// Cases run in folders of their own.
    private static func absolute(_ path: String) -> String {
        URL(fileURLWithPath: path).standardizedFileURL.path
    }

    private struct Options {
        var kinds = FuzzKind.allCases
        var minutes: Double?
        var cases: UInt64 = .max >> 1
        var seed = UInt64(Date().timeIntervalSince1970)
        var jobs = ProcessInfo.processInfo.activeProcessorCount
        var keep: String? = "fuzz-findings"
        var program: String?
        var scripts: String?
        var tracesCrashes = false

        init(_ words: [String]) throws {
            var words = words[...]
            var isBounded = false
            while let name = words.popFirst() {
                if name == "--backtrace" {
                    tracesCrashes = true
                    continue
                }
                guard let value = words.popFirst() else { throw FuzzError("\(name) needs a value") }
                func number<Number: LosslessStringConvertible & Comparable & Numeric>(_ least: Number) throws -> Number
                {
                    guard let number = Number(value), number >= least else {
                        throw FuzzError("\(name) takes a number from \(least) on, found '\(value)'")
                    }
                    return number
                }
                switch name {
                case "--minutes":
                    minutes = try number(0.0)
                    isBounded = true
                case "--cases":
                    cases = try number(1)
                    isBounded = true
                case "--seed": seed = try number(0)
                case "--jobs": jobs = try number(1)
                case "--keep": keep = value
                case "--program": program = value
                case "--scripts": scripts = value
                case "--kind":
                    kinds = try value.split(separator: ",", omittingEmptySubsequences: false).map {
                        guard let kind = FuzzKind(rawValue: String($0)) else {
                            let known = FuzzKind.allCases.map(\.rawValue).joined(separator: ", ")
                            throw FuzzError("--kind: found '\($0)', expected some of \(known)")
                        }
                        return kind
                    }
                default: throw FuzzError("unknown option '\(name)'")
                }
            }
            if !isBounded { cases = 100 }
        }
    }
}
