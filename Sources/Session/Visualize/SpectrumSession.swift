import Cluster
import Evaluation
import Failure
import Kernels
import Reporting
import Storage

/// Power spectra and value histograms of a checkpoint's fields beside those of the data, with bands. Under mpirun the first
/// rank draws.
public struct SpectrumSession: Sendable {
    private let checkpoint: String
    private let data: String
    private let out: String
    private let images: Int
    private let seed: UInt32

    /// - Parameters:
    ///   - checkpoint: a file, or a run folder, of which the newest is taken.
    ///   - data: folder of shards.
    ///   - out: an SVG or a PNG file.
    ///   - images: samples of each set.
    /// - Throws: ``UsageError``.
    public init(checkpoint: String, data: String, out: String, images: Int, seed: UInt32) throws(UsageError) {
        guard out.hasSuffix(".svg") || out.hasSuffix(".png") else {
            throw UsageError("--out \(out): expected the name of an SVG or a PNG file")
        }
        guard (2...1_000_000).contains(images) else {
            throw UsageError("--images \(images): expected 2 to 1000000")
        }
        self.checkpoint = checkpoint
        self.data = data
        self.out = out
        self.images = images
        self.seed = seed
    }

    /// Draws, and says so.
    ///
    /// - Parameter say: takes a line at a time.
    /// - Throws: errors that name the file and what is wrong with it, such as that it makes pictures.
    public func run(_ say: (String) -> Void = { printLine($0) }) throws {
        guard Launch.isFirst else { return }
        let named = try NamedCheckpoint(checkpoint)
        named.notes.forEach(say)
        let dataset = try Dataset(data)
        guard !dataset.description.isPicture else {
            throw DatasetError.usage(
                "\(data): has pictures, whose bytes have no spectrum of physical values; ganglion evaluate compares them"
            )
        }
        try Workers.start(threads: Processors.allowed)
        let sets = try EvaluatedFields(checkpoint: named.path, data: data, images: images, seed: seed)
        sets.notes.forEach(say)
        let curves = try FieldCurves(real: sets.real, generated: sets.generated, LoopbackCommunicator())
        let charts = FieldCharts.charts(curves)
        if out.hasSuffix(".svg") {
            try AtomicFile.write(BandChart.document(charts, columns: 2), to: out)
        } else {
            try ImageFile.write(BandChart.picture(charts, columns: 2), to: out)
        }
        say(
            "spectra and histograms of \(sets.channels) channel\(sets.channels == 1 ? "" : "s"), \(sets.count) samples of "
                + "each set: \(out)")
    }
}
