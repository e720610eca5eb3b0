import Failure
import Foundation
import Recipes
import Storage

/// The numbers that condition samples, in physical units: `--condition` has one row for all, `--conditions` a file with a
/// row for each.
enum ConditionOption: Sendable {
    case one(String, [Double])
    case file(String)

    /// - Returns: nil where neither is given.
    /// - Throws: ``UsageError``.
    static func parse(condition: String?, conditions: String?) throws(UsageError) -> ConditionOption? {
        if condition != nil, conditions != nil { throw UsageError("--condition and --conditions exclude each other") }
        if let condition {
            guard let row = numbers(in: condition) else {
                throw UsageError("--condition \(condition): expected numbers between commas, such as 12.5,3")
            }
            return .one(condition, row)
        }
        return conditions.map { .file($0) }
    }

    /// As it was given.
    var option: String {
        switch self {
        case .one(let text, _): "--condition \(text)"
        case .file(let path): "--conditions \(path)"
        }
    }

    /// Normalised rows; one of `--condition` stands for all samples.
    ///
    /// - Parameters:
    ///   - format: of the generator's conditions.
    ///   - most: rows.
    /// - Throws: ``DatasetError`` that names the file, the line and what was expected.
    func rows(_ format: VectorFormat, most: Int) throws -> [Float] {
        switch self {
        case .one(_, let row): try format.normalized([row], place: option)
        case .file(let path):
            try format.normalized(try Self.rows(of: path, format, place: option, most: most), place: option)
        }
    }

    /// Finite numbers between commas, spaces or tabs.
    private static func numbers(in text: some StringProtocol) -> [Double]? {
        let parts =
            text.contains(",")
            ? text.split(separator: ",", omittingEmptySubsequences: false)
            : text.split { $0 == " " || $0 == "\t" }
        let numbers = parts.map { Double($0.trimmingCharacters(in: .whitespaces)) }
        guard !numbers.isEmpty, numbers.allSatisfy({ $0?.isFinite == true }) else { return nil }
        return numbers.compactMap { $0 }
    }

    private static func rows(
        of path: String, _ format: VectorFormat, place: String, most: Int
    ) throws -> [[Double]] {
        let ending = path.split(separator: ".").last?.lowercased()
        if ending == "h5" || ending == "hdf5" || ending == "nc" {
            return try array(of: path, format, place: place, most: most)
        }
        // A number takes 30 letters at most.
        let text = try TextLines.read(path, limit: min(1 << 28, (most + 1) * (format.count + 1) * 32))
        var rows: [[Double]] = []
        for (number, line) in text.enumerated() {
            let content = line.prefix { $0 != "#" }
            if content.allSatisfy(\.isWhitespace) { continue }
            guard let row = numbers(in: content) else {
                // A heading that names the numbers.
                if rows.isEmpty, isHeading(content, format) { continue }
                throw DatasetError.badData(
                    "\(place), line \(number + 1): expected \(format.count) numbers between commas or spaces ("
                        + format.components.map(\.text).joined(separator: ", ") + ")")
            }
            guard row.count == format.count else {
                throw DatasetError.badData(
                    "\(place), line \(number + 1): \(row.count) number\(row.count == 1 ? "" : "s"), expected "
                        + "\(format.count) (" + format.components.map(\.text).joined(separator: ", ") + ")")
            }
            guard rows.count < most else {
                throw DatasetError.usage("\(place): at most \(most) rows at once, since all are held in memory")
            }
            rows.append(row)
        }
        guard !rows.isEmpty else { throw DatasetError.badData("\(place): has no line with numbers") }
        return rows
    }

    private static func isHeading(_ line: some StringProtocol, _ format: VectorFormat) -> Bool {
        let names = line.split(separator: line.contains(",") ? "," : " ").map {
            $0.trimmingCharacters(in: .whitespaces)
        }
        return names == format.components.map(\.name)
    }

    /// The array `conditions` of an HDF5 file, else its `vectors`, else its only one.
    private static func array(
        of path: String, _ format: VectorFormat, place: String, most: Int
    ) throws -> [[Double]] {
        let file = try HDF5File(reading: path)
        defer { file.close() }
        let paths = try file.datasetPaths()
        let named = ["conditions", "vectors"].first { paths.contains($0) }
        guard let name = named ?? (paths.count == 1 ? paths[0] : nil) else {
            throw DatasetError.badData(
                "\(place): has no array conditions; it has \(paths.isEmpty ? "none" : paths.prefix(20).joined(separator: ", "))"
            )
        }
        let dataset = try file.dataset(name)
        let shape = dataset.shape
        guard shape == [shape.first ?? 0, format.count] || format.count == 1 && shape.count == 1, dataset.count > 0
        else {
            throw DatasetError.badData(
                "\(place): \(name) has shape \(shape), expected [rows, \(format.count)] ("
                    + format.components.map(\.text).joined(separator: ", ") + ")")
        }
        guard shape[0] <= most else {
            throw DatasetError.usage(
                "\(place): \(name) has \(shape[0]) rows, but at most \(most) at once, since all are held in memory")
        }
        let values = try dataset.values(as: Double.self)
        return (0..<shape[0]).map { Array(values[$0 * format.count..<($0 + 1) * format.count]) }
    }
}

/// The numbers that condition the samples of a session, and what is said of them.
struct ToldConditions {
    /// A sample each; nil for one row for all.
    let rows: Int?
    let text: String
    private let values: [Float]
    private let components: Int

    /// - Parameter option: without one the mean of the data set's numbers conditions all samples.
    init(_ option: ConditionOption?, _ format: VectorFormat, most: Int) throws {
        components = format.count
        values = try option?.rows(format, most: most) ?? Array(repeating: 0, count: format.count)
        if case .file = option { rows = values.count / components } else { rows = nil }
        let names = format.components.map(\.text).joined(separator: ", ")
        switch option {
        case .file(let path)?: text = "conditions: \(names) of \(path)"
        case .one?, nil:
            // What was asked for, which the way to what networks see and back may have rounded.
            let numbers = zip(format.components, format.physical(values).values).map { component, value in
                "\(component.name) = \(String(format: "%g", Double(value)))"
                    + (component.unit.isEmpty ? "" : " \(component.unit)")
            }
            text =
                "condition: " + numbers.joined(separator: ", ")
                + (option == nil ? ", the middle of the data set; --condition has others" : "")
        }
    }

    func dealt(to count: Int) -> DatasetConditions {
        .vectors(
            rows == nil ? Array((0..<count).map { _ in values }.joined()) : values, components: components)
    }
}
