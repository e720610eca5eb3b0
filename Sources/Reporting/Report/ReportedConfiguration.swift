import Storage

/// A run's configuration as a report shows it.
public struct ReportedConfiguration: Sendable {
    public struct Key: Sendable, Equatable {
        public var name: String
        public var value: String
        /// Of the preset.
        public var preset: String

        public init(name: String, value: String, preset: String) {
            self.name = name
            self.value = value
            self.preset = preset
        }
    }

    public var preset: String
    /// All keys, in their order.
    public var keys: [Key]
    /// Keys that this version does not know, and what cannot be read.
    public var problems: [String]

    public init(preset: String, keys: [Key], problems: [String] = []) {
        self.preset = preset
        self.keys = keys
        self.problems = problems
    }

    /// Those whose values somebody chose.
    var changed: [Key] { keys.filter { $0.value != $0.preset && $0.preset != "auto" && $0.name != "preset" } }
    /// Those that followed from the data.
    var chosen: [Key] { keys.filter { $0.value != $0.preset && $0.preset == "auto" } }
    var kept: [Key] { keys.filter { $0.value == $0.preset } }
}

/// The nearest real images of generated ones, as a report shows them.
public struct ReportedNeighbours: Sendable {
    /// Neighbours by one measure of distance.
    public struct Space: Sendable {
        /// "in the features of classifier".
        public var title: String
        /// What the distances say.
        public var sentence: String
        /// A picture: a column for each generated image, which is on top; below it its neighbours, the nearest first.
        public var picture: RasterImage

        public init(title: String, sentence: String, picture: RasterImage) {
            self.title = title
            self.sentence = sentence
            self.picture = picture
        }
    }

    public var spaces: [Space]
    /// What is missing, and how to have it.
    public var notes: [String]

    public init(spaces: [Space] = [], notes: [String] = []) {
        self.spaces = spaces
        self.notes = notes
    }
}
