import Evaluation
import Foundation
import Reporting

/// Charts of spectra and histograms.
enum FieldCharts {
    /// Of each channel its spectrum, then its histogram.
    static func charts(_ curves: FieldCurves) -> [BandChart] {
        curves.channels.flatMap { channel in [spectrum(channel), histogram(channel)] }
    }

    private static func spectrum(_ channel: FieldCurves.Channel) -> BandChart {
        let shells = channel.spectrum.real.mean.indices.map { Double($0 + 1) }
        return BandChart(
            title: "\(channel.name): power spectrum", xLabel: "waves on the longer side",
            yLabel: "power" + (channel.unit.isEmpty ? "" : ", (\(channel.unit))²"), hasLogarithmicX: true,
            hasLogarithmicY: true,
            curves: [("real", channel.spectrum.real), ("generated", channel.spectrum.generated)].map {
                BandChart.Curve($0.0, x: shells, middle: $0.1.mean, spread: $0.1.deviation)
            })
    }

    private static func histogram(_ channel: FieldCurves.Channel) -> BandChart {
        let bounds = channel.bounds.map { Double($0) }
        let widths = zip(bounds.dropFirst(), bounds).map { $0 - $1 }
        // Values over orders of magnitude.
        let first = bounds.first ?? 0
        let isWide = first > 0 && (bounds.last ?? 0) > 30 * first
        let middles = zip(bounds.dropFirst(), bounds).map { isWide ? ($0 * $1).squareRoot() : ($0 + $1) / 2 }
        func curve(_ name: String, _ band: FieldBands.Band) -> BandChart.Curve {
            // Densities: bins are as wide as their transform makes them.
            BandChart.Curve(
                name, x: middles, middle: zip(band.mean, widths).map { $0 / $1 },
                spread: zip(band.deviation, widths).map { $0 / $1 })
        }
        return BandChart(
            title: "\(channel.name): values", xLabel: channel.unit.isEmpty ? "value" : channel.unit,
            yLabel: "density", hasLogarithmicX: isWide, hasLogarithmicY: true,
            curves: [curve("real", channel.histogram.real), curve("generated", channel.histogram.generated)])
    }

    /// What the charts are of.
    static func sentence(_ curves: FieldCurves) -> String {
        "Of \(NumberText.grouped(curves.samples.real)) real and \(NumberText.grouped(curves.samples.generated)) generated "
            + "samples: the mean over samples, and around it a deviation of single samples to either side. Power is averaged "
            + "over directions; white noise of variance σ² has σ² everywhere. Values lie in physical units, all but a "
            + "thousandth of the real ones at either end."
    }
}
