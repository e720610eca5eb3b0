import Failure
import Foundation
import Storage

/// Appends to a run's event file, which TensorBoard reads: one file a run, whole after a crash, going on after a resume.
///
/// A file is a sequence of records (``EventRecord``), each a message `Event`; the first says which version they have.
/// Each record reaches the system at once.
public final class EventWriter {
    /// Path of the file.
    public var path: String { file.path }
    private let file: AppendingFile
    private let now: () -> Double

    /// Opens the event file of a run.
    ///
    /// - Parameters:
    ///   - folder: of the run.
    ///   - step: from which the run goes on: what is later is removed, from earlier files too. Nil for a run that begins:
    ///     it replaces what an earlier one has left.
    ///   - now: seconds since 1970.
    ///   - note: takes what is worth a warning: an earlier file that cannot be gone on with, which stays as it is.
    /// - Throws: ``ReportingError`` where no file can be written.
    public init(
        _ folder: RunFolder, keepThroughStep step: Int?, now: @escaping () -> Double = { Date().timeIntervalSince1970 },
        note: (String) -> Void
    ) throws(ReportingError) {
        self.now = now
        let seconds = Self.seconds(folder, note)
        if let step, let newest = seconds.last {
            // Where a damaged file was left and the run then goes far back, later steps stand in several.
            for second in seconds.dropLast() {
                let path = folder.path + "/" + EventFile.name(second: second)
                do { _ = try Self.cut(path, step) } catch {
                    note("\(error); it stays as it is, with what it has of later steps")
                }
            }
            if let file = Self.goOn(folder.path + "/" + EventFile.name(second: newest), step, note) {
                self.file = file
                if file.size == 0 { try begin() }
                return
            }
        } else if step == nil {
            for second in seconds {
                let path = folder.path + "/" + EventFile.name(second: second)
                do { try Files.remove(path) } catch { note("\(error)") }
            }
        }
        // Later than any other: TensorBoard reads them in the order of their names.
        let latest = (seconds.last ?? 0) < Int.max ? (seconds.last ?? 0) : 0
        file = try AppendingFile(
            folder.path + "/" + EventFile.name(second: max(Int(checkedRounding: now()) ?? 0, latest + 1)))
        try begin()
    }

    /// Those in the names of the folder's event files, ascending.
    private static func seconds(_ folder: RunFolder, _ note: (String) -> Void) -> [Int] {
        do {
            return try Files.names(in: folder.path).compactMap(EventFile.second(ofName:)).sorted()
        } catch {
            note("\(error)")
            return []
        }
    }

    /// - Returns: nil, with a note, where the file is not one to be gone on with.
    private static func goOn(_ path: String, _ step: Int, _ note: (String) -> Void) -> AppendingFile? {
        do {
            return try cut(path, step)
        } catch {
            note("\(error); events go on in a new file")
            return nil
        }
    }

    /// Removes what comes after a step.
    ///
    /// - Throws: ``UnusableEventFile``, and errors that name the file; it then stays as it is.
    private static func cut(_ path: String, _ step: Int) throws -> AppendingFile {
        try Files.requireRegular(path)
        let file = try AppendingFile(path)
        let size = file.size
        let extent = try EventFile.extent(throughStep: step, size: size) { count, offset throws(ReportingError) in
            try file.read(count, at: offset)
        }
        if let damage = extent.damage { throw UnusableEventFile(description: "\(path): \(damage)") }
        if extent.bytes < size { try file.truncate(to: extent.bytes) }
        return file
    }

    private func begin() throws(ReportingError) {
        var event = ProtobufMessage()
        event.add(1, now())
        event.add(3, "brain.Event:2")
        try file.append(EventRecord.framed(event.bytes))
    }

    /// Writes one record with some values.
    ///
    /// - Parameter step: images shown.
    /// - Throws: ``ReportingError``; the file then ends as it did before.
    public func write(step: Int, _ values: [EventValue]) throws(ReportingError) {
        guard !values.isEmpty else { return }
        var summary = ProtobufMessage()
        for value in values { summary.add(1, value.message) }
        var event = ProtobufMessage()
        event.add(1, now())
        event.add(2, step)
        event.add(5, summary)
        try file.append(EventRecord.framed(event.bytes))
    }
}

/// A file of earlier events in which something else stands.
private struct UnusableEventFile: Error, CustomStringConvertible {
    let description: String
}
