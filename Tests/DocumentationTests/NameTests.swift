import Configuration
import Foundation
import TestSupport
import Testing

/// What README.md and the articles name is there: keys with the values that they are given, presets, scripts, subcommands
/// and options.
@Suite struct NameTests {
    @Test(arguments: Article.names) func keysExist(article: String) throws {
        let keys = Set(Configuration.keys.map(\.path))
        let groups = Set(keys.filter { $0.contains(".") }.map { $0.prefix { $0 != "." } })
        for code in try Article(article).allCode {
            for word in code.split(whereSeparator: { !($0.isLetter || $0.isNumber || "._-/".contains($0)) }) {
                guard let match = word.wholeMatch(of: /([a-z]+)\.([a-z0-9_]+)/), groups.contains(match.1),
                    // metrics.jsonl is a file.
                    match.2 != "jsonl"
                else { continue }
                #expect(keys.contains(String(word)), "\(article): no key '\(word)', in '\(code)'")
            }
        }
    }

    /// Where a key is given a value, as in `--set kimg=60`, the value is one that it takes.
    @Test(arguments: Article.names) func valuesAreAllowed(article: String) throws {
        for code in try Article(article).allCode {
            for match in code.matches(of: /(?:^|\s)([a-z0-9_.]+)=("[^"]*"|[^\s,;]+)/) {
                guard let key = Configuration.keys.first(where: { $0.path == match.1 }) else {
                    let isPlaceholder = code.contains("--set key=value")
                    #expect(!code.contains("--set \(match.1)=") || isPlaceholder, "\(article): no key in '\(code)'")
                    continue
                }
                let value = String(match.2).replacing("\"", with: "")
                guard value != "N" else { continue }
                var configuration = Preset.quick.configuration
                let error = thrown(ConfigurationError.self) {
                    try key.set(value, in: &configuration, source: .override(String(match.0)))
                }
                #expect(error == nil, "\(article): '\(code)'")
            }
        }
    }

    @Test(arguments: Article.names) func presetsExist(article: String) throws {
        for code in try Article(article).allCode {
            for match in code.matches(of: /(?:--preset |preset=)([a-z0-9-]+)/) {
                #expect(Preset.allCases.contains { $0.rawValue == match.1 }, "\(article): '\(code)'")
            }
        }
    }

    static let tables: [String] = [Article.readme, Article.catalogue + "/Runs.md"]

    /// README.md names every preset, and Runs.md has a row for each.
    @Test(arguments: tables) func allPresetsAreNamed(article: String) throws {
        let code = Set(try Article(article).code)
        #expect(Preset.allCases.map(\.rawValue).filter { !code.contains($0) } == [])
    }

    @Test(arguments: Article.names) func scriptsAndFilesExist(article: String) throws {
        for code in try Article(article).allCode {
            for word in code.split(whereSeparator: { " =,()\"'".contains($0) }) {
                let path = String(word.hasPrefix("./") ? word.dropFirst(2) : word)
                guard ["cluster/", "hostfiles/", "Sources/", "Tests/"].contains(where: path.hasPrefix) else { continue }
                #expect(
                    FileManager.default.fileExists(atPath: Repository.path + "/" + path),
                    "\(article): no '\(path)', in '\(code)'")
            }
        }
    }

    @Test(arguments: Article.names) func subcommandsAndOptionsExist(article: String) throws {
        var helps: [[String]: (status: Int32, text: String)] = [:]
        for code in try Article(article).allCode {
            for (words, options) in Call.all(in: code) {
                let help = try helps[words] ?? Call.help(words)
                helps[words] = help
                let command = words.joined(separator: " ")
                // Asked for what it does not know, the program explains itself as a whole.
                let usage = help.text.split(separator: "\n").first { $0.hasPrefix("USAGE:") } ?? ""
                let isKnown = words.count == 1 || usage.contains(" " + words.dropFirst().joined(separator: " "))
                #expect(help.status == 0 && isKnown, "\(article): no '\(command)', in '\(code)'")
                for option in options where !help.text.contains(option) {
                    Issue.record("\(article): '\(command)' has no \(option), in '\(code)'")
                }
            }
        }
    }
}
