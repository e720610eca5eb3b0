import Cluster
import Evaluation
import Failure
import Reporting
import Storage

/// Spectra and histograms of a run on fields, for its report: of its newest checkpoint, beside those of the data set.
struct RunFields {
    /// Samples of each set, unless others are asked for.
    private static let samples = 512

    let run: RunData

    /// - Returns: nil of a run on pictures, or whose data set cannot be read.
    /// - Throws: errors that name what was asked for in so many words, and does not fit.
    func find() throws -> ReportedFields? {
        guard let path = run.path, let dataset = try? Dataset(path), !dataset.description.isPicture else {
            return nil
        }
        guard run.features == nil else {
            throw DatasetError.usage(
                "--features: networks look at pictures, but \(path) has fields; leave it out")
        }
        guard let newest = run.record.latest ?? run.record.checkpoints.first?.name else {
            return ReportedFields(notes: ["The folder has no checkpoint whose samples could be looked at."])
        }
        do {
            let sets = try EvaluatedFields(
                checkpoint: run.record.folder.checkpoints + "/" + newest, data: path, images: run.reals ?? Self.samples,
                seed: 0
            )
            let curves = try FieldCurves(real: sets.real, generated: sets.generated, LoopbackCommunicator())
            return ReportedFields(
                charts: FieldCharts.charts(curves),
                sentence: "Of checkpoint \(newest). " + FieldCharts.sentence(curves), notes: sets.notes)
        } catch let error as any ExitCoded {
            // What was asked for must not be left out quietly.
            if run.data != nil { throw error }
            return ReportedFields(notes: ["Not drawn: \(error). --data DIR names the data set where it has moved."])
        }
    }
}
