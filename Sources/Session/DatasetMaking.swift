import Foundation
import Reporting
import Storage

/// Datasets made, with a line that counts and a last one that tells what came of it.
public enum DatasetMaking {
    /// From whatever the sources are: arrays of numbers, or pictures, which come from one.
    public static func run(
        importing sources: [String], to out: String, options: ImportOptions, fields: FieldOptions
    ) throws {
        if FieldImport.isMeant(sources, fields) {
            try run(fieldsOf: sources, to: out, options: options, fields: fields)
        } else if let source = sources.first {
            try run(importing: source, to: out, options: options)
        }
    }

    /// From arrays of numbers.
    private static func run(
        fieldsOf sources: [String], to out: String, options: ImportOptions, fields: FieldOptions
    ) throws {
        let start = Date()
        let importer = try FieldImport(sources, fields: fields, options: options)
        printLine("\(sources[0]): \(importer.summary)")
        var line = CountingLine("importing", total: importer.count)
        let result: FieldImport.Result
        do {
            result = try importer.run(to: out) { line.show($0) }
        } catch {
            line.clear()
            throw error
        }
        if !result.filled.isEmpty { printLine("filled: \(result.filled)") }
        for line in ChannelTable.lines(result.channels) { printLine(line) }
        let description = result.description
        let format = description.format
        let more =
            (description.classes > 0 ? ", \(description.classes) classes" : "")
            + (description.vector.map { ", conditioned on \($0.count) number\($0.count == 1 ? "" : "s")" } ?? "")
            + (description.imageCondition.map { ", conditioned on images of \($0.channels.count) channels" } ?? "")
        printLine(
            "\(out): \(result.count) samples, \(format.height)x\(format.width)x\(format.channels.count) "
                + "\(format.element.rawValue)\(more), dataset \(result.id), \(secondsText(since: start))")
    }

    /// Lognormal random fields.
    ///
    /// - Parameters:
    ///   - out: where the shards go.
    ///   - shards: their number; nil for one each 128 MB.
    public static func run(
        drawing count: Int, to out: String, lognormal parameters: LognormalParameters, shards: Int?,
        fields: FieldOptions
    ) throws {
        let start = Date()
        let drawn = try LognormalFields(parameters)
        var line = CountingLine("drawing", total: count)
        let result: (id: String, channels: [ChannelReport])
        do {
            result = try drawn.run(to: out, count: count, shards: shards, options: fields) { line.show($0) }
        } catch {
            line.clear()
            throw error
        }
        for line in ChannelTable.lines(result.channels) { printLine(line) }
        printLine(
            "\(out): \(count) fields, \(parameters.height)x\(parameters.width)x\(parameters.channels) float32, "
                + "\(LognormalTruth.fileName) beside them, dataset \(result.id), \(secondsText(since: start))")
    }

    /// From image files, IDX, CIFAR batches or HDF5.
    ///
    /// - Parameters:
    ///   - source: a folder or a file.
    ///   - out: where the shards go.
    public static func run(importing source: String, to out: String, options: ImportOptions) throws {
        let start = Date()
        let importer = try DatasetImport(source, options: options)
        printLine("\(source): \(importer.summary)")
        var line = CountingLine("importing", total: importer.count)
        let result: DatasetImport.Result
        do {
            result = try importer.run(to: out) { line.show($0) }
        } catch {
            line.clear()
            throw error
        }
        for message in result.skipped.prefix(20) { printLine("skipped: \(message)") }
        if result.skipped.count > 20 { printLine("skipped: \(result.skipped.count - 20) more") }
        let side = result.description.resolution
        let (classes, names) = (result.description.classes, result.description.classNames)
        let shown = names.prefix(20).joined(separator: ", ") + (names.count > 20 ? ", …" : "")
        let labelled =
            classes > 0 ? ", \(classes) classes" + (names.isEmpty ? "" : " (\(shown))") : ""
        let values = result.description.semanticClasses
        let mapped = values > 0 ? ", semantic maps of \(values) values" : ""
        let paired =
            result.description.imageCondition.map { ", made from images of \(DatasetText.channels($0))" } ?? ""
        printLine(
            "\(out): \(result.count) images, \(side)x\(side)x\(result.description.channels)\(labelled)\(mapped)\(paired), "
                + "\(result.skipped.count) skipped, dataset \(result.id), \(secondsText(since: start))")
    }

    /// Coloured shapes on textured ground.
    ///
    /// - Parameters:
    ///   - out: where the shards go.
    ///   - shards: their number; nil for one each 128 MB.
    public static func run(
        drawing count: Int, to out: String, seed: UInt64, resolution: Int, channels: Int, shards: Int?
    ) throws {
        let start = Date()
        let synthesizer = try DatasetSynthesizer(seed: seed, resolution: resolution, channels: channels)
        var line = CountingLine("drawing", total: count)
        let id = try synthesizer.run(to: out, count: count, shards: shards) { line.show($0) }
        printLine(
            "\(out): \(count) images, \(resolution)x\(resolution)x\(channels), "
                + "\(synthesizer.description.classes) classes, semantic maps, dataset \(id), "
                + secondsText(since: start))
    }
}

/// Seconds with one decimal.
func secondsText(since start: Date) -> String { String(format: "%.1f s", Date().timeIntervalSince(start)) }
