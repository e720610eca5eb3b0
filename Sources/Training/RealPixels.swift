import Evaluation
import Recipes
import Storage

/// What stands beside a data set's images at every pixel, in the order in which metrics look at them.
extension RealSample {
    /// Label maps of the images at these places of the order, of the sample's resolution; nil of a data set without.
    ///
    /// - Parameter ignored: a class that is no class of any.
    package func maps(places: Range<Int>, ignored: Int?) -> LabelMapSource? {
        let (dataset, classes) = (rows.dataset, rows.dataset.description.semanticClasses)
        guard classes > 0 else { return nil }
        return LabelMapSource(classes: classes, ignored: ignored) { numbers in
            try maps(of: rows.rows(numbers, from: places.lowerBound), in: dataset)
        }
    }

    /// What conditions generated images' pixels: of each that of the image at the place of its number.
    ///
    /// - Parameters:
    ///   - classes: of label maps; 0 where images condition the generator.
    ///   - format: of those; nil where label maps do.
    /// - Throws: ``DatasetError`` (65) where the data set has no such conditions.
    package func pixels(classes: Int, format: SampleFormat?) throws -> PairedPixels {
        let dataset = rows.dataset
        let (description, folder) = (dataset.description, dataset.folder)
        guard let format else {
            guard description.semanticClasses == classes else {
                throw DatasetError.badData(
                    "\(folder): has \(description.semanticClasses == 0 ? "no label maps" : "label maps of \(description.semanticClasses) classes"), "
                        + "but maps of \(classes) condition the generator; expected the data set that it was trained on"
                )
            }
            return PairedPixels { numbers in
                .maps(
                    try maps(of: rows.rows(numbers, from: 0), in: dataset), height: resolution, width: resolution)
            }
        }
        guard let own = description.imageCondition, own.channels.count == format.channels.count else {
            throw DatasetError.badData(
                "\(folder): has \(description.imageCondition.map { "images of \($0.channels.count) channels" } ?? "no images") "
                    + "beside its own, but images of \(format.channels.count) channels condition the generator; expected the "
                    + "data set that it was trained on")
        }
        let factor = description.resolution / resolution
        return PairedPixels { numbers in
            let chosen = rows.rows(numbers, from: 0)
            // By the generator's own transforms: the data set's may be others by now.
            let values = format.normalized(try dataset.read(rows: chosen, withMaps: false).imageConditions ?? [])
            return .images(
                MeanFilter.down(
                    values, count: chosen.count, height: description.height, width: description.width,
                    channels: format.channels.count, factor: factor), height: resolution, width: resolution)
        }
    }

    private func maps(of rows: [Int], in dataset: Dataset) throws -> [UInt8] {
        let maps = try dataset.maps(of: rows)
        try dataset.checkMaps(maps, of: rows)
        let description = dataset.description
        return MajorityFilter.down(
            maps ?? [], count: rows.count, height: description.height, width: description.width,
            factor: description.resolution / resolution)
    }
}

extension GeneratorFile {
    /// What standing statistics of it are taken of: label maps or images of a data set, in an order that is always the same.
    ///
    /// - Returns: nil where nothing conditions the pixels of its images.
    /// - Throws: ``DatasetError`` (65) where the data set has no such conditions, or not as large ones.
    package func standingConditions(of dataset: Dataset) throws -> StandingStatistics.Conditions? {
        guard generator.conditionChannels > 0 else { return nil }
        let (resolution, description) = (generator.largestResolution, dataset.description)
        guard description.isPicture, description.resolution >= resolution, dataset.count > 0 else {
            let found = "\(dataset.count) samples of \(description.height)×\(description.width)"
            throw DatasetError.badData(
                "\(dataset.folder): has \(found), but \(path) makes images of \(resolution)×\(resolution); expected the data"
                    + " set that it was trained on")
        }
        let sample = RealSample(dataset, resolution: resolution, seed: 0)
        return StandingStatistics.Conditions(
            try sample.pixels(classes: conditionClasses, format: conditionFormat), count: dataset.count)
    }
}
