extension Configuration {
    /// When to save a sheet of samples.
    public struct Snapshot: Equatable, Sendable {
        public var everyKimg = 5.0
        public var grid = Grid(columns: 8, rows: 8)
        /// How many sheets stay at most; nil for all.
        public var keep: Int?

        public init() {}
    }

    static let snapshotKeys: [Key] = [
        Key("snapshot.every_kimg", \.snapshot.everyKimg, .kimg, "thousands of images between sheets of samples"),
        Key("snapshot.grid", \.snapshot.grid, .grid, "columns and rows of a sheet"),
        Key(
            "snapshot.keep", \.snapshot.keep, .orAll(.integer(2...1_000_000)),
            "most sheets to keep, spread evenly over the run, the first and the newest among them"),
    ]
}
