import Failure
import Reporting
import Storage

/// The checkpoints that a picture is of: one, or several of a run over its course.
struct ShownCheckpoints {
    /// The oldest first, or as they were named.
    private(set) var paths: [String]
    /// What is to be said of them.
    private let notes: [String]
    /// Whether they are all that a run has kept, of which a damaged one may be left out.
    private let isRun: Bool

    static let mostColumns = 12

    /// Whether the picture is of a course.
    var isStrip: Bool { paths.count > 1 }

    /// - Parameters:
    ///   - names: a run folder alone, or its folder of checkpoints, stands for all that it has kept; anything else for one
    ///     checkpoint each, see ``NamedCheckpoint``.
    ///   - columns: most that are shown: of more, the first, the last and others evenly between.
    /// - Throws: ``CheckpointError`` where there is none, or a folder is nothing of the kind.
    init(_ names: [String], columns: Int) throws {
        if names.count == 1, Files.isFolder(names[0]), let folder = try NamedCheckpoint.folder(of: names[0]) {
            let kept = try folder.listOfRun().reversed().map { folder.path + "/" + $0 }
            if kept.count > 1 {
                (paths, isRun) = (Self.thinned(Array(kept), to: columns), true)
                // Which of them can be read is not known yet.
                let some = paths.count == kept.count ? "" : ", of which \(paths.count) are to be shown"
                notes = ["\(names[0]): has \(kept.count) checkpoints\(some)"]
                return
            }
        }
        let named = try names.map { try NamedCheckpoint($0) }
        (paths, isRun) = (Self.thinned(named.map(\.path), to: columns), false)
        notes =
            named.flatMap(\.notes)
            + (paths.count == named.count ? [] : ["of \(named.count) checkpoints \(paths.count) are shown"])
    }

    /// The first, the last, and others evenly between.
    static func thinned(_ paths: [String], to columns: Int) -> [String] {
        guard paths.count > columns else { return paths }
        return (0..<columns).map { paths[$0 * (paths.count - 1) / (columns - 1)] }
    }

    /// One of them, as it is called in what is printed of a strip.
    static func text(_ path: String, imagesShown: Int?) -> String {
        imagesShown.map { "\(NumberText.plain(Double($0) / 1000)) kimg, \(path)" } ?? path
    }

    /// Goes through them from the last to the first, one at a time, as networks take much memory.
    ///
    /// - Parameters:
    ///   - say: takes what is said of them, and of those that are left out.
    ///   - open: reads a file.
    ///   - show: takes what was read.
    /// - Throws: what either throws; of a run's checkpoints one that cannot be read is said and left out, unless all are.
    func forEachFromLast<Opened>(
        _ say: (String) -> Void, open: (String) throws -> Opened, show: (String, Opened) throws -> Void
    ) throws {
        for note in notes { say(note) }
        var failure: (any Error)?
        var shown = 0
        for path in paths.reversed() {
            let opened: Opened
            do { opened = try open(path) } catch let error as any ExitCoded where isRun {
                say("not shown: \(String(printing: error))")
                failure = error
                continue
            }
            try show(path, opened)
            shown += 1
        }
        if shown == 0, let failure { throw failure }
    }
}
