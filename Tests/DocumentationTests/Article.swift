import Foundation
import TestSupport

/// README.md, or one of the articles that it leads to.
struct Article {
    static let catalogue = "Sources/ganglion/Documentation.docc"

    static let readme = "README.md"

    /// README.md and all articles, by their paths in the repository.
    static var names: [String] {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: Repository.path + "/" + catalogue)) ?? []
        return [readme] + files.filter { $0.hasSuffix(".md") }.sorted().map { catalogue + "/" + $0 }
    }

    /// In the repository.
    let path: String
    let lines: [String]
    /// What stands in code spans, and the blocks of code, whose lines that go on are joined and have no comments.
    private(set) var code: [String] = []
    private(set) var blocks: [[String]] = []
    private(set) var headings: [String] = []
    /// Targets of links and pictures, as they are written.
    private(set) var links: [String] = []

    init(_ path: String) throws {
        self.path = path
        lines = try String(contentsOfFile: Repository.path + "/" + path, encoding: .utf8)
            .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        var text = ""
        var block: [String]?
        for line in lines {
            if line.hasPrefix("```") {
                if let finished = block { blocks.append(Self.commands(finished)) }
                block = block == nil ? [] : nil
            } else if block != nil {
                block?.append(line)
            } else {
                if line.hasPrefix("#") { headings.append(String(line.drop { $0 == "#" }.dropFirst())) }
                text += line + " "
            }
        }
        code = text.matches(of: /`([^`]+)`/).map { String($0.1) }
        links = text.replacing(/`[^`]+`/, with: "").matches(of: /\]\(([^)\s]+)\)/).map { String($0.1) }
    }

    /// All that is code, one command or word each.
    var allCode: [String] { code + blocks.flatMap { $0 } }

    /// The anchors that a web view of the repository gives to the headings.
    var anchors: Set<String> {
        Set(
            headings.map { heading in
                heading.lowercased().filter { $0.isLetter || $0.isNumber || $0 == "-" || $0 == " " }
                    .replacing(" ", with: "-")
            })
    }

    private static func commands(_ lines: [String]) -> [String] {
        var joined: [String] = []
        var goesOn = false
        for line in lines {
            let bare = String(line.prefix(upTo: line.firstRange(of: "  #")?.lowerBound ?? line.endIndex))
            let part = bare.hasSuffix("\\") ? String(bare.dropLast()) : bare
            if goesOn { joined[joined.count - 1] += part } else { joined.append(part) }
            goesOn = bare.hasSuffix("\\")
        }
        return joined
    }
}
