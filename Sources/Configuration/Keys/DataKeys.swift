extension Configuration {
    /// Where images come from.
    public struct DataSource: Equatable, Sendable {
        /// Folder of HDF5 shards.
        public var path: String?
        /// Folder on a disk of each host that the shards are copied to and read from; nil to read them where they are.
        public var stage: String?
        /// Show the mirror image of every second draw.
        public var mirror = false
        /// What both networks are conditioned on.
        public var condition = ConditionChoice.none
        /// The older way to say that it is the class labels of the data set.
        public var labels: Bool {
            get { condition == .class }
            set { if newValue || condition == .class { condition = newValue ? .class : .none } }
        }
        /// Share of the samples whose condition the networks are not told.
        public var conditionDropout = 0.0
        /// Whether class 0 of the label maps that condition the networks is of pixels whose class nobody knows.
        public var dontCare = false
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
        Key("data.labels", \.data.labels, .flag, "condition both networks on the labels: data.condition=class"),
        Key(
            "data.condition", \.data.condition, .choice,
            "what both networks are conditioned on: the class, the numbers, the label map or the image beside each sample"
        ),
        Key(
            "data.condition_dropout", \.data.conditionDropout, .fraction,
            "share of the samples, real and generated, whose condition is left out"),
        Key(
            "data.dont_care", \.data.dontCare, .flag,
            "data.condition=map: class 0 is of pixels of no known class, which mIoU leaves out; so does oasis's loss on the"
                + " classes of real images, and of generated ones in the generator's phase, and no other"),
        Key(
            "data.limit", \.data.limit, .orAll(.integer(1...2_147_483_647)),
            "train on so many images, the first of a permutation; metrics compare with all"),
        Key(
            "data.limit_seed", \.data.limitSeed, .integer(0...UInt64.max),
            "data.limit: seed of the permutation, apart from the run's, so that runs of other seeds see the same images"
        ),
    ]
}

/// What both networks are conditioned on: `data.condition`.
public enum ConditionChoice: String, CaseIterable, Sendable, Choice {
    case none
    /// The class labels of the data set.
    case `class`
    /// The numbers beside each of its samples.
    case vector
    /// The label map of each of its samples: one-hot at each pixel.
    case map
    /// The image beside each of its samples.
    case image

    /// Whether it says something of each pixel.
    public var isDense: Bool {
        switch self {
        case .none, .class, .vector: false
        case .map, .image: true
        }
    }
}

extension Configuration {
    /// `data.condition` and `data.labels` in one file, or on one command line, must say the same.
    ///
    /// - Parameter list: what one of them says.
    static func checkCondition(_ list: [Assignment]) throws(ConfigurationError) {
        guard let asked = list.last(where: { $0.path == "data.condition" }),
            let labels = list.last(where: { $0.path == "data.labels" }),
            (asked.text == ConditionChoice.class.rawValue) != (labels.text.lowercased() == "true")
        else { return }
        throw ConfigurationError(
            .conflict, key: asked.path, source: asked.source,
            message: "data.condition is \(asked.text), but data.labels is \(labels.text), which says"
                + " \(labels.text.lowercased() == "true" ? "data.condition=class" : "that it is not class"): give one"
                + " of the two")
    }
}
