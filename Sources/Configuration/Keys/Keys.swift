/// Every key stands beside the property that it sets, in the file of its section: name, domain, default and explanation.
extension Configuration {
    /// Every key, in the order in which they are written.
    public static let keys: [Key] = [
        generalKeys, dataKeys, modelKeys, ggdrKeys, lossKeys, optimizerKeys, emaKeys, growingKeys, augmentKeys,
        clusterKeys, checkpointKeys, guardKeys, snapshotKeys,
    ].flatMap { $0 }
}
