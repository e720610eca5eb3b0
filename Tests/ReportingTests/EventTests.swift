import Foundation
import TestSupport
import Testing

import Reporting

/// Event files, by what the formats say of them and by nothing of ours.
@Suite struct EventTests {
    /// RFC 3720, appendix B.4, and the check value of the catalogues.
    @Test func checksums() {
        func sum(_ bytes: [UInt8]) -> UInt32 { EventRecord.crc32c(bytes[...]) }
        #expect(sum([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
        #expect(sum([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
        #expect(sum(Array(0..<32)) == 0x46DD_794E)
        #expect(sum(Array("123456789".utf8)) == 0xE306_9283)
        #expect(sum([]) == 0)
    }

    private func folder(_ body: (RunFolder, String) throws -> Void) throws {
        try withTemporaryFolder { path in try body(RunFolder(path), path + "/events.out.tfevents.1000.ganglion") }
    }

    private func writer(
        _ folder: RunFolder, keep step: Int? = nil, now: Double = 1000, notes: (String) -> Void = { _ in }
    ) throws -> EventWriter {
        try EventWriter(folder, keepThroughStep: step, now: { now }, note: notes)
    }

    @Test func whatIsWritten() throws {
        try folder { folder, path in
            let writer = try writer(folder, now: 1000.25)
            #expect(writer.path == path)
            try writer.write(step: 0, [.image("reals", png: [1, 2, 3], height: 5, width: 700, channels: 3)])
            try writer.write(step: 300, [.scalar("loss/generator", 0.5), .scalar("memory/bytes", 1e9)])
            try writer.write(step: 301, [])
            let histogram = try #require(EventHistogram([0, 0.5, 3, .nan, .infinity], scale: 2))
            try writer.write(step: 5_000_000_000, [.histogram("parameters/ü", histogram)])
            // On the disk at once, without closing.
            let events = try #require(try records(ofEventFile: path))
            try #require(events.count == 4)
            #expect(events.allSatisfy { $0.double(1) == 1000.25 })
            #expect(events[0].text(3) == "brain.Event:2")
            #expect(events[0].integer(2) == nil)

            let image = try #require(events[1].message(5)?.message(1))
            #expect(events[1].integer(2) == 0)
            #expect(image.text(1) == "reals")
            let picture = try #require(image.message(4))
            #expect([picture.integer(1), picture.integer(2), picture.integer(3)] == [5, 700, 3])
            #expect(picture.bytes(4) == [1, 2, 3])

            #expect(events[2].integer(2) == 300)
            let values = try #require(events[2].message(5)).all(1)
            let scalars = values.compactMap { value -> DecodedMessage? in
                if case .bytes(let bytes) = value { DecodedMessage(bytes) } else { nil }
            }
            #expect(scalars.map { $0.text(1) } == ["loss/generator", "memory/bytes"])
            #expect(scalars.map { $0.float(2) } == [0.5, 1e9])

            #expect(events[3].integer(2) == 5_000_000_000)
            let value = try #require(events[3].message(5)?.message(1))
            let stored = try #require(value.message(5))
            #expect(value.text(1) == "parameters/ü")
            #expect([stored.double(1), stored.double(2), stored.double(3)] == [0, 6, 3])
            #expect([stored.double(4), stored.double(5)] == [7, 37])
            let limits = try #require(stored.doubles(6))
            let counts = try #require(stored.doubles(7))
            #expect(limits.count == 30 && counts.count == 30 && limits.last == 6)
            #expect(limits == limits.sorted() && abs(limits[0] - 0.2) < 1e-12)
            #expect(counts.indices.filter { counts[$0] > 0 } == [0, 5, 29])
        }
    }

    @Test func histogramsOfWhatIsOddlySpread() throws {
        #expect(EventHistogram([Float.nan]) == nil)
        #expect(EventHistogram([Float]()) == nil)
        let equal = try #require(EventHistogram([3, 3, 3] as [Float]))
        #expect(equal.limits == [3] && equal.counts == [3])
        // Two neighbouring numbers have no room for thirty parts.
        let close = try #require(EventHistogram([1, Float(1).nextUp]))
        #expect(close.counts.reduce(0, +) == 2)
        #expect(zip(close.limits, close.limits.dropFirst()).allSatisfy { $0 < $1 })
        let wide = try #require(EventHistogram([-Float.greatestFiniteMagnitude, Float.greatestFiniteMagnitude]))
        #expect(wide.counts.first == 1 && wide.counts.last == 1)
    }

    /// What was written after the step from which a run goes on is written again.
    @Test func goingOn() throws {
        try folder { folder, path in
            let first = try writer(folder)
            for step in [8, 16, 24, 32] { try first.write(step: step, [.scalar("a", Double(step))]) }
            let second = try writer(folder, keep: 16, now: 2000)
            #expect(second.path == path)
            try second.write(step: 20, [.scalar("a", 20)])
            #expect(try records(ofEventFile: path)?.map { $0.integer(2) ?? 0 } == [0, 8, 16, 20])
            // The same step: nothing changes.
            let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
            _ = try writer(folder, keep: 20, now: 3000)
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == bytes)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 1)
        }
    }

    /// A crash in the middle of a record, wherever it was.
    @Test func halfARecordGoes() throws {
        try folder { folder, path in
            let first = try writer(folder)
            try first.write(step: 8, [.scalar("a", 8)])
            let whole = try Data(contentsOf: URL(fileURLWithPath: path))
            try first.write(step: 16, [.scalar("a", 16)])
            let all = try Data(contentsOf: URL(fileURLWithPath: path))
            for count in [whole.count, whole.count + 1, whole.count + 11, whole.count + 13, all.count - 1] {
                try all.prefix(count).write(to: URL(fileURLWithPath: path))
                var notes: [String] = []
                let second = try writer(folder, keep: 100, now: 2000) { notes.append($0) }
                try second.write(step: 24, [.scalar("a", 24)])
                #expect(notes == [])
                #expect(try records(ofEventFile: path)?.map { $0.integer(2) ?? 0 } == [0, 8, 24], "\(count)")
            }
            // Not even the first record was written.
            try all.prefix(5).write(to: URL(fileURLWithPath: path))
            try writer(folder, keep: 100, now: 2000).write(step: 24, [.scalar("a", 24)])
            #expect(try records(ofEventFile: path)?.map { $0.text(3) } == ["brain.Event:2", nil])
        }
    }

    /// A run that begins replaces what an earlier one has left, and nobody else's files.
    @Test func beginning() throws {
        try folder { folder, path in
            try writer(folder).write(step: 8, [.scalar("a", 8)])
            let foreign = folder.path + "/events.out.tfevents.1.host"
            try "mine".write(toFile: foreign, atomically: false, encoding: .utf8)
            let second = try writer(folder, now: 900)
            #expect(second.path != path && !FileManager.default.fileExists(atPath: path))
            #expect(try records(ofEventFile: second.path)?.count == 1)
            #expect(try text(of: foreign) == "mine")
        }
    }

    /// Each is left as it is, and noted; the run goes on in another file, which TensorBoard reads after it.
    @Test(arguments: ["flipped", "length", "junk", "link", "folder", "zeros"])
    func whatCannotBeGoneOnWith(kind: String) throws {
        try folder { folder, path in
            let manager = FileManager.default
            let first = try writer(folder)
            for step in [8, 16] { try first.write(step: step, [.scalar("a", Double(step))]) }
            var data = try Data(contentsOf: URL(fileURLWithPath: path))
            switch kind {
            case "flipped": data[data.count - 6] ^= 1
            case "length": data[7] = 0x7F
            case "junk": data = Data("{\"step\": 1}, and more that is no event".utf8)
            case "zeros": data += Data(count: 64)
            default: break
            }
            try manager.removeItem(atPath: path)
            switch kind {
            case "link":
                try data.write(to: URL(fileURLWithPath: folder.path + "/other"))
                try manager.createSymbolicLink(atPath: path, withDestinationPath: folder.path + "/other")
            case "folder": try manager.createDirectory(atPath: path, withIntermediateDirectories: false)
            default: try data.write(to: URL(fileURLWithPath: path))
            }
            var notes: [String] = []
            let second = try writer(folder, keep: 100, now: 1000) { notes.append($0) }
            try second.write(step: 24, [.scalar("a", 24)])
            #expect(
                notes.count == 1 && notes.allSatisfy { $0.contains(path) && $0.hasSuffix("events go on in a new file") }
            )
            #expect(second.path == folder.path + "/events.out.tfevents.1001.ganglion")
            #expect(try records(ofEventFile: second.path)?.map { $0.integer(2) ?? 0 } == [0, 24])
            if kind != "folder" { #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == data) }
            // The next start goes on with the new one.
            #expect(try writer(folder, keep: 100, now: 1000).path == second.path)
        }
    }

    /// A long run's file is gigabytes long: of what stays, only the beginnings of records are read, and the last of them.
    @Test func littleIsRead() throws {
        try folder { folder, path in
            let writer = try writer(folder)
            let large = 1_500_000
            for step in 1...20 {
                try writer.write(
                    step: 6 * step,
                    [.image("a", png: [UInt8](repeating: 7, count: large), height: 1, width: 1, channels: 1)])
            }
            let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
            var (whole, longest) = (0, 0)
            func extent(_ step: Int, _ bytes: [UInt8]) throws -> EventFile.Extent {
                (whole, longest) = (0, 0)
                return try EventFile.extent(throughStep: step, size: bytes.count) { count, offset in
                    (whole, longest) = (whole + count, max(longest, count))
                    return Array(bytes[min(offset, bytes.count)..<min(offset + count, bytes.count)])
                }
            }
            #expect(try extent(1000, bytes) == EventFile.Extent(bytes: bytes.count))
            #expect(whole < large + 2000 && longest <= 1 << 20)
            let record = (bytes.count - 40) / 20
            let first = bytes.count - 20 * record
            #expect(try extent(30, bytes) == EventFile.Extent(bytes: first + 5 * record))
            #expect(whole < 2 * large + 2000 && longest <= 1 << 20)
            // In the last that stays, and in the first that would go: its step may be another.
            for place in [5, 6] {
                var damaged = bytes
                damaged[first + place * record - 6] ^= 1
                let found = try extent(30, damaged)
                #expect(found.bytes == first + (place - 1) * record && found.damage?.contains("is damaged") == true)
            }
        }
    }

    /// After a damaged file has been left a run may go back further than where the new one begins.
    @Test func goingBackThroughSeveralFiles() throws {
        try folder { folder, path in
            let first = try writer(folder)
            for step in [8, 16, 24] { try first.write(step: step, [.scalar("a", Double(step))]) }
            let newer = folder.path + "/events.out.tfevents.2000.ganglion"
            try withTemporaryFolder { other in
                let second = try writer(RunFolder(other), now: 2000)
                for step in [32, 40] { try second.write(step: step, [.scalar("a", Double(step))]) }
                try FileManager.default.copyItem(atPath: second.path, toPath: newer)
            }
            func steps(_ path: String) throws -> [Int]? { try records(ofEventFile: path)?.map { $0.integer(2) ?? 0 } }
            var notes: [String] = []
            let third = try writer(folder, keep: 16, now: 3000) { notes.append($0) }
            try third.write(step: 20, [.scalar("a", 20)])
            #expect(try third.path == newer && steps(newer) == [0, 20])
            #expect(try steps(path) == [0, 8, 16] && notes == [])

            var data = try Data(contentsOf: URL(fileURLWithPath: path))
            data[data.count - 6] ^= 1
            try data.write(to: URL(fileURLWithPath: path))
            let fourth = try writer(folder, keep: 18, now: 3000) { notes.append($0) }
            #expect(try fourth.path == newer && steps(newer) == [0])
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == data)
            #expect(notes.count == 1 && notes[0].contains("\(path): its record at byte") && notes[0].contains("stays"))
        }
    }

    /// A length that nobody has written takes no memory, and a name beyond all numbers no arithmetic.
    @Test func forgedLengthsAndNames() throws {
        try folder { folder, path in
            let length = stride(from: 0, to: 64, by: 8).map { UInt8(truncatingIfNeeded: (1 << 40) >> $0) }
            let sum = EventRecord.checksum(length[...])
            let head = length + stride(from: 0, to: 32, by: 8).map { UInt8(truncatingIfNeeded: sum >> $0) }
            try Data(head).write(to: URL(fileURLWithPath: path))
            var notes: [String] = []
            _ = try writer(folder, keep: 100) { notes.append($0) }
            #expect(notes.count == 1 && notes[0].contains("at byte 0 begins no record"))
            let late = folder.path + "/events.out.tfevents.\(Int.max).ganglion"
            try "junk of some length".write(toFile: late, atomically: false, encoding: .utf8)
            #expect(try writer(folder, keep: 100).path == path)
        }
    }

    @Test func cannotWrite() throws {
        let error = thrown(ReportingError.self) {
            try EventWriter(RunFolder("/nowhere"), keepThroughStep: nil, now: { 1 }, note: { _ in })
        }
        #expect(error?.exitCode == 73)
        #expect(error?.description.contains("/nowhere/events.out.tfevents.1.ganglion") == true)
    }

    @Test func tags() {
        let fields = [
            JSONField("images", 1), JSONField("images_per_second", 2.0), JSONField("loss/ggdr", 3.0),
            JSONField("memory_bytes", 4), JSONField("something", 5), JSONField("text", "x"),
            JSONField("r1_penalty", Double.nan),
        ]
        let tags = EventTags.values(stats: fields).compactMap { DecodedMessage($0.bytes)?.text(1) }
        #expect(
            tags == [
                "speed/images_per_second", "loss/ggdr", "memory/memory_bytes", "other/something",
                "regularization/r1_penalty",
            ])
        let metrics = EventTags.values(metrics: [JSONField("images", 1), JSONField("swd/16", 2.0)])
        #expect(metrics.compactMap { DecodedMessage($0.bytes)?.text(1) } == ["metrics/swd/16"])
    }
}
