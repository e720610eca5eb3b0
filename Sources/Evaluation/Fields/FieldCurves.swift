import Cluster
import Storage

/// Power spectra and value histograms of real and of generated fields, with their spread over samples: what pictures of
/// them are drawn from.
public struct FieldCurves: Sendable {
    public struct Channel: Sendable {
        public var name: String
        public var unit: String
        /// Of the shells 1, 2, …: the mean power of samples and its deviation, see ``PowerSpectrum``.
        public var spectrum: (real: FieldBands.Band, generated: FieldBands.Band)
        /// Bounds of the histogram's bins, in physical units, ascending.
        public var bounds: [Float]
        /// Shares of a sample's values between each two bounds; what lies outside is left out.
        public var histogram: (real: FieldBands.Band, generated: FieldBands.Band)
    }

    public var channels: [Channel]
    /// Samples of each set.
    public var samples: (real: Int, generated: Int)

    /// Bins of the histogram, over all but a thousandth of the real values at either end.
    static let bins = 48

    /// Collective.
    ///
    /// - Throws: as metrics of fields.
    public init(real: FieldSource, generated: FieldSource, _ communicator: any Communicator) throws {
        try SpectrumDistance.check(real, generated)
        let bins = ValueBins(
            evenFor: try ValueSample(of: real, communicator), channels: real.channels, count: Self.bins)
        let spectra = (try real.spectra(communicator), try generated.spectra(communicator))
        let histograms = (try real.histograms(bins, communicator), try generated.histograms(bins, communicator))
        channels = real.channels.enumerated().map { index, channel in
            func inside(_ band: FieldBands.Band) -> FieldBands.Band {
                let last = bins.bounds[index].count
                // Bin 0 lies below the first bound, the bin after the last bound above it.
                return FieldBands.Band(mean: Array(band.mean[1..<last]), deviation: Array(band.deviation[1..<last]))
            }
            return Channel(
                name: channel.name, unit: channel.unit,
                spectrum: (spectra.0.channels[index], spectra.1.channels[index]), bounds: bins.bounds[index],
                histogram: (inside(histograms.0.channels[index]), inside(histograms.1.channels[index])))
        }
        samples = (real.count, generated.count)
    }
}
