import Foundation
import Storage
import TestSupport
import Testing

extension EndToEnd {
    /// `data.stage`: the shards are copied to a disk of the host, and read there.
    @Suite struct Staging {
        private func stagedFolder(_ stage: String) throws -> String {
            let names = try FileManager.default.contentsOfDirectory(atPath: stage)
            #expect(names.count == 1)
            return stage + "/" + (try #require(names.first))
        }

        /// Changes pixels, and leaves the structure of a shard alone.
        private func scramble(_ shard: String) throws {
            try damage(shard) { data in
                for index in stride(from: data.count / 10, to: data.count / 2, by: 7) { data[index] ^= 0x5A }
            }
        }

        private func run(_ scratch: Scratch, count: Int = 64) throws -> TestRun {
            TestRun(
                data: try scratch.shapes(count: count, resolution: 16), folder: scratch("run"),
                options: TestRun.tiny + [
                    "--set", "checkpoint.every_kimg=0.2", "--set", "data.stage=\(scratch("stage"))",
                ])
        }

        @Test func changesNoBitsAndCopiesOnce() throws {
            let scratch = try Scratch()
            let staged = try run(scratch)
            var plain = TestRun(data: staged.data, folder: scratch("plain"))
            plain.options += ["--set", "checkpoint.every_kimg=0.2"]
            try plain.finish(images: 96, ranks: 2)

            let first = try staged.train(images: 96, ranks: 2)
            let folder = try stagedFolder(scratch("stage"))
            expect(
                first, status: 0, says: "data: copying ", "from \(staged.data) to \(folder)",
                "of \(staged.data) staged in \(folder): ", " copied in ")
            #expect(first.stdout.ranges(of: " copied in ").count == 1, "only rank 0 speaks")
            #expect(try differences(plain.contents(96), staged.contents(96)) == [])
            #expect(try plain.sheet(96) == staged.sheet(96))
            let log = try String(contentsOfFile: staged.folder + "/log.txt", encoding: .utf8)
            #expect(log.contains("staged in \(folder)"))

            let files = try fileVersions(in: folder)
            let second = try staged.train(images: 192, ranks: 2)
            expect(second, status: 0, says: "of \(staged.data) are staged in \(folder) already", "resumed from")
            #expect(!second.stdout.contains("since the checkpoint"), "\(second.stdout)")
            #expect(try fileVersions(in: folder) == files)
            // A run may go on without.
            let third = try Program.run(plain.arguments(192), ranks: 2)
            expect(third, status: 0, says: "resumed from")
            #expect(try differences(plain.contents(192), staged.contents(192)) == [])
        }

        @Test func theOriginalIsNotTouchedAfterwards() throws {
            let scratch = try Scratch()
            let run = try run(scratch, count: 6000)
            let job = try run.start(images: 1_000_000, ranks: 2)
            #expect(try eventually { try !run.checkpoints.list().isEmpty }, "\(job.stderr)")
            let processes = job.rankProcesses()
            #expect(processes.count == 2)
            let folder = try stagedFolder(scratch("stage"))
            for process in processes.values {
                let descriptors = "/proc/\(process)/fd"
                let open = try FileManager.default.contentsOfDirectory(atPath: descriptors).compactMap {
                    try? FileManager.default.destinationOfSymbolicLink(atPath: "\(descriptors)/\($0)")
                }.filter { $0.contains("/shard-") }
                #expect(open.count == 4 && open.allSatisfy { $0.hasPrefix(folder + "/shard-") }, "\(open)")
            }
            // More than an epoch goes by.
            for shard in 0..<4 { try scramble("\(run.data)/shard-0000\(shard).h5") }
            let before = try #require(try run.checkpoints.list().first.flatMap { Int($0.dropLast(3)) })
            #expect(
                try eventually {
                    let newest = try run.checkpoints.list().first.flatMap { Int($0.dropLast(3)) }
                    return newest ?? 0 > before + 6000
                }, "\(job.stderr)")
            job.send(SIGUSR1)
            expect(job.wait(seconds: 400), status: 75)
        }

        @Test func aCopyDamagedMidWayEndsTheRunAndIsMendedByTheNext() throws {
            let scratch = try Scratch()
            // Many more chunks than are kept in memory: those are never read again.
            let run = try run(scratch, count: 12_000)
            let job = try run.start(images: 1_000_000, ranks: 2)
            #expect(try eventually { try !run.checkpoints.list().isEmpty }, "\(job.stderr)")
            let shard = try stagedFolder(scratch("stage")) + "/shard-00001.h5"
            try scramble(shard)
            expect(job.wait(seconds: 400), status: 70, says: "\(shard): images, rows ", "damaged", "staged copy")
            let newest = try #require(try run.checkpoints.openNewestUsable())
            let shown = try #require(newest.contents.attribute("images_shown")?.intValue)
            let next = try run.train(images: shown + 80, ranks: 2)
            expect(next, status: 0, says: "resumed from \(newest.path)", "data: \(shard): had CRC-32", "copied again")
            #expect(FileManager.default.contentsEqual(atPath: shard, andPath: run.data + "/shard-00001.h5"))
        }

        @Test(
            .enabled(if: SmallDisk.isPermitted, "mounting a tmpfs is not permitted here"),
            arguments: [nil, 2] as [Int?])
        func aStageWithoutSpaceIsToldOnce(ranks: Int?) throws {
            let scratch = try Scratch()
            let disk = try #require(SmallDisk(kilobytes: 64))
            let run = try run(scratch)
            let result = try run.train(images: 96, ranks: ranks, "--set", "data.stage=\(disk.path)")
            expect(result, status: 73, says: "\(disk.path)/", "are needed for 4 shards", "are free")
            if ranks != nil { expect(result, status: 73, says: "data.stage, rank 0 on ") }
            #expect(result.stderr.ranges(of: "error: ").count == 1, "\(result.stderr)")
            #expect(!FileManager.default.fileExists(atPath: run.folder))
        }

        @Test(arguments: [nil, 2] as [Int?])
        func aCopyThatOthersMayWriteToIsRefused(ranks: Int?) throws {
            let scratch = try Scratch()
            let run = try run(scratch)
            expect(try run.train(images: 96, ranks: ranks), status: 0)
            let folder = try stagedFolder(scratch("stage"))
            #expect(chmod(folder, 0o777) == 0)
            let result = try run.train(images: 192, ranks: ranks)
            expect(result, status: 73, says: "\(folder): can be written to by others (mode 777)", "another data.stage")
            #expect(result.stderr.ranges(of: "error: ").count == 1, "\(result.stderr)")
        }

        @Test func twoJobsAtOnceShareOneCopy() throws {
            let scratch = try Scratch()
            let first = try run(scratch, count: 6000)
            let second = TestRun(data: first.data, folder: scratch("second"), options: first.options)
            let jobs = try [first.start(images: 96), second.start(images: 96)]
            let results = jobs.map { $0.wait(seconds: 400) }
            for result in results { expect(result, status: 0) }
            // Otherwise the second came after the first was done; it must not have copied either.
            #expect(results.count { $0.stdout.contains(" copied in ") } == 1, "\(results.map(\.stdout))")
            #expect(try differences(first.contents(96), second.contents(96)) == [])
        }

        @Test func aJobKilledWhileItCopiesLeavesNothingThatPassesForACopy() throws {
            let scratch = try Scratch()
            let run = TestRun(
                data: try scratch.shapes(count: 12_000, resolution: 32), folder: scratch("run"),
                options: TestRun.tiny + ["--set", "data.stage=\(scratch("stage"))"])
            let job = try run.start(images: 96)
            #expect(
                eventually {
                    let names = FileManager.default.enumerator(atPath: scratch("stage"))?.compactMap { $0 as? String }
                    return names?.contains { $0.contains(".partial-") } == true
                }, "\(job.stderr)")
            job.send(SIGKILL)
            expect(job.wait(seconds: 400), status: 137)
            let folder = try stagedFolder(scratch("stage"))
            #expect(!FileManager.default.fileExists(atPath: folder + "/staged.json"), "it was too late to kill")
            expect(try run.train(images: 96), status: 0, says: "\(folder): the copy in it was not finished")
            let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
            #expect(names == [".lock"] + (0..<4).map { "shard-0000\($0).h5" } + ["staged.json"])
            for name in names where name.hasSuffix(".h5") {
                #expect(FileManager.default.contentsEqual(atPath: folder + "/" + name, andPath: run.data + "/" + name))
            }
        }

        @Test func aDryRunCopiesNothing() throws {
            let scratch = try Scratch()
            let run = try run(scratch)
            expect(try run.train(images: 96, "--dry-run"), status: 0, says: "  stage: \(scratch("stage"))")
            #expect(!FileManager.default.fileExists(atPath: scratch("stage")))
        }
    }
}
