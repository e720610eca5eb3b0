/// How `dataset import` makes samples of arrays.
public struct FieldOptions: Sendable, Equatable {
    /// What an array's axes are: samples n, rows h, columns w, channels c.
    public enum Layout: String, Sendable, CaseIterable {
        case nhw, nhwc, nchw
    }

    /// What the values of a curve are brought to.
    public enum Scaling: String, Sendable, CaseIterable {
        /// −1 … 1.
        case range = "minmax"
        /// Mean 0 and deviation 1.
        case deviation = "meanstd"
    }

    /// What is done with values that are missing: not a number, infinite, or marked so by the file.
    public enum Missing: Sendable, Equatable {
        case refuse
        case fill(Double)
    }

    /// Pieces that are taken of larger fields.
    public struct Crop: Sendable, Equatable {
        public enum Places: Sendable, Equatable {
            /// So many rows and columns apart.
            case grid(height: Int, width: Int)
            /// So many of each field, at places that seed, field and number tell.
            case random(count: Int, seed: UInt64)
        }

        public var height: Int
        public var width: Int
        public var places: Places

        public init(height: Int, width: Int, places: Places) {
            self.height = height
            self.width = width
            self.places = places
        }
    }

    /// Of the arrays whose channels make a sample, one behind the other; none takes the only one that may be meant.
    public var keys: [String] = []
    /// nil takes what the shape tells.
    public var layout: Layout?
    /// Of samples that are stored flat: [height, width] or [channels, height, width].
    public var shape: [Int]?
    public var crop: Crop?
    /// Arrays [N] or [N, K] of the numbers that samples are conditioned on.
    public var conditions: [String] = []
    /// An array [N] of classes.
    public var labelKey: String?
    /// Arrays, of the samples' height and width, whose channels are an image that samples are conditioned on.
    public var conditionImages: [String] = []
    public var transforms = CurveChoice()
    /// nil is ``Scaling/range``.
    public var scaling: Scaling?
    /// By channel, key or component; under an empty name that of all channels.
    public var units: [String: String] = [:]
    /// Of the channels; none takes them from keys.
    public var channelNames: [String] = []
    public var missing = Missing.refuse
    /// nil leaves bytes and numbers of 16 bits without sign as they are; others become float32.
    public var element: SampleFormat.Element?
    /// Whether shards are deflated.
    public var compresses = false

    public init() {}

    /// With keys as files list them: `/a` is `a`.
    var withPlainKeys: FieldOptions {
        func plain(_ key: String) -> String { key.split(separator: "/").joined(separator: "/") }
        var options = self
        options.keys = keys.map(plain)
        options.conditions = conditions.map(plain)
        options.conditionImages = conditionImages.map(plain)
        options.labelKey = labelKey.map(plain)
        return options
    }

    /// Whether anything is asked for that only samples of arrays have.
    public var isAsked: Bool { self != FieldOptions() }
}
