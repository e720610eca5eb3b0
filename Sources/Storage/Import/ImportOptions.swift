/// How `dataset import` treats what it finds.
public struct ImportOptions: Sendable {
    /// Where labels come from.
    public enum Labels: String, Sendable, CaseIterable {
        /// No labels.
        case none
        /// The subfolder of an image file, in the order of their names.
        case folder
        /// `dataset.json` in the layout of StyleGAN, in the folder of the images, or beside that where they have maps.
        case json
    }

    /// How an image is brought to the resolution.
    public enum Resize: String, Sendable, CaseIterable {
        case box
        case lanczos
        /// Black around it; pixels stay as they are.
        case pad
    }

    /// What is done with an image that is not square.
    public enum Crop: String, Sendable, CaseIterable {
        /// The largest square in the middle is taken.
        case center
        /// It is an error.
        case none
    }

    /// What is done with an image that cannot be used.
    public enum OnError: String, Sendable, CaseIterable {
        case skip, fail
    }

    /// Where semantic maps come from.
    public enum Maps: Sendable, Equatable {
        /// From `annotations` beside `images`, where the source is a folder of both; from the HDF5 file.
        case automatic
        /// No maps.
        case none
        /// PNG files in a folder, by itself or in the source, named as the images are.
        case folder(String)
    }

    /// Where the image that each image is made from comes from.
    public enum Pair: Sendable, Equatable {
        /// Each file has two images of one size beside each other, see ``Direction``.
        case sideBySide
        /// Drawn from the images themselves, at their final size, see ``EdgeFilter``.
        case edges
        /// PNG or JPEG files in a folder, by itself or in the source, named as the images are. Where it lies in the source
        /// the images are those of the other of two folders `A` and `B`, or of `images`.
        case folder(String)

        /// As `--pair` has it: `side-by-side`, `edges`, or else the name of a folder.
        public init(_ text: String) {
            self = text == "side-by-side" ? .sideBySide : text == "edges" ? .edges : .folder(text)
        }

        /// What ``init(_:)`` makes it of.
        public var text: String {
            switch self {
            case .sideBySide: "side-by-side"
            case .edges: "edges"
            case .folder(let name): name
            }
        }
    }

    /// Which of two images beside each other, A to the left of B, is made from the other.
    public enum Direction: String, Sendable, CaseIterable {
        /// The right one from the left one.
        case rightFromLeft = "AtoB"
        case leftFromRight = "BtoA"
    }

    /// Side of the images, a power of two; nil takes that of the first image.
    public var resolution: Int?
    /// 1 or 3; nil takes that of the first image.
    public var channels: Int?
    /// Number of shards; nil makes one for each 128 MB.
    public var shards: Int?
    /// Where labels come from; nil takes those that stand beside the images in IDX, CIFAR and HDF5 sources, and none
    /// from a folder of image files.
    public var labels: Labels?
    public var maps = Maps.automatic
    /// A JSON file with names and colours of the classes of maps, see ``MapPalette``; nil takes `palette.json` in the
    /// folder of the maps or in the source, if there is one.
    public var palette: String?
    /// Number of classes in maps; nil counts them. Those of an HDF5 file are what it states, or 256.
    public var mapClasses: Int?
    /// nil where nothing is beside the images.
    public var pair: Pair?
    /// Of ``Pair/sideBySide``; nil is ``Direction/rightFromLeft``.
    public var direction: Direction?
    /// 1 or 3, of the images that images are made from; nil takes that of the first of them.
    public var pairChannels: Int?
    /// At most this many images, the first ones.
    public var limit: Int?
    public var resize = Resize.lanczos
    public var crop = Crop.none
    public var onError = OnError.fail

    public init() {}
}

/// One image of a source, as it is found there.
struct SourceImage {
    var image: RasterImage
    var label: Int32?
    /// uint8 [height, width].
    var semantic: [UInt8]?
    /// What the image is made from, of its size.
    var condition: RasterImage?
}
