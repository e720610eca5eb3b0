import Cluster
import Configuration
import Evaluation
import Storage
import Training

/// The network in whose features a run's metrics look at images.
enum TrainingFeatures {
    /// Collective.
    ///
    /// - Parameters:
    ///   - configuration: whose notes say what the user should know of the features.
    ///   - data: folder of the data set, in which `metrics.features=auto` looks.
    /// - Returns: nil where no metric needs features.
    /// - Throws: ``MissingFeatures`` where there is no file; errors that name the file and what is wrong with it; where
    ///   ranks see different files, what tells of them.
    static func open(
        _ configuration: inout ResolvedConfiguration, data: String, datasetID: String, communicator: any Communicator
    ) throws -> (any FeatureExtractor)? {
        let needing = configuration.metrics.names.filter { Metrics.named($0)?.needs.contains(.features) == true }
        guard !needing.isEmpty else { return nil }
        let option = try FeaturesOption(
            file: configuration.metrics.features.given, resize: configuration.metrics.resize.rawValue,
            any: configuration.metrics.anyFeatures)
        guard let path = try RootsChoice.share(option.path(data: data), communicator) else {
            throw MissingFeatures(ofRun: needing, data: data)
        }
        try HostSurvey.survey(dataset: data, files: [path], communicator: communicator)
        let (extractor, notes) = try option.extractor(
            path, data: data, datasetID: datasetID, flag: "metrics.any_features=true")
        configuration.notes += notes
        try extractor.check(resolution: configuration.resolution, channels: configuration.channels)
        try ConfigurationCheck.compare(
            entries: [("(features of metrics)", extractor.identity)], communicator: communicator)
        return extractor
    }
}

extension MissingFeatures {
    /// - Parameter metrics: of a run that need features.
    init(ofRun metrics: [String], data: String) {
        self.init(
            asked: "metrics.names has \(metrics.joined(separator: ",")): found no metrics.features", data: data)
    }
}
