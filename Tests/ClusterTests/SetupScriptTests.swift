import Foundation
import TestSupport
import Testing

/// The script `cluster/setup`, with stand-ins for apt and the compiler that write down how they are called.
@Suite struct SetupScriptTests {
    /// What `apt-get install` was called with, in order; nil where nothing was installed.
    private func installed(_ machine: Machine) throws -> [String]? {
        let calls = try machine.calls().filter { $0.hasPrefix("install") }
        return calls.first { !$0.contains("--simulate") && !$0.contains("--download-only") }?.split(separator: " ")
            .dropFirst().filter { !$0.hasPrefix("--") }.map(String.init)
    }

    @Test func installsWhatIsMissingAndNoMore() throws {
        let machine = try Machine(missing: ["procps", "libpng-dev"], swift: "6.3.1")
        let result = try machine.setUp()
        #expect(result.status == 0, "\(result.stderr)")
        #expect(result.stdout.hasSuffix("everything is there\n"))
        #expect(try installed(machine) == ["procps", "libpng-dev"])
    }

    @Test func installsTheCompilerWhereAptHasOne() throws {
        let machine = try Machine(missing: ["g++"], inApt: "6.0.3-2")
        let result = try machine.setUp()
        #expect(result.status == 0, "\(result.stderr)")
        #expect(try installed(machine) == ["g++", "swiftlang"])
        #expect(try machine.calls().first?.hasPrefix("update ") == true, "an empty machine has no lists yet")
    }

    @Test(arguments: ["", "5.10.1-1"]) func saysWhatToDoBeforeAnythingIsInstalled(inApt: String) throws {
        for (swift, found) in [(nil, "no 'swift' in PATH"), ("5.9", "swift is Swift 5.9")] as [(String?, String)] {
            let machine = try Machine(missing: ["g++"], swift: swift, inApt: inApt)
            let result = try machine.setUp()
            #expect(result.status == 1)
            #expect(result.stderr.contains(found) && result.stderr.contains("get Swift 6.0 or newer from https://"))
            #expect(result.stderr.split(separator: "\n").count == 1, "\(result.stderr)")
            #expect(try installed(machine) == nil)
        }
    }

    /// As where only its libraries are missing.
    @Test func saysSoWhereTheCompilerDoesNotStart() throws {
        let machine = try Machine(missing: ["libncurses6"], swift: "broken")
        let result = try machine.setUp()
        #expect(result.status == 1)
        #expect(try installed(machine) == ["libncurses6"])
        #expect(result.stderr.contains("swift does not start: swift: error while loading shared libraries"))
    }

    @Test func aCompilerThatStartsOnlyAfterwardsIsTaken() throws {
        let machine = try Machine(missing: ["libncurses6"], swift: "mended by apt")
        let result = try machine.setUp()
        #expect(result.status == 0, "\(result.stderr)")
        #expect(try installed(machine) == ["libncurses6"])
    }

    @Test func testsNeedMoreButDoNotHangOnIt() throws {
        let machine = try Machine(missing: ["iproute2"], swift: "6.3.1")
        #expect(try machine.setUp().status == 0)
        #expect(try installed(machine) == nil)
        #expect(try machine.setUp("--tests").status == 0)
        #expect(try installed(machine) == ["iproute2"])

        let other = try Machine(missing: ["iproute2"], swift: "6.3.1", aptFails: ["update", "simulate"])
        let result = try other.setUp("--tests")
        #expect(result.status == 0)
        #expect(result.stderr.contains("the tests that use them are skipped"))
    }

    /// 69 says that the same call may succeed later, 1 that it will not.
    @Test(
        arguments: [
            (["download"], 69), (["update", "simulate"], 69), (["simulate"], 1), (["install"], 1),
        ] as [([String], Int32)])
    func tellsAMirrorThatIsAwayFromAFailure(aptFails: [String], status: Int32) throws {
        let machine = try Machine(missing: ["g++"], swift: "6.3.1", aptFails: aptFails)
        let result = try machine.setUp()
        #expect(result.status == status, "\(result.stderr)")
        #expect(result.stderr.contains(status == 69 ? "cannot fetch them; call this again" : "cannot install them"))
        #expect(try installed(machine) == (aptFails == ["install"] ? ["g++"] : nil))
    }

    /// Without lists nobody knows whether apt has a compiler.
    @Test func aCompilerThatNoListNamesMayBeInTheNextOnes() throws {
        let machine = try Machine(missing: ["g++"], aptFails: ["update"])
        let result = try machine.setUp()
        #expect(result.status == 69 && result.stderr.contains("no 'swift' in PATH"), "\(result.stderr)")
        #expect(try installed(machine) == nil)
    }

    @Test func onlyReports() throws {
        let machine = try Machine(missing: ["g++"], inApt: "6.0.3-2")
        let result = try machine.setUp("--check")
        #expect(result.status == 1)
        #expect(result.stdout == "cluster/setup: missing packages: g++\n")
        #expect(result.stderr.contains("no 'swift' in PATH"))
        #expect(try machine.calls() == [])
        #expect(try Machine(missing: [], swift: "6.0.3").setUp("--check").status == 0)
    }

    /// A folder that is all of PATH: links to a few tools, and the stand-ins.
    private final class Machine {
        private let folder: String

        /// - Parameters:
        ///   - missing: Packages that are not installed.
        ///   - swift: Version of the compiler in PATH, `broken` for one that does not start, `mended by apt` for one that
        ///     starts when something has been installed; nil where there is none.
        ///   - inApt: Version of the compiler's package.
        ///   - aptFails: Which of apt-get's calls fail: `update`, `simulate`, `download`, `install`.
        init(missing: [String], swift: String? = nil, inApt: String = "", aptFails: [String] = []) throws {
            folder = FileManager.default.temporaryDirectory.path + "/setup-script-\(UUID().uuidString)"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            for tool in ["bash", "basename", "chmod", "dirname", "env", "grep", "head", "rm", "sed", "sort", "touch"] {
                let path = try #require(["/usr/bin/", "/bin/"].map { $0 + tool }.first(where: isExecutable))
                try FileManager.default.createSymbolicLink(atPath: folder + "/" + tool, withDestinationPath: path)
            }
            try standIn("id", "echo 0")
            try standIn(
                "dpkg-query", "[[ ' \(missing.joined(separator: " ")) ' == *\" ${!#} \"* ]] || echo installed")
            try standIn("apt-cache", "printf 'swiftlang:\\n  Installed: (none)\\n  Candidate: \(inApt)\\n'")
            let swiftOfApt =
                "printf '#!/bin/bash\\necho Swift version 6.0.3\\n' >\(folder)/swift; chmod 755 \(folder)/swift"
            try standIn(
                "apt-get",
                """
                echo "$*" >>\(folder)/calls
                case "$*" in
                    update*) call=update ;;
                    *--simulate*) call=simulate ;;
                    *--download-only*) call=download ;;
                    *) call=install ;;
                esac
                [[ " \(aptFails.joined(separator: " ")) " != *" $call "* ]] || exit 100
                [[ $call == install ]] || exit 0
                touch \(folder)/mended
                [[ " $* " != *" swiftlang "* ]] || { \(swiftOfApt); }
                """)
            let fails = "echo 'swift: error while loading shared libraries: libncurses.so.6' >&2; exit 127"
            switch swift {
            case nil: break
            case "broken": try standIn("swift", fails)
            case "mended by apt":
                try standIn("swift", "[[ -e \(folder)/mended ]] || { \(fails); }; echo Swift version 6.3.1")
            case .some(let version): try standIn("swift", "echo 'Swift version \(version) (swift-\(version)-RELEASE)'")
            }
        }

        deinit { try? FileManager.default.removeItem(atPath: folder) }

        private func standIn(_ name: String, _ text: String) throws {
            try writeScript("#!/bin/bash\n\(text)\nexit 0\n", to: folder + "/" + name)
        }

        func setUp(_ options: String...) throws -> ProcessResult {
            try ChildProcess.run([Repository.script("setup")] + options, environment: ["PATH": folder])
        }

        /// Lines of arguments that apt-get was called with.
        func calls() throws -> [String] {
            guard FileManager.default.fileExists(atPath: folder + "/calls") else { return [] }
            return try String(contentsOfFile: folder + "/calls", encoding: .utf8).split(separator: "\n").map(
                String.init)
        }
    }
}

private func isExecutable(_ path: String) -> Bool { FileManager.default.isExecutableFile(atPath: path) }
