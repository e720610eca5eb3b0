import Foundation
import TestSupport
import Testing

/// The script `cluster/package`, with a stand-in for the program that has Swift's libraries inside.
@Suite struct PackageScriptTests {
    private final class Bench {
        let folder: String
        var out: String { folder + "/out" }

        init() throws {
            // Whoever unpacks it may have a folder of any name.
            folder = FileManager.default.temporaryDirectory.path + "/package script-\(UUID().uuidString)"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            // With libraries of its own, which none of Swift's are.
            let program = try ChildProcess.product("ganglion")
            let source = "#include <unistd.h>\nint main(int, char **words) { return execv(\"\(program)\", words); }\n"
            try Data(source.utf8).write(to: URL(fileURLWithPath: folder + "/stand-in.cpp"))
            let compiled = try ChildProcess.run(["g++", "-o", folder + "/ganglion", folder + "/stand-in.cpp"])
            try #require(compiled.status == 0, "\(compiled.stderr)")
            try FileManager.default.copyItem(
                atPath: ChildProcess.product("libGanglionListen.so"), toPath: folder + "/libGanglionListen.so")
        }

        deinit { try? FileManager.default.removeItem(atPath: folder) }

        func package(_ options: [String] = [], program: String? = nil) throws -> ProcessResult {
            try ChildProcess.run(
                [
                    Repository.script("package"), "--program", program ?? folder + "/ganglion", "--library",
                    folder + "/libGanglionListen.so", "--out", out,
                ] + options, environment: ["SOURCE_DATE_EPOCH": "1700000000"])
        }

        func file(ending: String) throws -> String {
            let names = try FileManager.default.contentsOfDirectory(atPath: out).filter { $0.hasSuffix(ending) }
            return out + "/" + (try #require(names.count == 1 ? names[0] : nil, "\(names)"))
        }
    }

    @Test func bothPackagesHaveAllThatIsNeeded() throws {
        let bench = try Bench()
        let result = try bench.package()
        try #require(result.status == 0, "\(result.stderr)")
        let (archive, deb) = (try bench.file(ending: ".tar.gz"), try bench.file(ending: ".deb"))
        #expect(result.stdout.contains(archive) && result.stdout.contains(deb))
        let listed = try ChildProcess.run(["dpkg-deb", "--contents", deb]).stdout.split(separator: "\n")
        #expect(listed.allSatisfy { $0.contains(" root/root ") })
        for path in [
            "usr/lib/ganglion/bin/ganglion", "usr/lib/ganglion/lib/libGanglionListen.so",
            "usr/lib/ganglion/cluster/quickstart", "usr/lib/ganglion/cluster/launch", "usr/bin/ganglion-quickstart",
            "usr/bin/ganglion-convert", "usr/lib/ganglion/cluster/weights/convert.py",
            "usr/share/man/man1/ganglion.1.gz", "usr/share/man/man1/ganglion-visualize-mixing.1.gz",
            "usr/share/man/man1/ganglion-train.1.gz", "usr/share/bash-completion/completions/ganglion",
            "usr/share/zsh/vendor-completions/_ganglion", "usr/share/fish/vendor_completions.d/ganglion.fish",
        ] { #expect(listed.contains { $0.hasSuffix(" ./\(path)") }, "\(path)") }
        #expect(listed.contains { $0.hasSuffix(" ./usr/bin/ganglion -> ../lib/ganglion/bin/ganglion") })
        let needs = try ChildProcess.run(["dpkg-deb", "--field", deb, "Depends"]).stdout
        // Of the scripts, and of the program's own libraries.
        #expect(needs.contains("openmpi-bin") && needs.contains("openssh-client"), "\(needs)")
        #expect(needs.contains("libc6"), "\(needs)")

        // The archive works from where it was unpacked.
        let place = bench.folder + "/some where"
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
        #expect(try ChildProcess.run(["tar", "-xzf", archive, "-C", place]).status == 0)
        let top = place + "/" + (try #require(FileManager.default.contentsOfDirectory(atPath: place).first))
        let version = try ChildProcess.run([top + "/cluster/ganglion", "--version"])
        #expect(version.status == 0 && top.hasSuffix("/ganglion-" + version.stdout.dropLast()), "\(version.stderr)")
        // Nothing is built there, and nothing is written beside the program.
        let home = bench.folder + "/home"
        let shards = home + "/data/fashion-mnist-32"
        try FileManager.default.createDirectory(atPath: shards, withIntermediateDirectories: true)
        try Data("no shard".utf8).write(to: URL(fileURLWithPath: shards + "/shard-00000.h5"))
        let started = try ChildProcess.run(["bash", "-c", "cd '\(home)' && exec '\(top)/cluster/quickstart'"])
        #expect(started.status == 65, "\(started.stderr)")
        #expect(started.stderr.contains(shards + "/shard-00000.h5"), "\(started.stderr)")
        #expect(!FileManager.default.fileExists(atPath: top + "/data"))
        #expect(!FileManager.default.fileExists(atPath: top + "/runs"))
    }

    /// A page is what the command's help says.
    @Test func pagesOfTheManual() throws {
        let bench = try Bench()
        try #require(try bench.package().status == 0)
        let pages = bench.folder + "/pages"
        #expect(try ChildProcess.run(["dpkg-deb", "--extract", try bench.file(ending: ".deb"), pages]).status == 0)
        let page = try ChildProcess.run(["zcat", pages + "/usr/share/man/man1/ganglion-sample.1.gz"]).stdout
        let lines = page.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        #expect(lines[0].hasPrefix(".TH GANGLION-SAMPLE 1 "))
        #expect(lines[1] == ".SH NAME" && lines[2].hasPrefix("ganglion\\-sample \\- Make images with a checkpoint's"))
        for section in ["DESCRIPTION", "SYNOPSIS", "ARGUMENTS", "OPTIONS"] {
            #expect(lines.count { $0 == ".SH \(section)" } == 1, "\(section)")
        }
        #expect(page.contains("\\-\\-truncation <truncation>"))
        // Of lines that begin with a dot or a quote, only requests.
        let requests = lines.filter { $0.hasPrefix(".") || $0.hasPrefix("'") }
        #expect(requests.allSatisfy { [".TH", ".SH", ".nf", ".fi"].contains(String($0.prefix(3))) }, "\(requests)")
        #expect(lines.count { $0 == ".nf" } == lines.count { $0 == ".fi" })
    }

    @Test func theSameBytesEachTime() throws {
        let bench = try Bench()
        try #require(try bench.package().status == 0)
        let files = [try bench.file(ending: ".deb"), try bench.file(ending: ".tar.gz")]
        let first = files.map { FileManager.default.contents(atPath: $0) }
        try #require(try bench.package().status == 0)
        #expect(files.map { FileManager.default.contents(atPath: $0) } == first && first[0] != nil)
    }

    @Test func whatCannotBePackaged() throws {
        let bench = try Bench()
        let dynamic = try bench.package(program: ChildProcess.product("ganglion"))
        #expect(dynamic.status == 64 && dynamic.stderr.contains("needs Swift's libraries"), "\(dynamic.stderr)")
        let absent = try bench.package(program: bench.folder + "/none")
        #expect(absent.status == 66 && absent.stderr.contains("no file '\(bench.folder)/none'"), "\(absent.stderr)")
        try writeScript("#!/bin/bash\necho of course\n", to: bench.folder + "/talks")
        let talks = try bench.package(program: bench.folder + "/talks")
        #expect(talks.status == 64 && talks.stderr.contains("--version says 'of course'"), "\(talks.stderr)")
        let half = try ChildProcess.run([Repository.script("package"), "--program", bench.folder + "/ganglion"])
        #expect(half.status == 64 && half.stderr.contains("--program goes with --library"), "\(half.stderr)")
        #expect(!FileManager.default.fileExists(atPath: bench.out))
    }
}
