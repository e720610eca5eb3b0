import Configuration
import Models
import Recipes
import Reporting
import Storage

/// What rank 0 shows in pictures: sheets of reals and samples, and the time-lapse of networks that grow.
final class RunPictures {
    private let configuration: ResolvedConfiguration
    private let engine: StepEngine
    private let dataset: Dataset
    private let folder: RunFolder
    private let log: RunLog
    private let events: RunEvents
    /// Nil where pairs are shown in its place.
    private let sheet: SampleSheet?
    /// Where each pixel is conditioned; nil elsewhere.
    private let pairs: PairSheet?
    /// Of the time-lapse, where a sheet has a class a row; nil where the sheet's first row is it.
    private let row: SampleSheet?
    /// Nil where networks do not grow.
    private let timeLapse: TimeLapse?
    /// How much real images differ at each resolution so far.
    private var realVariations: [Int: Double] = [:]
    private var isOfPictures: Bool { dataset.description.isPicture }

    /// - Throws: ``DatasetError`` where what conditions the networks cannot be read.
    init(_ engine: StepEngine, _ pen: RunPen, _ dataset: Dataset, _ events: RunEvents) throws {
        self.engine = engine
        self.events = events
        self.dataset = dataset
        configuration = engine.configuration
        folder = pen.folder
        log = pen.log
        let grid = configuration.snapshot.grid
        let vectors =
            configuration.data.condition == .vector
            ? try DatasetConditions(configuration, TrainingRows(configuration, of: dataset), of: dataset) : nil
        sheet =
            configuration.data.condition.isDense
            ? nil
            : SampleSheet(
                generator: engine.networks.generator, seed: configuration.seed, columns: grid.columns,
                rows: grid.rows, vectors: vectors)
        let rows = TrainingRows(configuration, of: dataset).chosen ?? Array(0..<min(grid.count, dataset.count))
        pairs =
            configuration.data.condition.isDense
            ? try PairSheet(configuration, of: dataset, rows: Array(rows.prefix(grid.count))) : nil
        row =
            configuration.labelDimension > 0
            ? SampleSheet(
                rowOf: engine.networks.generator, seed: configuration.seed, columns: grid.columns, vectors: vectors)
            : nil
        let size = configuration.grid
        let picture = FieldPicture(height: size.height, width: size.width, channels: configuration.channels)
        let lapse =
            dataset.description.isPicture
            ? TimeLapse(folder: folder, finalResolution: configuration.resolution, channels: configuration.channels)
            : TimeLapse(
                folder: folder, finalResolution: configuration.resolution, height: size.height,
                width: picture.cellWidth, channels: 3)
        timeLapse = configuration.growing.enabled ? lapse : nil
    }

    /// The first images; of a conditional run the first of each class, in the rows that sheets have them in.
    func saveReals() throws {
        let (samples, isFilled) = try reals(configuration.resolution)
        let cells = cells(of: samples, count: isFilled.count { $0 }, at: configuration.resolution)
        let size = cells.height * cells.width * cells.channels
        try write(
            SheetCells(
                bytes: ImageGrid.spread(cells.bytes, over: isFilled, size: size), height: cells.height,
                width: cells.width, channels: cells.channels), count: isFilled.count, to: folder.reals, tag: "reals")
    }

    /// Those of the sheet's cells, at a resolution, and which cells have one; pictures are black in those that have none.
    private func reals(_ resolution: Int) throws -> (samples: SheetSamples, isFilled: [Bool]) {
        let grid = configuration.snapshot.grid
        let classes = configuration.data.condition == .class ? configuration.classes : 0
        let rows = TrainingRows(configuration, of: dataset).chosen
        let cells =
            classes > 0
            ? dataset.cells(ofClasses: (0..<grid.rows).map { $0 % classes }, columns: grid.columns, among: rows)
            : Array((rows ?? Array(0..<min(grid.count, dataset.count))).prefix(grid.count))
        let description = dataset.description
        guard isOfPictures else {
            let found = try dataset.read(rows: cells.compactMap { $0 }, withMaps: false, withConditions: false)
            let means = MeanFilter.down(
                description.format.normalized(found.fields), count: cells.count { $0 != nil },
                height: description.height, width: description.width, channels: description.channels,
                factor: description.resolution / resolution)
            return (.fields(means), cells.map { $0 != nil })
        }
        let own = description.resolution
        let images = BoxFilter.down(
            try dataset.read(cells: cells, withMaps: false, withConditions: false).images, count: cells.count,
            height: own, width: own,
            channels: configuration.channels, factor: own / resolution)
        return (.pictures(images), cells.map { _ in true })
    }

    /// How much the samples of a sheet differ, as a share of what real images do.
    ///
    /// - Parameter sheet: its samples at the level's resolution.
    /// - Returns: nil where real ones do not differ at all, or cannot be read.
    func variation(_ sheet: SheetSamples) -> Double? {
        let resolution = engine.level.resolution
        if realVariations[resolution] == nil {
            do {
                let real = try reals(resolution)
                realVariations[resolution] = real.samples.variation(count: real.isFilled.count { $0 })
            } catch {
                // A comparison that serves a warning is no reason to end a run of days.
                realVariations[resolution] = 0
                log.write(
                    .warning,
                    "\(error); how much samples of \(resolution)×\(resolution) differ is not compared with real images")
            }
        }
        guard let real = realVariations[resolution], real > 0 else { return nil }
        return sheet.variation(count: pairs?.count ?? configuration.snapshot.grid.count) / real
    }

    /// At the final resolution, so that all sheets of a run have one size.
    ///
    /// - Returns: the sheet's samples at the level's resolution.
    /// - Throws: ``NotFiniteImage`` too.
    func saveSheet() throws -> SheetSamples {
        if let pairs { return try save(pairs) }
        guard let sheet else { preconditionFailure("a run without a sheet") }
        let samples = try samples(sheet)
        let count = configuration.snapshot.grid.count
        try write(
            cells(of: samples, count: count, at: engine.level.resolution), count: count,
            to: folder.fakes(imagesShown: engine.state.counters.imagesShown), tag: "samples")
        thinSheets()
        return samples
    }

    /// Of pairs: conditions, real images, and what is made of the conditions.
    private func save(_ pairs: PairSheet) throws -> SheetSamples {
        let images = try pairs.images(engine.networks.generator, engine.networks.average)
        try write(
            SheetCells(
                bytes: pairs.cells(beside: images), height: configuration.grid.height, width: pairs.cellWidth,
                channels: pairs.channels), count: pairs.count,
            to: folder.fakes(imagesShown: engine.state.counters.imagesShown), tag: "samples")
        thinSheets()
        return .pictures(images)
    }

    private func samples(_ sheet: SampleSheet) throws -> SheetSamples {
        let generator = engine.level.of(engine.networks.generator)
        return isOfPictures
            ? .pictures(try sheet.images(generator, engine.networks.average))
            : .fields(try sheet.fields(generator, engine.networks.average))
    }

    /// Samples as they are shown, at the final resolution.
    private func cells(of samples: SheetSamples, count: Int, at resolution: Int) -> SheetCells {
        var cells = shown(samples, at: resolution)
        let factor = configuration.resolution / resolution
        cells.bytes = NearestUpscale.up(
            cells.bytes, count: count, height: cells.height, width: cells.width, channels: cells.channels,
            factor: factor)
        cells.height *= factor
        cells.width *= factor
        return cells
    }

    /// Samples as they are shown, at their own resolution.
    private func shown(_ samples: SheetSamples, at resolution: Int) -> SheetCells {
        let size = engine.networks.generator.mapSize(at: resolution)
        switch samples {
        case .pictures(let images):
            return SheetCells(
                bytes: images, height: size.height, width: size.width, channels: configuration.channels)
        case .fields(let fields):
            let picture = FieldPicture(height: size.height, width: size.width, channels: configuration.channels)
            return SheetCells(
                bytes: picture.cells(fields), height: size.height, width: picture.cellWidth, channels: 3)
        }
    }

    /// Removes the sheets that are too many, of those up to now: later ones are of a line that was left, and are replaced
    /// as this one comes by them.
    private func thinSheets() {
        guard let keep = configuration.snapshot.keep else { return }
        do {
            let shown = try folder.sheets().filter { $0 <= engine.state.counters.imagesShown }
            for images in SheetThinning.surplus(shown, keep: keep) {
                try Files.remove(folder.fakes(imagesShown: images))
            }
        } catch {
            // A picture for people is no reason to end a run of days.
            log.write(.warning, "\(error)")
        }
    }

    /// A resolution has been trained, or has faded in.
    ///
    /// - Parameter sheet: the samples of the sheet after it.
    /// - Throws: ``NotFiniteImage`` too.
    func endPhase(_ plan: StepPlan, _ sheet: SheetSamples) throws {
        guard let timeLapse else { return }
        let (level, grid) = (plan.setting.level, configuration.snapshot.grid)
        let row = try self.row.map { try samples($0) } ?? sheet.prefix(grid.columns, of: grid.count)
        let images = shown(row, at: level.resolution).bytes
        let stage = configuration.stages.firstIndex(of: plan.setting.stage) ?? 0
        // Every resolution but the first fades in before it trains.
        let phase = 2 * stage - (level.isFading ? 1 : 0)
        let rejected = try timeLapse.add(
            phase: phase, resolution: level.resolution, isFade: level.isFading, images: images)
        for text in rejected { log.write(.warning, text) }
        log.write(
            .info,
            "end of a phase at \(NumberText.grouped(engine.state.counters.imagesShown)) images: "
                + "\(Progress.Growth(resolution: level.resolution, fade: level.fade).text); \(folder.timeLapse)")
    }

    /// - Parameter cells: of the final resolution.
    private func write(_ cells: SheetCells, count: Int, to path: String, tag: String) throws {
        let sheet = ImageGrid.make(
            cells.bytes, count: count, height: cells.height, width: cells.width, channels: cells.channels,
            columns: configuration.snapshot.grid.columns)
        let png = try ImageFile.encodePNG(sheet)
        try AtomicFile.write(png, to: path)
        events.write(sheet, png: png, tag: tag)
    }
}

/// Samples as they are shown.
private struct SheetCells {
    /// uint8 [count, height, width, channels]
    var bytes: [UInt8]
    var height: Int
    var width: Int
    /// 1 or 3.
    var channels: Int
}
