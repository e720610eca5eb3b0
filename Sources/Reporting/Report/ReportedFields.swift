/// Spectra and histograms of a run on fields, for its report.
public struct ReportedFields: Sendable {
    /// Of real and of generated samples.
    public var charts: [BandChart]
    /// What the charts are of.
    public var sentence: String
    /// What is missing, and how to have it.
    public var notes: [String]

    public init(charts: [BandChart] = [], sentence: String = "", notes: [String] = []) {
        self.charts = charts
        self.sentence = sentence
        self.notes = notes
    }

    /// The section's content.
    package var html: HTML {
        let notes = notes.map { "<p>\($0)</p>" as HTML }
        guard !charts.isEmpty else { return HTML(notes) }
        return """
            <style>.bands .title { font-weight: 600; fill: var(--ink); }
            .bands line.c0 { stroke: var(--c0); stroke-width: 1.8; } .bands line.c1 { stroke: var(--c1); stroke-width: 1.8; }
            .bands polygon { fill-opacity: .2; } .bands polygon.c0 { fill: var(--c0); }
            .bands polygon.c1 { fill: var(--c1); }</style>
            <p>\(sentence)</p><div class="charts">\(charts.map(\.html))</div>\(notes)
            """
    }
}
