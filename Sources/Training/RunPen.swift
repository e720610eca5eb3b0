import Configuration
import Reporting
import Storage

/// Rank 0's hold on a run folder: nobody else writes there while it lives.
package final class RunPen {
    package let folder: RunFolder
    package let log: RunLog
    package let lock: RunLock
    let launch: String?
    let console: Console

    /// - Parameters:
    ///   - lock: of the folder; without one it is taken here.
    ///   - launch: what ``RunEnding`` is to call this start.
    package init(
        _ folder: RunFolder, lock: RunLock?, launch: String?, _ configuration: ResolvedConfiguration, console: Console
    ) throws {
        self.folder = folder
        self.launch = launch
        self.console = console
        self.lock =
            try lock
            ?? RunFolderLock.take(folder, patience: configuration.cluster.lockSeconds) { console.print($0) }
        log = RunLog(console: console)
        try log.open(folder.log)
        for note in self.lock.notes { log.write(.warning, note) }
    }

    deinit { lock.release() }

    /// How this start ended, for launchers.
    func recordEnding(_ exitCode: Int32, imagesShown: Int, imagesAsked: Int) throws {
        try RunEnding(
            launch: launch, exitCode: exitCode, imagesShown: imagesShown, imagesAsked: imagesAsked,
            checkpoint: CheckpointFolder(folder.checkpoints).latestName()
        ).write(to: folder)
    }
}
