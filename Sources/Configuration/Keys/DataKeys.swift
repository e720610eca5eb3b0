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
        /// Images that are trained on, the first ones of a permutation; nil for all.
        public var limit: Int?
        /// Seed of that permutation, whatever the run's.
        public var limitSeed: UInt64 = 0

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
        Key(
            "data.limit", \.data.limit, .orAll(.integer(1...2_147_483_647)),
            "train on so many images, the first of a permutation; metrics compare with all"),
        Key(
            "data.limit_seed", \.data.limitSeed, .integer(0...UInt64.max),
            "data.limit: seed of the permutation, apart from the run's, so that runs of other seeds see the same images"
        ),
    ]
}
