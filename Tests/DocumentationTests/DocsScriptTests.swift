import Foundation
import TestSupport
import Testing

private let hasDocc: Bool = {
    let tool = "test -x \"$(dirname \"$(realpath \"$(command -v swift)\")\")/docc\""
    return (try? ChildProcess.run(["bash", "-c", tool]).status) == 0
}()

/// The script `cluster/docs`, which makes pages of the articles.
@Suite(.enabled(if: hasDocc, "this Swift has no docc")) struct DocsScriptTests {
    @Test func makesAPageOfEachArticle() throws {
        let work = try Work()
        let result = try work.run()
        #expect(result.status == 0, "\(result.stdout)\(result.stderr)")
        #expect(result.stdout.contains("python3 -m http.server --directory \(work.pages)"))
        for article in Article.names.dropFirst() {
            let name = ((article as NSString).lastPathComponent as NSString).deletingPathExtension.lowercased()
            let page = name == "ganglion" ? "ganglion" : "ganglion/\(name)"
            #expect(FileManager.default.fileExists(atPath: "\(work.pages)/documentation/\(page)/index.html"), "\(page)")
            let content = try String(contentsOfFile: "\(work.pages)/data/documentation/\(page).json", encoding: .utf8)
            let links = content.matches(of: #/"(?:identifier|url|destination)":"[^"]*\.md(?:#[^"]*)?"/#).map(\.output)
            #expect(links.isEmpty, "\(page): what only a web view of the repository knows")
        }
    }

    static let broken = [
        "See [the data](Data.md#no-such-heading).", "See [nothing](Nothing.md).", "![Nothing](nothing.png)",
    ]

    @Test(arguments: broken) func aLinkThatLeadsNowhereIsAnError(line: String) throws {
        let work = try Work()
        let article = work.folder + "/" + Article.catalogue + "/House.md"
        let text = try String(contentsOfFile: article, encoding: .utf8)
        try (text + "\n" + line + "\n").write(toFile: article, atomically: true, encoding: .utf8)
        let result = try work.run()
        #expect(result.status == 65, "\(result.stdout)\(result.stderr)")
        #expect(result.stderr.contains("House.md"))
        #expect(!FileManager.default.fileExists(atPath: work.pages))
    }

    @Test func aFolderWithSomethingInItIsLeftAlone() throws {
        let work = try Work()
        try FileManager.default.createDirectory(atPath: work.pages, withIntermediateDirectories: true)
        try "mine".write(toFile: work.pages + "/notes", atomically: true, encoding: .utf8)
        let result = try work.run()
        #expect(result.status == 73 && result.stderr.contains("no empty folder"), "\(result.stderr)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: work.pages) == ["notes"])
    }
}

/// A copy of the scripts and of the articles, gone when the test ends.
private final class Work {
    let folder = NSTemporaryDirectory() + "ganglion-docs-\(UUID().uuidString)"
    var pages: String { folder + "/pages" }

    init() throws {
        for part in ["cluster", Article.catalogue] {
            let target = folder + "/" + part
            try FileManager.default.createDirectory(
                atPath: (target as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            try FileManager.default.copyItem(atPath: Repository.path + "/" + part, toPath: target)
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func run() throws -> ProcessResult {
        try ChildProcess.run([folder + "/cluster/docs", "--articles", "--out", pages], timeout: 120)
    }
}
