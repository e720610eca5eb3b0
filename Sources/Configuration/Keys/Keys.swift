/// Every key stands beside the property that it sets, in the file of its section: name, domain, default and explanation.
extension Configuration {
    /// Every key, in the order in which they are written.
    public static let keys: [Key] = [
        generalKeys, dataKeys, modelKeys, ggdrKeys, lossKeys, optimizerKeys, emaKeys, scheduleKeys, supervisionKeys,
        growingKeys, augmentKeys,
        clusterKeys, checkpointKeys, guardKeys, snapshotKeys, metricKeys, eventKeys,
    ].flatMap { $0 }

    /// Keys by the names that they once had: files and checkpoints that have those are still understood.
    static let renamed = ["snapshot.metrics": "metrics.names", "snapshot.metric_images": "metrics.images"]
}
