import Foundation
import TestSupport
import Testing

/// README.md is a page, and whatever it and the articles point to is there.
@Suite struct LinkTests {
    @Test func readmeIsAPage() throws {
        let lines = try Article(Article.readme).lines
        // What follows the end of the last line.
        #expect(lines.last == "" && lines.count - 1 <= 150)
    }

    @Test(arguments: Article.names) func linksLeadSomewhere(name: String) throws {
        let article = try Article(name)
        for link in article.links where !link.hasPrefix("https://") {
            let parts = link.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let target = parts[0].isEmpty ? name : Self.resolve(parts[0], from: name)
            guard FileManager.default.fileExists(atPath: Repository.path + "/" + target) else {
                Issue.record("\(name): '\(link)' leads to '\(target)', which is not there")
                continue
            }
            guard parts.count == 2 else { continue }
            let anchors = try Article(target).anchors
            #expect(anchors.contains(parts[1]), "\(name): '\(link)': there is \(anchors.sorted())")
        }
    }

    static let overviews: [String] = [Article.readme, Article.catalogue + "/Ganglion.md"]

    /// From README.md itself, and from the catalogue's first page.
    @Test(arguments: overviews) func everyArticleIsLinked(from: String)
        throws
    {
        let linked = Set(try Article(from).links.map { Self.resolve(String($0.prefix { $0 != "#" }), from: from) })
        let articles = Article.names.filter { $0 != Article.readme && !$0.hasSuffix("/Ganglion.md") }
        #expect(articles.count >= 10)
        #expect(Set(articles).subtracting(linked).sorted() == [])
    }

    /// No picture lies there that nobody shows.
    @Test func everyPictureIsShown() throws {
        let shown = Set(try Article.names.flatMap { try Article($0).links }.map { ($0 as NSString).lastPathComponent })
        let files = try FileManager.default.contentsOfDirectory(atPath: Repository.path + "/" + Article.catalogue)
        #expect(files.filter { !$0.hasSuffix(".md") && !shown.contains($0) } == [])
    }

    private static func resolve(_ link: String, from article: String) -> String {
        var folders = article.split(separator: "/").dropLast().map(String.init)
        for part in link.split(separator: "/") {
            if part == ".." { _ = folders.popLast() } else { folders.append(String(part)) }
        }
        return folders.joined(separator: "/")
    }
}
