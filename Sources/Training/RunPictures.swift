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
    private let sheet: SampleSheet
    /// Of the time-lapse, where a sheet has a class a row; nil where the sheet's first row is it.
    private let row: SampleSheet?
    /// Nil where networks do not grow.
    private let timeLapse: TimeLapse?
    /// How much real images differ at each resolution so far.
    private var realVariations: [Int: Double] = [:]

    init(_ engine: StepEngine, _ pen: RunPen, _ dataset: Dataset, _ events: RunEvents) {
        self.engine = engine
        self.events = events
        self.dataset = dataset
        configuration = engine.configuration
        folder = pen.folder
        log = pen.log
        let grid = configuration.snapshot.grid
        sheet = SampleSheet(
            generator: engine.networks.generator, seed: configuration.seed, columns: grid.columns, rows: grid.rows)
        row =
            configuration.labelDimension > 0
            ? SampleSheet(rowOf: engine.networks.generator, seed: configuration.seed, columns: grid.columns) : nil
        timeLapse =
            configuration.growing.enabled
            ? TimeLapse(
                folder: folder, finalResolution: configuration.resolution, channels: configuration.channels) : nil
    }

    /// The first images; of a conditional run the first of each class, in the rows that sheets have them in.
    func saveReals() throws {
        try write(reals(configuration.resolution).images, to: folder.reals, tag: "reals")
    }

    /// Those of the sheet, at a resolution.
    private func reals(_ resolution: Int) throws -> (images: [UInt8], count: Int) {
        let (grid, classes) = (configuration.snapshot.grid, configuration.labelDimension)
        let rows = TrainingRows(configuration, of: dataset).chosen
        let cells =
            classes > 0
            ? dataset.cells(ofClasses: (0..<grid.rows).map { $0 % classes }, columns: grid.columns, among: rows)
            : Array((rows ?? Array(0..<min(grid.count, dataset.count))).prefix(grid.count))
        let own = dataset.description.resolution
        let images = BoxFilter.down(
            try dataset.read(cells: cells, withMaps: false).images, count: cells.count, height: own, width: own,
            channels: configuration.channels, factor: own / resolution)
        return (images, cells.count)
    }

    /// How much the samples of a sheet differ, as a share of what real images do.
    ///
    /// - Parameter sheet: its images at the level's resolution.
    /// - Returns: nil where real ones do not differ at all, or cannot be read.
    func variation(_ sheet: [UInt8]) -> Double? {
        let resolution = engine.level.resolution
        if realVariations[resolution] == nil {
            do {
                let real = try reals(resolution)
                realVariations[resolution] = PixelVariation.of(real.images, count: real.count)
            } catch {
                // A comparison that serves a warning is no reason to end a run of days.
                realVariations[resolution] = 0
                log.write(
                    .warning,
                    "\(error); how much samples of \(resolution)×\(resolution) differ is not compared with real images")
            }
        }
        guard let real = realVariations[resolution], real > 0 else { return nil }
        return PixelVariation.of(sheet, count: configuration.snapshot.grid.count) / real
    }

    /// At the final resolution, so that all sheets of a run have one size.
    ///
    /// - Returns: the sheet's images at the level's resolution.
    /// - Throws: ``NotFiniteImage`` too.
    func saveSheet() throws -> [UInt8] {
        let level = engine.level
        let images = try sheet.images(level.of(engine.networks.generator), engine.networks.average)
        let (side, grid) = (level.resolution, configuration.snapshot.grid)
        try write(
            NearestUpscale.up(
                images, count: grid.count, height: side, width: side, channels: configuration.channels,
                factor: configuration.resolution / side),
            to: folder.fakes(imagesShown: engine.state.counters.imagesShown), tag: "samples")
        thinSheets()
        return images
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
    /// - Parameter sheet: the images of the sheet after it.
    /// - Throws: ``NotFiniteImage`` too.
    func endPhase(_ plan: StepPlan, _ sheet: [UInt8]) throws {
        guard let timeLapse else { return }
        let level = plan.setting.level
        let images =
            try row?.images(engine.level.of(engine.networks.generator), engine.networks.average)
            ?? Array(sheet.prefix(sheet.count / configuration.snapshot.grid.rows))
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

    /// - Parameter images: of the final resolution.
    private func write(_ images: [UInt8], to path: String, tag: String) throws {
        let side = configuration.resolution
        let sheet = ImageGrid.make(
            images, count: images.count / (side * side * configuration.channels), height: side, width: side,
            channels: configuration.channels, columns: configuration.snapshot.grid.columns)
        let png = try ImageFile.encodePNG(sheet)
        try AtomicFile.write(png, to: path)
        events.write(sheet, png: png, tag: tag)
    }
}
