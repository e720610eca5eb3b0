import Storage

extension VectorFormat {
    /// What networks see of numbers in physical units.
    ///
    /// - Parameters:
    ///   - rows: each with as many numbers as there are components.
    ///   - place: where they were given, such as `--condition 12.5`, for messages.
    /// - Returns: [rows, components]
    /// - Throws: ``DatasetError`` (64) that names the row, the component and what it may be.
    public func normalized(_ rows: [[Double]], place: String) throws -> [Float] {
        var values: [Float] = []
        for (number, row) in rows.enumerated() {
            let given = rows.count == 1 ? place : "\(place), row \(number)"
            guard row.count == count else {
                throw DatasetError.usage(
                    "\(given): \(row.count) number\(row.count == 1 ? "" : "s"), but \(count) condition the generator: "
                        + components.map(\.text).joined(separator: ", "))
            }
            for (value, component) in zip(row, components) {
                guard component.transform.curve.isDefined(at: value) else {
                    throw DatasetError.usage(
                        "\(given): \(component.name) is \(value), expected "
                            + (component.transform.curve.domain ?? "a finite number"))
                }
                let seen = component.transform.normalized(Float(value))
                guard seen.isFinite else {
                    throw DatasetError.usage("\(given): \(component.name) is \(value), which is too large")
                }
                values.append(seen)
            }
        }
        return values
    }
}
