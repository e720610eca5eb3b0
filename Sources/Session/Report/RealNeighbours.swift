import Configuration
import Evaluation
import Failure
import Foundation
import Kernels
import Reporting
import Storage
import Training

/// The nearest real images of what a run draws, for its report: of the samples of its newest sheet.
struct RealNeighbours {
    /// Real images that are looked through, unless more are asked for; of networks that take long for each, fewer.
    static let mostReals = 20_000
    static let mostRealsOfLargeNetworks = 4000
    /// Samples of the sheet that are looked at, and shown.
    private static let mostSamples = 64
    private static let shown = 8
    /// Neighbours of each.
    private static let neighbours = 4
    /// Pixels are compared at this size at most.
    private static let pixelSide = 64
    /// Side of an image in a picture.
    private static let cell = 128

    let run: RunData

    /// What can be found; what cannot is said in its notes.
    ///
    /// - Throws: errors that name what was asked for in so many words, and is not there or does not fit.
    func find() throws -> ReportedNeighbours {
        guard let shown = run.record.sheets.last else { return note("The folder has no sheet of samples to look at.") }
        guard let path = run.path else {
            return note("Where the data set is, is not known: --data DIR names it.")
        }
        do {
            let dataset = try Dataset(path)
            guard dataset.count > 1 else { return note("The data set holds one image: there is nothing to compare.") }
            let sheet = run.record.folder.fakes(imagesShown: shown)
            let samples = try run.isOfPairs ? generated(sheet, dataset) : samples(sheet, dataset)
            guard !samples.images.isEmpty else { return note("The newest sheet, \(sheet), shows no images.") }
            return try neighbours(of: samples, dataset)
        } catch let error as any ExitCoded {
            // What was asked for must not be left out quietly.
            if run.data != nil || run.features != nil { throw error }
            return note("Not looked for: \(error). --data DIR names the data set where it has moved.")
        }
    }

    private func note(_ text: String) -> ReportedNeighbours { ReportedNeighbours(notes: [text]) }

    /// Images of the run's resolution.
    private struct Samples {
        var images: [RasterImage]
        let side: Int
        let channels: Int

        var bytes: [UInt8] { images.flatMap(\.pixels) }
    }

    /// Cuts a sheet into its images.
    private func samples(_ path: String, _ dataset: Dataset) throws -> Samples {
        let (own, channels) = (dataset.description.resolution, dataset.description.channels)
        let sheet = try ImageFile.read(path, channels: channels)
        let grid = run.configuration?.snapshot.grid ?? Grid(columns: 8, rows: 8)
        let side = sheet.width / grid.columns
        guard side > 0, side & (side - 1) == 0, side <= own, sheet.width == side * grid.columns,
            sheet.height == side * grid.rows
        else {
            throw ReportError(
                "\(path): \(sheet.width)×\(sheet.height) pixels, expected \(grid.columns)×\(grid.rows) images whose side is "
                    + "a power of two, \(own) at most as in the data set", exitCode: ExitCode.badData)
        }
        let places = RunSheet.places(columns: grid.columns, rows: grid.rows, most: Self.mostSamples)
        return Samples(
            images: places.map { place in
                sheet.cropped(
                    top: place / grid.columns * side, left: place % grid.columns * side, height: side, width: side)
            }, side: side, channels: channels)
    }

    /// Cuts what was generated out of a sheet of pairs: in each cell a condition, the real image, and the one that is made of
    /// the condition. Where there are fewer pairs than a grid has cells, its last rows are not there, and the last cells of
    /// a row are black.
    private func generated(_ path: String, _ dataset: Dataset) throws -> Samples {
        let (side, channels) = (dataset.description.resolution, dataset.description.channels)
        let sheet = try ImageFile.read(path, channels: channels)
        let grid = run.configuration?.snapshot.grid ?? Grid(columns: 8, rows: 8)
        let (rows, cell) = (sheet.height / side, sheet.width / grid.columns)
        // Conditions that are fields have their channels beside one another.
        guard rows > 0, rows <= grid.rows, sheet.height == rows * side, sheet.width == cell * grid.columns,
            cell >= 3 * side, cell % side == 0
        else {
            throw ReportError(
                "\(path): \(sheet.width)×\(sheet.height) pixels, expected up to \(grid.columns)×\(grid.rows) cells of a "
                    + "condition, a real image and a generated one of \(side)×\(side) each, as in the data set",
                exitCode: ExitCode.badData)
        }
        let places = RunSheet.places(columns: grid.columns, rows: rows, most: Self.mostSamples)
        let images = places.compactMap { place -> RasterImage? in
            let (top, left) = (place / grid.columns * side, place % grid.columns * cell)
            let whole = sheet.cropped(top: top, left: left, height: side, width: cell)
            guard whole.pixels.contains(where: { $0 != 0 }) else { return nil }
            return whole.cropped(top: 0, left: cell - side, height: side, width: side)
        }
        return Samples(images: images, side: side, channels: channels)
    }

    private func neighbours(of samples: Samples, _ dataset: Dataset) throws -> ReportedNeighbours {
        var result = ReportedNeighbours()
        let extractor = try extractor(samples, dataset, &result)
        if let extractor {
            result.spaces.append(try space(samples, dataset, extractor, "in the features of \(extractor.name)"))
        }
        let size = samples.side > Self.pixelSide ? " (of \(Self.pixelSide)×\(Self.pixelSide))" : ""
        result.spaces.append(try space(samples, dataset, nil, "in pixels\(size)"))
        return result
    }

    /// The network that was asked for, or that lies beside the data; nil, with a note, where there is none.
    private func extractor(
        _ samples: Samples, _ dataset: Dataset, _ result: inout ReportedNeighbours
    ) throws -> (any FeatureExtractor)? {
        let beside = dataset.folder + "/features.h5"
        let configured: String? = if case .value(let path)? = run.configuration?.metrics.features { path } else { nil }
        let path = run.features ?? configured ?? beside
        guard run.features != nil || configured != nil || FileManager.default.fileExists(atPath: path) else {
            result.notes.append(
                "Compared in pixels only: there is no \(beside). ganglion features train makes one, --features FILE names "
                    + "another.")
            return nil
        }
        do {
            let resize = InceptionResize(rawValue: run.configuration?.metrics.resize.rawValue ?? "") ?? .pytorch
            let extractor = try FeatureFile.extractor(path, resize: resize)
            // A run may draw smaller images than the data set has.
            try extractor.check(resolution: samples.side, channels: samples.channels)
            if let learned = extractor as? LearnedFeatures, learned.datasetID != dataset.id {
                result.notes.append(
                    "The features are those of another data set: \(path) has learned from data set \(learned.datasetID), "
                        + "but \(dataset.folder) is \(dataset.id). Distances in them say less of these images.")
            }
            return extractor
        } catch let error as any ExitCoded {
            if run.features != nil { throw error }
            result.notes.append("Compared in pixels only: \(error)")
            return nil
        }
    }

    private func space(
        _ samples: Samples, _ dataset: Dataset, _ extractor: (any FeatureExtractor)?, _ title: String
    ) throws -> ReportedNeighbours.Space {
        // A long run's network has seen the images at its own size; pixels are as telling when they are fewer.
        let side = extractor == nil ? min(samples.side, Self.pixelSide) : samples.side
        let isLarge = extractor?.name.hasPrefix("inception") ?? false
        let most = run.reals ?? (isLarge ? Self.mostRealsOfLargeNetworks : Self.mostReals)
        let count = min(dataset.count, most)
        let real = RealSample(dataset, resolution: side, seed: run.configuration?.seed ?? 0)
            .source("real", places: 0..<count)
        let small = samples.images.map { $0.reduced(toSide: side) }
        var counting = CountingLine("comparing samples with real images \(title):", total: 2 * count)
        let found = try NearestNeighbours(
            of: small.flatMap(\.pixels), count: small.count, resolution: side, channels: samples.channels,
            extractor: extractor
        ).find(in: real, neighbours: Self.neighbours) { counting.show($0) }
        let others = Array(0..<min(count, Self.mostSamples))
        let between = try NearestNeighbours(
            of: try real.images(others), count: others.count, resolution: side, channels: samples.channels,
            extractor: extractor
        ).find(in: real, neighbours: 1, excluding: others) { counting.show(count + $0) }
        let all =
            dataset.count > count
            ? "\(NumberText.grouped(count)) of \(NumberText.grouped(dataset.count))"
            : "all \(NumberText.grouped(count))"
        return ReportedNeighbours.Space(
            title: title,
            sentence: Self.sentence(found.compactMap { $0.first?.distance }, between.compactMap { $0.first?.distance })
                + " Looked through: \(all) real images.",
            picture: try picture(samples, dataset, found))
    }

    /// What distances of samples say beside those of real images.
    private static func sentence(_ samples: [Double], _ reals: [Double]) -> String {
        func median(_ values: [Double]) -> Double { values.isEmpty ? 0 : values.sorted()[values.count / 2] }
        let (a, b) = (median(samples), median(reals))
        var text =
            "Of \(samples.count) samples the nearest real image is \(NumberText.short(a)) away (median; the nearest of all "
            + "\(NumberText.short(samples.min() ?? 0))); of \(reals.count) real images the nearest other one is "
            + "\(NumberText.short(b)) away (nearest \(NumberText.short(reals.min() ?? 0)))."
        guard b > 0 else { return text }
        let ratio = a / b
        text +=
            ratio < 0.5
            ? " Samples lie at \(NumberText.plain((ratio * 100).rounded())) % of that distance: this looks like copying."
            : " Samples that were copied would lie far below that; these lie at "
                + "\(NumberText.plain((ratio * 100).rounded())) % of it."
        return text
    }

    /// The samples nearest to real images, each above its neighbours.
    private func picture(
        _ samples: Samples, _ dataset: Dataset, _ found: [[NearestNeighbours.Found]]
    ) throws -> RasterImage {
        let nearest = found.indices.filter { !found[$0].isEmpty }
            .sorted { (found[$0][0].distance, $0) < (found[$1][0].distance, $1) }.prefix(Self.shown)
        let side = min(samples.side, Self.cell)
        let rows = RealSample(dataset, resolution: side, seed: run.configuration?.seed ?? 0)
            .source("real", places: 0..<dataset.count)
        let gap = max(2, side / 8)
        var picture = RasterImage(
            height: side + gap + Self.neighbours * side, width: nearest.count * side, channels: samples.channels,
            filledWith: 255)
        for (column, sample) in nearest.enumerated() {
            picture.paste(samples.images[sample].reduced(toSide: side), top: 0, left: column * side)
            for (row, neighbour) in found[sample].enumerated() {
                let image = RasterImage(
                    height: side, width: side, channels: samples.channels, pixels: try rows.images([neighbour.number]))
                picture.paste(image, top: side + gap + row * side, left: column * side)
            }
        }
        return picture
    }
}

/// The images of a sheet.
enum RunSheet {
    /// Places that are spread over a grid's rows, and within a row over its columns: all of them where they are not more.
    static func places(columns: Int, rows: Int, most: Int) -> [Int] {
        let count = columns * rows
        guard count > most else { return Array(0..<count) }
        return (0..<most).map { $0 * count / most }
    }
}
