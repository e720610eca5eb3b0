import Failure
import Foundation
import Storage
import TestSupport
import Testing

extension EndToEnd {
    /// Datasets that cannot be trained on: each is refused by name before anything is written.
    @Suite struct BadDatasets {
        private func refuse(
            _ scratch: Scratch, _ data: String, status: Int32 = ExitCode.badData, ranks: Int? = nil, _ texts: String...,
            location: SourceLocation = #_sourceLocation
        ) throws {
            let before = contents(of: data)
            let run = TestRun(data: data, folder: scratch("run"))
            let result = try run.train(images: 96, ranks: ranks)
            expect(result, status: status, location: location)
            for text in texts {
                #expect(result.stderr.contains(text), "\(result.stderr)", sourceLocation: location)
            }
            #expect(result.stderr.ranges(of: "error: ").count == 1, "\(result.stderr)", sourceLocation: location)
            #expect(!FileManager.default.fileExists(atPath: run.folder), sourceLocation: location)
            #expect(contents(of: data) == before, sourceLocation: location)
        }

        @Test(arguments: [nil, 2] as [Int?]) func missingFolder(ranks: Int?) throws {
            let scratch = try Scratch()
            try refuse(
                scratch, scratch("nowhere"), status: ExitCode.missingInput, ranks: ranks,
                "\(scratch("nowhere")): no such folder", "ganglion dataset import")
        }

        @Test func folderWithoutShards() throws {
            let scratch = try Scratch()
            let folder = try scratch.folder("empty")
            try refuse(scratch, folder, status: ExitCode.missingInput, "\(folder): holds no shard-00000.h5")
        }

        @Test func shardMissing() throws {
            let scratch = try Scratch()
            let data = try scratch.shapes()
            try FileManager.default.removeItem(atPath: data + "/shard-00002.h5")
            try refuse(scratch, data, ranks: 2, "\(data)/shard-00002.h5: shard 2 of 4 is missing")
        }

        @Test func shardTwice() throws {
            let scratch = try Scratch()
            let data = try scratch.shapes()
            try scratch.copy(data + "/shard-00001.h5", to: "shapes/shard-00009.h5")
            try refuse(scratch, data, "shard-00009.h5: is shard 1, and so is \(data)/shard-00001.h5", "each shard once")
        }

        @Test func shardsOfTwoDatasets() throws {
            let scratch = try Scratch()
            let data = try scratch.shapes()
            let other = try scratch.shapes("other", seed: 1)
            try FileManager.default.removeItem(atPath: data + "/shard-00003.h5")
            try scratch.copy(other + "/shard-00003.h5", to: "shapes/shard-00003.h5")
            let ids = try [
                Dataset(other).id, HDF5File(reading: data + "/shard-00000.h5").attribute("dataset_id")?.stringValue,
            ]
            try refuse(
                scratch, data, "\(data)/shard-00003.h5: belongs to dataset \(ids[0] ?? "")", "expected \(ids[1] ?? "")")
        }

        @Test func shardThatIsNoHDF5() throws {
            let scratch = try Scratch()
            let data = try scratch.shapes()
            try damage(data + "/shard-00001.h5") { $0 = Data("not HDF5 at all".utf8) }
            try refuse(scratch, data, "\(data)/shard-00001.h5", "not an HDF5 file")
            try damage(data + "/shard-00001.h5") { $0 = Data() }
            try refuse(scratch, data, "\(data)/shard-00001.h5")
        }

        @Test func labelOutOfRange() throws {
            let scratch = try Scratch()
            let data = try shard(scratch, resolution: 8, labels: [0, 1, 2, 3])
            try refuse(scratch, data, "\(data)/shard-00000.h5: row 3 has label 3, expected 0 to 2")
        }

        @Test func resolutionThatIsNoPowerOfTwo() throws {
            let scratch = try Scratch()
            let data = try shard(scratch, resolution: 12, labels: [0, 1, 2, 0])
            try refuse(scratch, data, "\(data)/shard-00000.h5", "resolution 12", "a power of two")
        }

        @Test func imagesTooSmallToTrainOn() throws {
            let scratch = try Scratch()
            let data = try scratch.shapes(resolution: 4)
            try refuse(scratch, data, status: ExitCode.badConfiguration, "4×4", "8 or more", "--resolution 8")
        }

        @Test func labelsThatAreNotThere() throws {
            let scratch = try Scratch()
            let writer = try DatasetWriter(
                folder: scratch("plain"), description: DatasetDescription(resolution: 8, channels: 3))
            for value in 0..<16 { try writer.append(image: [UInt8](repeating: UInt8(value), count: 192)) }
            _ = try writer.finish()
            let run = TestRun(data: scratch("plain"), folder: scratch("run"))
            let result = try run.train(images: 96, "--set", "data.labels=true")
            expect(result, status: 78, says: "data.labels is true, but the data set has no labels", "data.labels=false")
        }

        /// Found by its checksum when the first image in it is shown.
        @Test(arguments: [nil, 2] as [Int?]) func corruptedChunk(ranks: Int?) throws {
            let scratch = try Scratch()
            let data = try scratch.shapes(resolution: 32)
            let shard = data + "/shard-00001.h5"
            try damage(shard) { data in
                for index in data.count / 2..<data.count / 2 + 64 { data[index] ^= 0x5A }
            }
            let run = TestRun(data: data, folder: scratch("run"))
            let result = try run.train(images: 96, ranks: ranks)
            expect(result, status: 65, says: "\(shard): images, rows ", "damaged")
            #expect(result.stderr.ranges(of: "error: ").count == 1, "\(result.stderr)")
            let verified = try Program.run(["dataset", "info", data, "--verify"])
            expect(verified, status: 65, says: "\(shard): images, rows ")
        }

        /// White pixels in place of black ones, which Fletcher-32 takes for the same.
        @Test func whiteForBlack() throws {
            let scratch = try Scratch()
            let data = scratch("data")
            let writer = try DatasetWriter(
                folder: data, description: DatasetDescription(resolution: 16, channels: 1), shards: 1)
            for index in 0..<32 {
                let top = [UInt8](repeating: 0, count: 128)
                try writer.append(image: top + (0..<128).map { UInt8($0 + index) })
            }
            _ = try writer.finish()
            expect(try Program.run(["dataset", "info", data, "--verify"]), status: 0, says: "every checksum is right")
            let shard = data + "/shard-00000.h5"
            try damage(shard) { bytes in
                let black = bytes.range(of: Data(count: 128) + Data((0..<128).map { UInt8($0) }))
                for index in (black?.lowerBound ?? 0)..<(black?.lowerBound ?? 0) + 64 { bytes[index] = 255 }
            }
            expect(
                try Program.run(["dataset", "info", data, "--verify"]), status: 65,
                says: "\(shard): images, rows 0 to 31 of this shard are damaged", "1 faults")
            let run = TestRun(data: data, folder: scratch("run"))
            expect(try run.train(images: 96), status: 65, says: "\(shard): images, rows 0 to 31", "damaged")
        }

        /// Everything else in the file was read: what HDF5 keeps about chunks has no checksum of its own.
        @Test func corruptedIndexOfChunks() throws {
            let scratch = try Scratch()
            let data = try scratch.shapes()
            let shard = data + "/shard-00001.h5"
            try damage(shard) { bytes in
                // The first version of HDF5's B-tree: the index of a dataset's chunks begins with TREE and type 1.
                for start in bytes.indices where bytes[start...].starts(with: Data("TREE\u{1}".utf8)) {
                    for index in start + 24..<start + 80 { bytes[index] ^= 0x55 }
                }
            }
            try refuse(scratch, data, shard)
        }

        /// A shard by hand.
        private func shard(_ scratch: Scratch, resolution: Int, labels: [Int32]) throws -> String {
            let path = try scratch.folder("made") + "/shard-00000.h5"
            let file = try HDF5File(inMemory: path)
            let shape = [labels.count, resolution, resolution, 3]
            try file.write([UInt8](repeating: 7, count: shape.reduce(1, *)), shape: shape, to: "images")
            try file.write(labels, shape: [labels.count], to: "labels")
            let numbers = [
                ("version", 1), ("shard", 0), ("shards", 1), ("count_total", labels.count), ("resolution", resolution),
                ("channels", 3), ("classes", 3), ("semantic_classes", 0),
            ]
            for (name, value) in numbers { try file.setAttribute(name, to: .int(value)) }
            try file.setAttribute("format", to: .string("ganglion-dataset"))
            try file.setAttribute("dataset_id", to: .string("made by hand"))
            try file.save(to: path)
            return scratch("made")
        }
    }
}
