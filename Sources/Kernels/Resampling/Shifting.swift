/// Images N×H×W×C, each moved by whole pixels, with zeros where nothing was.
public enum Shifting {
    /// y[i, j] = x[i + rows, j + columns]. Of each sample its own; moved back by the opposite, the adjoint.
    public static func apply(
        _ x: BufferView, into y: BufferView, rows: [Int], columns: [Int], height: Int, width: Int, channels: Int
    ) {
        let start = OperationProfile.begin()
        defer {
            OperationProfile.end(
                start, .resampling(.shift, x, y, batch: rows.count, height: height, width: width, channels: channels))
        }
        let line = width * channels
        precondition(
            rows.count == columns.count && x.count == rows.count * height * line && y.count == x.count,
            "shift: \(x.count) elements into \(y.count), \(rows.count) and \(columns.count) samples \(height)×\(width)")
        let (source, target) = (x.pointer, y.pointer)
        ResamplingKernels.rows(rows.count, height, line) { sample, first, last in
            // Of the result the columns that come from within the image.
            let lower = max(0, min(width, -max(-width, min(width, columns[sample]))))
            let upper = max(lower, min(width, width - max(-width, min(width, columns[sample]))))
            for row in first..<last {
                let to = target + (sample * height + row) * line
                let (from, isOver) = row.addingReportingOverflow(rows[sample])
                guard !isOver, from >= 0, from < height, lower < upper else {
                    to.update(repeating: 0, count: line)
                    continue
                }
                to.update(repeating: 0, count: lower * channels)
                (to + lower * channels).update(
                    from: source + (sample * height + from) * line + (lower + columns[sample]) * channels,
                    count: (upper - lower) * channels)
                (to + upper * channels).update(repeating: 0, count: (width - upper) * channels)
            }
        }
    }
}
