import Reporting
import State
import Storage
import Training

/// How a run starts.
public enum RunStart: Sendable {
    /// Where the run folder stands, or fresh when it is empty.
    case auto
    /// Fresh; a run folder that already has checkpoints is refused.
    case fresh
    /// From this checkpoint.
    case resume(String)
    /// Fresh, with the networks of this checkpoint; over what an earlier run has left, only where that is asked.
    case transfer(String, overRemains: Bool = false)

    /// Loads the state that the run starts with, and leaves the folder ready for what it writes. On rank 0.
    func begin(_ engine: StepEngine, _ pen: RunPen, _ dataset: Dataset) throws {
        let checkpoints = CheckpointFolder(pen.folder.checkpoints)
        let remains = RunRemains(pen.folder, checkpoints)
        switch self {
        case .auto:
            guard let choice = try checkpoints.openNewestUsable() else {
                try FrozenLayers.checkFreshStart(engine.configuration)
                return try remains.startAfresh(isAsked: false, pen.log)
            }
            for rejected in choice.rejected {
                pen.log.write(.warning, "not used: \(rejected.path): \(rejected.reason)")
            }
            try Self.resume(choice.contents, choice.path, engine, dataset, pen.log)
            remains.tellOfReturn(to: engine.state.counters.imagesShown, pen.log)
        case .resume(let name):
            let path = try Self.named(name, pen.log)
            try Self.resume(try CheckpointFile.read(path), path, engine, dataset, pen.log)
            remains.tellOfReturn(to: engine.state.counters.imagesShown, pen.log)
            try checkpoints.goOn(from: path, number: engine.state.counters.imagesShown)
        case .fresh, .transfer:
            guard try checkpoints.list().isEmpty else {
                throw StateError(
                    path: checkpoints.path,
                    reason: "already holds checkpoints, which a fresh start would replace; choose another --run, or go "
                        + "on with --resume auto, or remove the run folder before you start afresh")
            }
            guard case .transfer(let name, let overRemains) = self else {
                try FrozenLayers.checkFreshStart(engine.configuration)
                return try remains.startAfresh(isAsked: true, pen.log)
            }
            try remains.checkFreshStart(isAsked: overRemains, pen.log)
            let path = try Self.named(name, pen.log)
            let missing = try engine.transfer(
                try CheckpointFile.read(path, verification: .ifPresent), path: path,
                description: dataset.description)
            pen.log.write(.info, "networks transferred from \(path)")
            for text in missing { pen.log.write(.warning, text) }
            try checkpoints.begin()
        }
    }

    private static func named(_ name: String, _ log: RunLog) throws -> String {
        let named = try NamedCheckpoint(name)
        for note in named.notes { log.write(.info, note) }
        return named.path
    }

    private static func resume(
        _ contents: CheckpointContents, _ path: String, _ engine: StepEngine, _ dataset: Dataset, _ log: RunLog
    ) throws {
        let changes = try engine.resume(contents, path: path, datasetID: dataset.id, description: dataset.description)
        log.write(.info, "resumed from \(path) at \(NumberText.grouped(engine.state.counters.imagesShown)) images")
        for change in changes { log.write(.warning, "since the checkpoint: \(change)") }
    }
}
