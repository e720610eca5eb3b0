import Storage

/// What a checkpoint holds of a run.
extension StepEngine {
    /// The whole state, by value, and the run's circumstances.
    ///
    /// - Parameter classNames: of the data set, where it knows them.
    public func checkpoint(datasetID: String, ranks: Int, classNames: [String] = []) -> CheckpointContents {
        var contents = state.contents
        contents.attributes += [
            ("config", .string(configuration.yaml)), ("dataset_id", .string(datasetID)), ("ranks", .int(ranks)),
            ("resolution", .int(configuration.resolution)), ("channels", .int(configuration.channels)),
            ("classes", .int(configuration.classes)),
        ]
        if configuration.labelDimension > 0, !classNames.isEmpty {
            contents.attributes.append((ClassNames.attribute, .strings(classNames)))
        }
        return contents
    }
}
