import ArgumentParser
import Storage

extension FieldOptions.Layout: ExpressibleByArgument {}
extension FieldOptions.Scaling: ExpressibleByArgument {}
extension SampleFormat.Element: ExpressibleByArgument {}

/// Options of `dataset import` that are of arrays of numbers.
struct FieldArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            Arrays of HDF5, netCDF or .npz whose channels make a sample; groups by a/b. Default: the only one that it can be.
            """, valueName: "name,…"))
    var key: String?

    @Option(
        help: "Axes of arrays: nhw, nhwc or nchw (samples, rows, columns, channels). Default: what the shape tells.")
    var layout: FieldOptions.Layout?

    @Option(
        help: ArgumentHelp("Of samples that are stored flat, [N, voxels]: HxW, or CxHxW.", valueName: "HxW"))
    var shape: String?

    @Option(help: ArgumentHelp("Rows and columns between crops of one field. Default: no overlap.", valueName: "N"))
    var stride: String?

    @Option(help: ArgumentHelp("So many crops of each field, at random places.", valueName: "count"))
    var random: Int?

    @Option(help: "What random crops are drawn from.")
    var seed: UInt64?

    @Option(
        help: ArgumentHelp("Arrays [N] or [N, K] of numbers that samples are conditioned on.", valueName: "name,…"))
    var condition: String?

    @Option(
        help: ArgumentHelp(
            "Arrays of images or fields beside samples, which samples may be made from.", valueName: "name,…"))
    var conditionImage: String?

    @Option(help: ArgumentHelp("An array [N] of classes.", valueName: "name"))
    var labelKey: String?

    @Option(
        help: ArgumentHelp(
            """
            What tames values: linear, log1p, asinh:SCALE, ratio:A or power:P, of all channels, or NAME=log1p,OTHER=linear, \
            of conditions too. It is stored beside the values and undone in samples. Default: linear.
            """, valueName: "curve"))
    var transform: String?

    @Option(help: "Then brought to -1 … 1 (minmax), or to mean 0 and deviation 1 (meanstd). Default: minmax.")
    var scale: FieldOptions.Scaling?

    @Option(
        help: ArgumentHelp("Unit of the values, or NAME=K,OTHER=m. Default: what the file tells.", valueName: "unit"))
    var unit: String?

    @Option(help: ArgumentHelp("Names of the channels. Default: the keys.", valueName: "name,…"))
    var names: String?

    @Option(
        help: ArgumentHelp(
            "Missing values: refuse, or the number that they become. Default: refuse.", valueName: "value"))
    var missing: String?

    @Option(
        help: "How values are stored: uint8, uint16 or float32. Default: bytes and uint16 as they are, else float32.")
    var element: SampleFormat.Element?

    @Flag(help: "Deflate the shards: smaller, slower to read.")
    var compress = false

    /// - Parameter crop: height and width of the pieces; nil for whole fields.
    /// - Throws: ``DatasetError`` (64).
    func options(crop: (height: Int, width: Int)?) throws -> FieldOptions {
        var options = FieldOptions()
        options.keys = try Self.list(key, "--key")
        options.layout = layout
        options.shape = try shape.map { try Self.sides($0, "--shape", counts: 2...3) }
        options.conditions = try Self.list(condition, "--condition")
        options.conditionImages = try Self.list(conditionImage, "--condition-image")
        options.labelKey = labelKey
        options.transforms = try transform.map { try CurveChoice($0) } ?? CurveChoice()
        options.scaling = scale
        options.units = try Self.units(unit)
        options.channelNames = try Self.list(names, "--names")
        options.element = element
        options.compresses = compress
        switch missing {
        case nil, "refuse": break
        case .some(let text):
            guard let value = Double(text), value.isFinite else {
                throw DatasetError.usage("--missing \(text): expected refuse or a number")
            }
            options.missing = .fill(value)
        }
        guard let crop else {
            guard stride == nil, random == nil, seed == nil else {
                throw DatasetError.usage("--stride, --random and --seed are of crops: give --crop N or HxW")
            }
            return options
        }
        var places = FieldOptions.Crop.Places.grid(height: crop.height, width: crop.width)
        if let random {
            guard stride == nil else { throw DatasetError.usage("--stride and --random: expected one of them") }
            places = .random(count: random, seed: seed ?? 0)
        } else {
            guard seed == nil else { throw DatasetError.usage("--seed is of --random crops") }
            if let stride {
                let steps = try Self.sides(stride, "--stride", counts: 1...2)
                places = .grid(height: steps[0], width: steps[steps.count - 1])
            }
        }
        options.crop = FieldOptions.Crop(height: crop.height, width: crop.width, places: places)
        return options
    }

    private static func list(_ text: String?, _ option: String) throws -> [String] {
        guard let text else { return [] }
        let parts = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        guard !parts.contains("") else { throw DatasetError.usage("\(option) \(text): expected NAME or NAME,NAME") }
        return parts
    }

    static func sides(_ text: String, _ option: String, counts: ClosedRange<Int>) throws -> [Int] {
        let parts = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
        guard counts.contains(parts.count), parts.allSatisfy({ (1...1 << 24).contains($0) }) else {
            throw DatasetError.usage(
                "\(option) \(text): expected " + (counts.contains(3) ? "HxW or CxHxW" : "N or HxW") + ", each from 1")
        }
        return parts
    }

    private static func units(_ text: String?) throws -> [String: String] {
        guard let text else { return [:] }
        guard text.contains("=") else { return ["": text] }
        var units: [String: String] = [:]
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let sign = part.firstIndex(of: "="), sign > part.startIndex else {
                throw DatasetError.usage("--unit \(text): expected a unit, or NAME=K,OTHER=m")
            }
            units[String(part[..<sign])] = String(part[part.index(after: sign)...])
        }
        return units
    }
}

/// What `--crop` takes: of pictures center or none, of fields the size of pieces.
enum CropArgument: ExpressibleByArgument {
    case picture(ImportOptions.Crop)
    case pieces(height: Int, width: Int)

    init?(argument: String) {
        if let crop = ImportOptions.Crop(rawValue: argument) {
            self = .picture(crop)
        } else if let sides = try? FieldArguments.sides(argument, "--crop", counts: 1...2) {
            self = .pieces(height: sides[0], width: sides[sides.count - 1])
        } else {
            return nil
        }
    }

    var defaultValueDescription: String { if case .picture(let crop) = self { crop.rawValue } else { "" } }
    static var allValueStrings: [String] { ["center", "none", "N", "HxW"] }
}
