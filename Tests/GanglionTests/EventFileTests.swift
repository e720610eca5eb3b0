import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// What a run writes for TensorBoard.
    @Suite(
        .enabled(
            if: Python.interpreter(with: "json") != nil,
            "there is no Python, which cluster/setup --tests installs"))
    struct EventFiles {
        private static let hasTensorBoard = Python.interpreter(with: "tensorboard") != nil

        private func run(_ scratch: Scratch, _ options: String...) throws -> TestRun {
            TestRun(
                data: try scratch.shapes(resolution: 16), folder: scratch("run"),
                options: TestRun.tiny
                    + TestRun.sets(
                        "checkpoint.every_kimg=0.5", "snapshot.every_kimg=1", "metrics.names=msssim",
                        "metrics.images=16", "data.mirror=true")
                    + options)
        }

        /// The run's file, read by hand.
        private func events(_ run: TestRun) throws -> [EventReading.Event] {
            let files = try EventReading.files(run.folder)
            try #require(files.count == 1, "\(files)")
            return try EventReading.events(files[0])
        }

        /// What stands in stats.jsonl and metrics.jsonl, and the sheets, and nothing else, on any number of ranks.
        @Test(arguments: [nil, 2] as [Int?]) func holdWhatTheLinesSay(ranks: Int?) throws {
            let scratch = try Scratch()
            let run = try run(scratch)
            try run.finish(images: 2104, ranks: ranks)
            let events = try events(run)
            let lines = try run.statistics()
            #expect(lines.compactMap { $0["images"] as? Int } == [1000, 2000, 2104])
            for line in lines {
                let step = try #require(line["images"] as? Int)
                let scalars = events.filter { $0.step == step && $0.kind == "scalar" && !$0.tag.hasPrefix("metrics/") }
                #expect(scalars.count == line.count - 2, "but step and images, which is the step")
                for (name, value) in line where name.contains("/") {
                    let found = scalars.first { $0.tag == name }?.value
                    #expect(found == (value as? Double).map { Double(Float($0)) }, "\(name)")
                }
                #expect(scalars.contains { $0.tag == "speed/images_per_second" && $0.value > 0 })
                #expect(scalars.contains { $0.tag == "memory/memory_peak_bytes" && $0.value > 1e6 })
            }
            #expect(events.filter { $0.tag == "metrics/msssim" }.map(\.step) == [1000, 2000, 2104])
            #expect(events.filter { $0.tag == "samples" }.map(\.step) == [0, 1000, 2000, 2104])
            #expect(events.filter { $0.tag == "reals" }.map(\.step) == [0])
            #expect(events.filter { $0.kind == "image" }.allSatisfy { $0.value == 32 })
            #expect(!events.contains { $0.kind == "histogram" })
        }

        /// Killed in the middle, with a record that was cut short, and gone on with on more ranks: as if nothing had
        /// happened.
        @Test func areWholeAfterACrash() throws {
            let scratch = try Scratch()
            let run = try run(scratch)
            let job = try run.start(images: 100_000)
            let isFar = try eventually {
                try run.checkpoints.list().count > 2 && run.statistics().count > 2
                    || ChildProcess.hasEnded(job.pid, seconds: 0)
            }
            job.send(SIGKILL)
            #expect(job.wait(seconds: 60).status == 128 + SIGKILL && isFar)
            let file = try #require(try EventReading.files(run.folder).first)
            let handle = try #require(FileHandle(forWritingAtPath: file))
            try handle.seekToEnd()
            try handle.write(contentsOf: Data([200, 0, 0, 0, 0, 0, 0]))
            try handle.close()
            let newest = try #require(try run.checkpoints.list().first.flatMap { Int($0.dropLast(3)) })
            try run.finish(images: newest + 2000, ranks: 2)
            let events = try events(run)
            #expect(try EventReading.files(run.folder) == [file])
            #expect(
                try events.filter { $0.tag == "progress/kimg" }.map(\.step)
                    == run.statistics().compactMap { $0["images"] as? Int })
            let once = Set(events.map { "\($0.step) \($0.tag)" })
            #expect(once.count == events.count, "nothing is there twice")
            #expect(events.filter { $0.tag == "samples" }.map(\.step).last == newest + 2000)
        }

        /// What came after the checkpoint from which a run goes on goes; a file that is none of ours stays.
        @Test func goBackWithTheRun() throws {
            let scratch = try Scratch()
            let run = try run(scratch, "--set", "checkpoint.keep=9", "--set", "events.histograms_kimg=1.5")
            try run.finish(images: 3000)
            let first = try events(run)
            func histograms(_ events: [EventReading.Event]) -> [Int] {
                Set(events.filter { $0.kind == "histogram" }.map(\.step)).sorted()
            }
            #expect(histograms(first) == [2000, 3000])
            expect(try run.train(images: 2200, "--resume", run.checkpoint(1504)), status: 0, says: "resumed from")
            let second = try events(run)
            #expect(second.filter { $0.tag == "progress/kimg" }.map(\.step) == [1000, 2000, 2200])
            // Those of a run that was never stopped, though the checkpoint lies beyond the multiple.
            #expect(histograms(second) == [2000])
            // What came before it stays as it was. Means begin anew where the run goes on, as those of stats.jsonl.
            func losses(_ events: [EventReading.Event]) -> [EventReading.Event] {
                events.filter { $0.step <= 1504 && ($0.tag.hasPrefix("loss/") || $0.kind == "image") }
            }
            #expect(losses(first) == losses(second) && !losses(first).isEmpty)

            let file = try #require(try EventReading.files(run.folder).first)
            try damage(file) { $0[$0.count - 6] ^= 1 }
            let result = try run.train(images: 3200)
            expect(
                result, status: 0, says: "warning: \(file): its record at byte", "events go on in a new file", "done: ")
            #expect(try EventReading.files(run.folder).count == 2)
        }

        /// They are for people to look at: where there is no room for them a run goes on without.
        @Test func mayFailWithoutTheRun() throws {
            let scratch = try Scratch()
            let run = try run(scratch)
            try run.finish(images: 504)
            let file = try #require(try EventReading.files(run.folder).first)
            try damage(file) { data in
                let whole = data
                while data.count < 4 << 20 { data += whole }
            }
            let before = try Data(contentsOf: URL(fileURLWithPath: file))
            // No other file of the run is as large as this one.
            let arguments = ["bash", "-c", "ulimit -f 4096; exec \"$0\" \"$@\"", try ChildProcess.product("ganglion")]
            let full = try ChildProcess.run(arguments + run.arguments(2504))
            expect(full, status: 0, says: "warning: ", file, "File too large", "writes no more event files", "done: ")
            let log = try String(contentsOfFile: run.folder + "/log.txt", encoding: .utf8)
            #expect(log.ranges(of: "writes no more event files").count == 1)
            #expect(try Data(contentsOf: URL(fileURLWithPath: file)) == before)
            #expect(try run.statistics().compactMap { $0["images"] as? Int } == [504, 1000, 2000, 2504])
            // Where there is room again the next start goes on with them.
            try run.finish(images: 3000)
            #expect(try EventReading.files(run.folder) == [file])
            #expect(try events(run).filter { $0.tag == "progress/kimg" }.map(\.step).last == 3000)
        }

        /// Not even a new file can be opened: whatever its name, a folder has it.
        @Test func mayBeMissingWithoutTheRun() throws {
            let scratch = try Scratch()
            let run = try run(scratch)
            try run.finish(images: 96)
            let file = try #require(try EventReading.files(run.folder).first)
            try FileManager.default.removeItem(atPath: file)
            let now = Int(Date().timeIntervalSince1970)
            for second in Array(now..<now + 300) + [Int.max] {
                _ = try scratch.folder("run/events.out.tfevents.\(second).ganglion")
            }
            let result = try run.train(images: 1000)
            expect(result, status: 0, says: "warning: ", "writes no more event files", "done: ")
            #expect(try run.statistics().compactMap { $0["images"] as? Int } == [96, 1000])
        }

        @Test func histogramsOnRequestAndNoneAtAll() throws {
            let scratch = try Scratch()
            let run = try run(scratch, "--set", "events.histograms_kimg=2")
            try run.finish(images: 2104)
            let histograms = try events(run).filter { $0.kind == "histogram" }
            #expect(Set(histograms.map(\.step)) == [2000])
            for tag in [
                "parameters/generator/synthesis.b4.const", "parameters/discriminator/b4.out.weight",
                "gradients/gmain/synthesis.b4.const", "gradients/dmain/b4.out.weight",
            ] { #expect(histograms.contains { $0.tag == tag }, "\(tag)") }

            let silent = TestRun(
                data: run.data, folder: scratch("silent"), options: run.options + TestRun.sets("events.enabled=false"))
            try silent.finish(images: 96)
            #expect(try EventReading.files(silent.folder) == [])
        }

        /// TensorBoard finds what stands in the file, and in the steps in which it stands there.
        @Test(
            .enabled(
                if: hasTensorBoard, "no Python has TensorBoard (pip install tensorboard; GANGLION_PYTHON names one)"))
        func tensorBoardReadsThem() throws {
            let scratch = try Scratch()
            let run = try run(scratch, "--set", "events.histograms_kimg=1")
            try run.finish(images: 1600)
            try run.finish(images: 2104, ranks: 2)
            let own = try events(run)
            let theirs = try EventReading.events(
                run.folder, script: EventReading.tensorboard, module: "tensorboard")
            #expect(Set(theirs.filter { $0.kind != "histogram" }) == Set(own.filter { $0.kind != "histogram" }))
            #expect(theirs.count == own.count && own.count { $0.kind == "histogram" } > 100)
        }
    }
}
