import Failure
import Foundation
import Storage

/// What a run has drawn, as sections of a report.
package struct RunPicturesSection {
    /// A strip has no more sheets.
    static let mostSheets = 24
    /// Characters of all pictures of a strip.
    package static let room = 6 << 20

    let record: RunRecord
    /// Pictures that cannot be shown, and why.
    private(set) var problems: [String] = []

    init(_ record: RunRecord) { self.record = record }

    /// The newest sheet beside real images.
    ///
    /// - Parameters:
    ///   - isByClass: whether networks were trained by class.
    ///   - isOfPairs: whether sheets show pairs, and what is made of their conditions.
    mutating func newest(isByClass: Bool = false, isOfPairs: Bool = false) -> HTML {
        var figures: [HTML] = []
        if let shown = record.sheets.last,
            let picture = read(record.folder.fakes(imagesShown: shown), longest: 1024)
        {
            let title = isOfPairs ? "Pairs" : "Generated"
            figures.append(Self.figure(picture, "\(title), after \(NumberText.grouped(shown)) images"))
        }
        if FileManager.default.fileExists(atPath: record.folder.reals),
            let picture = read(record.folder.reals, longest: 1024)
        {
            figures.append(Self.figure(picture, "Real"))
        }
        guard !figures.isEmpty else { return "<p>The folder has no sheets of samples.</p>" }
        let rows = isByClass ? " A class a row, a latent a column." : ""
        let text =
            isOfPairs
            ? "Of each pair the condition, the real image, and what the generator's moving average makes of the condition, "
                + "without selection."
            : "The generator's moving average at fixed latents, without selection.\(rows)"
        return """
            <p>\(text)</p>\
            <div class="pair">\(figures)</div>
            """
    }

    /// Sheets over time.
    ///
    /// - Parameter isOfPairs: whether they show pairs.
    mutating func strip(isOfPairs: Bool = false) -> HTML {
        let chosen = Self.thinned(record.sheets, to: Self.mostSheets)
        guard chosen.count > 1 else { return "" }
        var figures: [HTML] = []
        var longest = 512
        var left = Self.room
        for (place, shown) in chosen.enumerated() {
            let path = record.folder.fakes(imagesShown: shown)
            guard var picture = read(path, longest: longest) else { continue }
            // Every sheet has its share; one that is larger is shrunk, and those after it as well.
            let share = left / (chosen.count - place)
            while picture.bytes > share, longest > 64 {
                longest /= 2
                guard let smaller = read(path, longest: longest) else { break }
                picture = smaller
            }
            guard picture.bytes <= left else {
                problems.append("\(path): too large to be shown")
                continue
            }
            left -= picture.bytes
            figures.append(Self.figure(picture, "\(NumberText.grouped(shown)) images"))
        }
        guard !figures.isEmpty else { return "" }
        let of = chosen.count < record.sheets.count ? "\(chosen.count) of \(record.sheets.count)" : "\(chosen.count)"
        return """
            <p>The same \(isOfPairs ? "pairs" : "latents") all along: \(of) sheets, the first on the left.</p>
            <div class="strip" tabindex="0">\(figures)</div>
            """
    }

    /// Of networks that grow.
    mutating func timeLapse() -> HTML {
        guard FileManager.default.fileExists(atPath: record.folder.timeLapse),
            let picture = read(record.folder.timeLapse, longest: 1024)
        else { return "" }
        return """
            <p>A row for each phase of networks that grow, the first on top.</p>
            <div class="tall">\(picture.html("Rows of samples, one for each phase"))</div>
            """
    }

    /// So many numbers at even distances, the first and the last among them.
    package static func thinned(_ all: [Int], to most: Int) -> [Int] {
        guard all.count > most, most > 1 else { return all }
        return (0..<most).map { all[$0 * (all.count - 1) / (most - 1)] }
    }

    private mutating func read(_ path: String, longest: Int) -> PictureData? {
        do { return try PictureData(file: path, longest: longest) } catch {
            problems.append("\(error)")
            return nil
        }
    }

    static func figure(_ picture: PictureData, _ caption: String) -> HTML {
        "<figure>\(picture.html(caption))<figcaption><p>\(caption)</p></figcaption></figure>"
    }
}
