import Foundation
import TestSupport
import Testing

/// Event files as others read them.
enum EventReading {
    /// Python needs nothing but itself for this: it knows the frame of a record, CRC-32C and the encoding of messages.
    static let reader = """
        import json, struct, sys
        table = []
        for n in range(256):
            for _ in range(8):
                n = n >> 1 ^ 0x82F63B78 if n & 1 else n >> 1
            table.append(n)
        def crc(data):
            c = 0xFFFFFFFF
            for b in data:
                c = c >> 8 ^ table[(c ^ b) & 255]
            c ^= 0xFFFFFFFF
            return ((c >> 15 | c << 17) + 0xA282EAD8) & 0xFFFFFFFF
        def fields(data):
            i, found = 0, []
            def varint():
                nonlocal i
                v = s = 0
                while True:
                    b = data[i]; i += 1
                    v |= (b & 127) << s; s += 7
                    if b < 128: return v
            while i < len(data):
                key = varint()
                if key & 7 == 0: value = varint()
                elif key & 7 == 1: value = struct.unpack('<d', data[i:i + 8])[0]; i += 8
                elif key & 7 == 5: value = struct.unpack('<f', data[i:i + 4])[0]; i += 4
                else: n = varint(); assert i + n <= len(data); value = data[i:i + n]; i += n
                found.append((key >> 3, value))
            return found
        data = open(sys.argv[1], 'rb').read()
        i, events = 0, []
        while i < len(data):
            n, c = struct.unpack('<QI', data[i:i + 12])
            assert crc(data[i:i + 8]) == c, i
            body = data[i + 12:i + 12 + n]
            assert struct.unpack('<I', data[i + 12 + n:i + 16 + n])[0] == crc(body), i
            i += 16 + n
            event = dict(fields(body))
            for _, value in fields(event.get(5, b'')):
                parts = dict(fields(value))
                kind = 'scalar' if 2 in parts else 'image' if 4 in parts else 'histogram'
                image = dict(fields(parts[4])) if 4 in parts else {}
                assert not image or image[4][:8] == bytes([0x89, 80, 78, 71, 13, 10, 26, 10])
                events.append({'step': event.get(2, 0), 'tag': parts[1].decode(), 'kind': kind,
                    'value': parts.get(2, image.get(2, 0))})
        print(json.dumps(events))
        """

    /// TensorBoard's own.
    static let tensorboard = """
        import json, sys
        from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
        a = EventAccumulator(sys.argv[1], size_guidance={'scalars': 0, 'images': 0, 'histograms': 0})
        a.Reload()
        t = a.Tags()
        events = [{'step': e.step, 'tag': n, 'kind': 'scalar', 'value': e.value} for n in t['scalars'] for e in a.Scalars(n)]
        events += [{'step': e.step, 'tag': n, 'kind': 'image', 'value': e.width} for n in t['images'] for e in a.Images(n)]
        events += [{'step': e.step, 'tag': n, 'kind': 'histogram', 'value': 0}
            for n in t['histograms'] for e in a.Histograms(n)]
        print(json.dumps(events))
        """

    struct Event: Decodable, Hashable {
        let step: Int
        let tag: String
        let kind: String
        let value: Double
    }

    /// All values of a file, or of a folder of them.
    static func events(_ path: String, script: String = reader, module: String = "json") throws -> [Event] {
        let python = try #require(Python.interpreter(with: module))
        let result = try ChildProcess.run(["/usr/bin/env", python, "-c", script, path], timeout: 120)
        try #require(result.status == 0, "\(result.stderr)")
        return try JSONDecoder().decode([Event].self, from: Data(result.stdout.utf8))
    }

    /// The event files of a run.
    static func files(_ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.contains("tfevents") }.sorted()
            .map { folder + "/" + $0 }
    }
}
