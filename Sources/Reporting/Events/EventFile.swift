/// An event file as a run that goes on finds it.
package enum EventFile {
    /// What it holds up to a step.
    package struct Extent: Equatable {
        /// Whole records up to the first one beyond the step, or to the end.
        package var bytes: Int
        /// What is wrong with what follows them; nil where that is nothing, later steps, or a record that was cut short.
        package var damage: String?

        package init(bytes: Int = 0, damage: String? = nil) { (self.bytes, self.damage) = (bytes, damage) }
    }

    /// A record's place in the file.
    private struct Place {
        let start: Int
        /// Of its bytes, without their checksum.
        let length: Int

        var body: Int { start + EventRecord.headBytes }
        var end: Int { body + length + EventRecord.tailBytes }
    }

    /// Of a body so much is read to know its step; whatever we write begins with the time and the step.
    private static let openingBytes = 24
    private static let piece = 1 << 20

    /// Finds where a file ends for a run that goes on from a step.
    ///
    /// A long run's file has gigabytes of pictures, and all ranks wait: only the beginnings of its records are read, and
    /// only that record is compared with its checksum after which the file would end, and the one before which it would.
    ///
    /// - Parameters:
    ///   - step: the last that stays.
    ///   - size: of the file.
    ///   - read: so many bytes from an offset on, a megabyte at most; fewer at the end of the file.
    package static func extent(
        throughStep step: Int, size: Int, _ read: (_ count: Int, _ offset: Int) throws(ReportingError) -> [UInt8]
    ) throws(ReportingError) -> Extent {
        var extent = Extent()
        var last: Place?
        func damaged(_ place: Place) -> Extent {
            Extent(bytes: place.start, damage: "its record at byte \(place.start) is damaged")
        }
        while true {
            let opening = try read(EventRecord.headBytes + openingBytes, extent.bytes)
            // Nothing, or a record that a crash has cut short.
            guard opening.count >= EventRecord.headBytes else { break }
            guard let length = EventRecord.length(ofHead: Array(opening.prefix(EventRecord.headBytes))),
                length <= EventRecord.longest
            else {
                extent.damage = "at byte \(extent.bytes) begins no record"
                return extent
            }
            let place = Place(start: extent.bytes, length: length)
            guard place.end <= size else { break }
            guard let found = self.step(Array(opening.dropFirst(EventRecord.headBytes).prefix(length))) else {
                return damaged(place)
            }
            if found > step {
                // A step that is not what was written must not cost what follows.
                guard try isSound(place, read) else { return damaged(place) }
                break
            }
            last = place
            extent.bytes = place.end
        }
        if let last, try !isSound(last, read) { return damaged(last) }
        return extent
    }

    /// The step in the beginning of an event of ours; nil where the bytes are none.
    private static func step(_ opening: [UInt8]) -> Int? {
        guard opening.count >= 9, opening[0] == ProtobufMessage.key(1, .eightBytes) else { return nil }
        // The first record has none.
        guard opening.count > 9, opening[9] == ProtobufMessage.key(2, .varint) else { return 0 }
        return ProtobufMessage.varint(of: opening, at: 10).map { Int(Int64(bitPattern: $0)) }
    }

    private static func isSound(
        _ place: Place, _ read: (_ count: Int, _ offset: Int) throws(ReportingError) -> [UInt8]
    ) throws(ReportingError) -> Bool {
        var sum = EventRecord.Checksum()
        var offset = place.body
        while offset < place.body + place.length {
            let bytes = try read(min(piece, place.body + place.length - offset), offset)
            guard !bytes.isEmpty else { return false }
            sum.add(bytes[...])
            offset += bytes.count
        }
        return try read(EventRecord.tailBytes, offset) == sum.bytes
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
