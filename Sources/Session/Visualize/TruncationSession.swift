import Cluster
import Failure
import Reporting
import Storage

/// Images of seeds at several truncations: what variety costs (arXiv 1812.04948, appendix B). A row a seed, a column a ψ.
/// Under mpirun the first rank draws.
public struct TruncationSession: Sendable {
    private let options: LatentPictureOptions
    private let seeds: [Int]
    private let psis: [Float]

    static let usualPsis = "1,0.7,0.5,0.25,0"

    /// - Parameters:
    ///   - seeds: such as 0-3; nil for the first four.
    ///   - psis: numbers between commas; nil for some from 1 to 0.
    /// - Throws: ``UsageError``.
    public init(_ options: LatentPictureOptions, seeds: String?, psis: String?) throws(UsageError) {
        try options.check()
        self.options = options
        self.seeds = try SeedList.seeds(in: seeds ?? "0-3", most: LatentPictureOptions.mostSeeds)
        let text = psis ?? Self.usualPsis
        var numbers: [Float] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let psi = Float(part) else {
                throw UsageError("--psi \(text): expected numbers between commas, such as \(Self.usualPsis)")
            }
            try TruncationOption.check(psi, "--psi \(text)")
            numbers.append(psi)
        }
        guard numbers.count <= LatentPictureOptions.mostSeeds else {
            throw UsageError(
                "--psi: found \(numbers.count) numbers, expected at most \(LatentPictureOptions.mostSeeds)")
        }
        self.psis = numbers
    }

    /// Draws, and says so.
    ///
    /// - Parameter say: takes a line at a time.
    /// - Throws: errors that name the file and what is wrong with it, such as that it has no styles.
    public func run(_ say: (String) -> Void = { printLine($0) }) throws {
        guard Launch.isFirst else { return }
        let file = try options.open("visualize truncation", needsStyles: true, say)
        try options.check(rows: seeds.count, columns: psis.count, of: file)
        let classes = try options.classes(of: file, seeds: seeds)
        let columns = try psis.map { psi in
            LatentPictureOptions.cells(
                try file.images(seeds: seeds, classes: classes, truncation: psi), of: file)
        }
        let rows = seeds.indices.map { row in columns.map { $0[row] } }
        try ImageFile.write(AttentionPicture.sheet(rows), to: options.out)
        say(
            "\(seeds.count) seed\(seeds.count == 1 ? "" : "s") at truncations of "
                + "\(psis.map { NumberText.plain(Double($0)) }.joined(separator: ", ")): \(options.out)")
    }
}
