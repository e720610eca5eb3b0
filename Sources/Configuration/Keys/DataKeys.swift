extension Configuration {
    /// Where images come from.
    public struct DataSource: Equatable, Sendable {
        /// Folder of HDF5 shards.
        public var path: String?
        /// Folder on a disk of each host that the shards are copied to and read from; nil to read them where they are.
        public var stage: String?
        /// Show the mirror image of every second draw.
        public var mirror = false
        /// Condition both networks on the class labels of the data set.
        public var labels = false

        public init() {}
    }

    static let dataKeys: [Key] = [
        Key("data.path", \.data.path, .text, "folder of HDF5 shards"),
        Key(
            "data.stage", \.data.stage, .text,
            "folder on each host's own disk, to copy the shards to once and read them there; empty for none",
            isPerRank: true),
        Key("data.mirror", \.data.mirror, .flag, "show mirror images too"),
        Key("data.labels", \.data.labels, .flag, "condition both networks on the labels"),
    ]
}
