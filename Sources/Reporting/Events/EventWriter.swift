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
    ///   - step: from which the run goes on: what is later is removed. Nil for a run that begins: it replaces what an
    ///     earlier one has left.
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
        let problem: String
        do {
            try Files.requireRegular(path)
            let file = try AppendingFile(path)
            let extent = try EventFile.extent(throughStep: step) { count, offset throws(ReportingError) in
                try file.read(count, at: offset)
            }
            if extent.damage == nil {
                if extent.bytes < file.size { try file.truncate(to: extent.bytes) }
                return file
            }
            problem = path + ": " + (extent.damage ?? "")
        } catch {
            problem = "\(error)"
        }
        note("\(problem); events go on in a new file")
        return nil
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
