import Configuration
import Failure
import Foundation
import Testing

/// YAML that stands for more than it holds.
@Suite struct HostileYAMLTests {
    private func error(_ text: String) -> ConfigurationError? {
        do {
            _ = try Configuration.parse(yaml: text, name: "a.yaml")
            return nil
        } catch {
            return error
        }
    }

    /// Nine to the thirtieth, as a key.
    private static let bomb =
        "a0: &a0 [x,x,x,x,x,x,x,x,x]\n"
        + (1...30).map { level in
            "a\(level): &a\(level) [" + [String](repeating: "*a\(level - 1)", count: 9).joined(separator: ",") + "]\n"
        }.joined() + "? *a30\n: 1\n"

    @Test func bombsAreRefused() throws {
        let found = try #require(error(Self.bomb))
        #expect(found.kind == .badYAML && found.exitCode == ExitCode.badConfiguration)
        #expect(found.description.contains("&a0 names something that is no single value"), "\(found)")
        #expect(found.description.contains("a.yaml, line 1"), "\(found)")
    }

    @Test func bombsInCheckpointsAreDamage() {
        #expect {
            try Configuration.parseStored(yaml: Self.bomb, name: "1.h5")
        } throws: { error in
            (error as? ConfigurationError)?.exitCode == ExitCode.badData && "\(error)".contains("1.h5")
        }
    }

    @Test(
        arguments: [
            "x: &a {y: 1}", "x: &a\n  y: 1", "x: [&a [1]]", "x: [1,&a {y: 1}]", "x:\n- &a\n - 1", "x: &a !!seq [1]",
            "{\"x\":&a [1]}", "x: !!map &a {y: 1}", "? &a [1]\n: 2", "&a [1]", "x: &a # comment\n [1]",
            "x: &a\u{85}[1]",
            "x: &a &b [1]",
        ])
    func referencesToMoreThanOneValue(text: String) throws {
        let found = try #require(error(text))
        #expect(found.kind == .badYAML && found.message.contains("no single value"), "\(found)")
    }

    @Test func referencesToSingleValuesStay() throws {
        let text = "optimizer: {g_lr: &rate 0.004, d_lr: *rate}\nkimg: &k \"7\"\nsnapshot: {every_kimg: *k}\n"
        let configuration = try Configuration.parse(yaml: text)
        #expect(configuration.optimizer.dLR == 0.004 && configuration.snapshot.everyKimg == 7)
        #expect(try Configuration.parse(yaml: "data: {path: /a/R&D & more}").data.path == "/a/R&D & more")
    }

    @Test func keysThatAreNoNames() throws {
        for (text, part) in [
            ("[1, 2]: 3", "found a list where the name of a key belongs"),
            ("{a: 1}: 3", "found a section where the name"), ("model: {[1]: 2}", "model: found a list"),
            (String(repeating: "k", count: 900) + ": 1", "a name of 900 bytes"),
        ] {
            let found = try #require(error(text))
            #expect(found.message.contains(part), "\(found)")
            #expect(found.description.utf8.count < 500)
        }
    }

    @Test func whatIsTooLargeOrTooDeep() throws {
        #expect(error(String(repeating: "# more\n", count: 10_000))?.message.contains("more than 65536 bytes") == true)
        for text in [
            String(repeating: "[", count: 60_000), String(repeating: "{a: ", count: 15_000),
            String(repeating: "- ", count: 30_000), String(repeating: "? ", count: 30_000),
            "x: " + String(repeating: "[", count: 900) + String(repeating: "]", count: 900),
            (0..<900).map { String(repeating: " ", count: $0 % 60) + "a:\n" }.joined(),
        ] {
            #expect(error(text) != nil)
        }
    }

    @Test func keysThatAreWrittenTwice() throws {
        let name = String(repeating: "n", count: 900)
        let found = try #require(error("\(name): 1\n\(name): 2\n"))
        #expect(found.message.contains("written twice: nnn"))
        #expect(found.description.utf8.count < 500)
    }

    @Test func filesThatAreNone() throws {
        let folder = NSTemporaryDirectory() + "ganglion-yaml-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        #expect(mkfifo(folder + "/fifo", 0o600) == 0)
        try Data(repeating: 0x23, count: 70_000).write(to: URL(fileURLWithPath: folder + "/large"))
        for (path, code, part) in [
            (folder, ExitCode.badData, "it is a folder"), (folder + "/fifo", ExitCode.badData, "it is a FIFO"),
            ("/dev/zero", ExitCode.badData, "it is a device"),
            (folder + "/none", ExitCode.missingInput, "No such file"),
            (folder + "/large", ExitCode.badConfiguration, "more than 65536 bytes"),
        ] {
            #expect {
                try Configuration.load(file: path)
            } throws: { error in
                (error as? ConfigurationError)?.exitCode == code && "\(error)".contains(part)
                    && "\(error)".contains(path)
            }
        }
    }

    @Test func sheetsThatNobodyCouldOpen() throws {
        let configuration = try Configuration.parse(yaml: "snapshot: {grid: 64x64}")
        #expect {
            try configuration.resolve(resolution: 1024, channels: 3, classes: 0, ranks: 1, coresPerRank: 1)
        } throws: { error in
            "\(error)".contains("snapshot.grid is 64x64: sheets of 65536×65536 pixels")
        }
        _ = try configuration.resolve(resolution: 256, channels: 3, classes: 0, ranks: 1, coresPerRank: 1)
    }
}
