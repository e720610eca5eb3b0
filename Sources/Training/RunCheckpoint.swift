import Recipes
import Storage

/// What a checkpoint holds of a run.
extension StepEngine {
    /// The whole state, by value, and the run's circumstances.
    ///
    /// - Parameters:
    ///   - classNames: of the data set, where it knows them.
    ///   - description: of the data set: how fields, and the numbers that condition the networks, become what networks see.
    public func checkpoint(
        datasetID: String, ranks: Int, classNames: [String] = [], description: DatasetDescription? = nil
    ) -> CheckpointContents {
        var contents = state.contents
        contents.attributes += [
            ("config", .string(configuration.yaml)), ("dataset_id", .string(datasetID)), ("ranks", .int(ranks)),
            ("resolution", .int(configuration.resolution)), ("channels", .int(configuration.channels)),
            ("classes", .int(configuration.classes)),
        ]
        if configuration.data.condition == .class, !classNames.isEmpty {
            contents.attributes.append((ClassNames.attribute, .strings(classNames)))
        }
        contents.attributes += SampleAttributes(description, configuration).attributes
        return contents
    }
}
