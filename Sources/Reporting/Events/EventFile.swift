/// An event file as a run that goes on finds it.
struct EventFile {
    /// What it holds up to a step.
    struct Extent: Equatable {
        /// Whole records up to the first one beyond the step, or to the end.
        var bytes = 0
        /// What is wrong with what follows them; nil where that is nothing, later steps, or a record that was cut short.
        var damage: String?
    }

    /// Reads a file record by record.
    ///
    /// - Parameters:
    ///   - step: the last that stays.
    ///   - read: so many bytes from an offset on; fewer at the end of the file.
    static func extent(
        throughStep step: Int, _ read: (_ count: Int, _ offset: Int) throws(ReportingError) -> [UInt8]
    ) throws(ReportingError) -> Extent {
        var extent = Extent()
        while true {
            let head = try read(EventRecord.headBytes, extent.bytes)
            // Nothing, or a record that a crash has cut short.
            guard head.count == EventRecord.headBytes else { return extent }
            guard let length = EventRecord.length(ofHead: head), length <= EventRecord.longest else {
                extent.damage = "at byte \(extent.bytes) begins no record"
                return extent
            }
            let whole = length + EventRecord.tailBytes
            let body = try read(whole, extent.bytes + EventRecord.headBytes)
            guard body.count == whole else { return extent }
            guard EventRecord.isSound(body),
                let found = ProtobufMessage.integer(2, in: Array(body.dropLast(EventRecord.tailBytes)))
            else {
                extent.damage = "its record at byte \(extent.bytes) is damaged"
                return extent
            }
            if found > step { return extent }
            extent.bytes += EventRecord.headBytes + whole
        }
    }

    /// The name of a file that begins in a second since 1970.
    static func name(second: Int) -> String { prefix + "\(second)" + suffix }

    /// The second in a name of ours; nil for any other name.
    static func second(ofName name: String) -> Int? {
        guard name.hasPrefix(prefix), name.hasSuffix(suffix) else { return nil }
        let second = Int(name.dropFirst(prefix.count).dropLast(suffix.count))
        return second.flatMap { self.name(second: $0) == name ? $0 : nil }
    }

    private static let prefix = "events.out.tfevents."
    private static let suffix = ".ganglion"
}
