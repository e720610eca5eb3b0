import Configuration
import Failure
import Foundation
import Reporting
import Storage

/// A run of a study: a setting and a seed, and the folder that they have.
package struct StudyJob {
    /// How far the run has come, by what its folder says.
    package enum State: Equatable {
        /// Nothing that training would go on from.
        case fresh
        /// Images of the newest checkpoint.
        case begun(images: Int)
        case done(images: Int)
    }

    package let setting: Study.Setting
    package let seed: UInt64
    package let configuration: Configuration
    package let folder: RunFolder
    package let state: State
    /// What the folder says it was run with; nil where it says nothing.
    package let record: StudyRecord?
    /// Of files that cannot be read.
    package let problems: [String]

    /// - Throws: ``ConfigurationError`` where there is no such configuration.
    package init(_ study: Study, _ setting: Study.Setting, seed: UInt64) throws(ConfigurationError) {
        self.setting = setting
        self.seed = seed
        configuration = try study.configuration(of: setting, seed: seed)
        let folder = RunFolder("\(RunFolder(study.out).path)/runs/\(setting.name)/seed-\(seed)")
        self.folder = folder
        var problems: [String] = []
        func reading<Value>(_ body: () throws -> Value?) -> Value? {
            do { return try body() } catch {
                problems.append("\(error)")
                return nil
            }
        }
        record = reading { try StudyRecord.read(from: folder) }
        let ending = reading { try RunEnding.read(from: folder) }
        let checkpoints = CheckpointFolder(folder.checkpoints)
        if let ending, ending.exitCode == ExitCode.done {
            state = .done(images: ending.imagesShown)
        } else if let images = checkpoints.reached() {
            state = .begun(images: images)
        } else {
            state = .fresh
        }
        self.problems = problems
    }

    /// All runs of a study, seed by seed: what is there after a while can be compared.
    ///
    /// - Throws: ``StudyError`` that names every setting that is wrong.
    package static func all(of study: Study) throws(StudyError) -> [StudyJob] {
        var jobs: [StudyJob] = []
        var errors: [(setting: String, error: any Error)] = []
        for seed in study.seeds {
            for setting in study.settings where !errors.contains(where: { $0.setting == setting.name }) {
                do {
                    jobs.append(try StudyJob(study, setting, seed: seed))
                } catch {
                    errors.append((setting.name, error))
                }
            }
        }
        if !errors.isEmpty { throw StudyError(errors.map { ("setting \($0.setting)", $0.error) }) }
        return jobs
    }

    /// "fast, seed 2"
    package var name: String { "\(setting.name), seed \(seed)" }
}

/// What is wrong with a study: of each setting or run the first thing.
package struct StudyError: ExitCoded {
    package let lines: [String]
    /// That of the first error.
    package let exitCode: Int32

    package var description: String { lines.joined(separator: "; ") }

    /// - Parameter errors: of which those that say the same become one line.
    init(_ errors: [(name: String, error: any Error)]) {
        var texts: [String] = []
        var names: [String: [String]] = [:]
        for (name, error) in errors {
            let text = "\(error)"
            if names[text] == nil { texts.append(text) }
            names[text, default: []].append(name)
        }
        lines = texts.map { text in
            let all = names[text] ?? []
            return all.prefix(3).joined(separator: ", ") + (all.count > 3 ? " and \(all.count - 3) more" : "") + ": "
                + text
        }
        exitCode = errors.lazy.compactMap { ($0.error as? any ExitCoded)?.exitCode }.first ?? ExitCode.internalError
    }
}
