import ArgumentParser
import Reporting
import Session
import Storage

extension DatasetCommand {
    /// `ganglion dataset synthesize`.
    struct Synthesize: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a dataset of coloured shapes, or of random fields of known statistics.",
            discussion: HelpText.text(
                """
                Shapes, coloured, on textured ground: labels tell the front shape's class, semantic maps the class of \
                every pixel.

                Lognormal fields on a torus, of one to four channels: float32, of mean 1. Their spectrum is known in \
                closed form, and is written beside the shards as truth.json.

                The same seed gives the same samples.

                Examples:

                  ganglion dataset synthesize --out data/shapes --count 20000 --resolution 64
                  ganglion dataset synthesize --kind lognormal --out data/density --resolution 64 \\
                      --channels 2 --slope 3 --variance 1
                """))

        enum Kind: String, ExpressibleByArgument, CaseIterable { case shapes, lognormal }

        @Option(help: "shapes or lognormal.")
        var kind = Kind.shapes

        @Option(help: ArgumentHelp("Where the shards go; made if missing.", valueName: "folder"))
        var out: String

        @Option(help: "Number of samples.")
        var count = 10_000

        @Option(help: "Side of the samples, a power of two from 4 (lognormal: 8) to 1024. Default: 32; lognormal: 64.")
        var resolution: Int?

        @Option(help: "1 (grey) or 3 (colour); lognormal: 1 to 4. Default: 3; lognormal: 2.")
        var channels: Int?

        @Option(help: "Number of files. Default: one for each 128 MB.")
        var shards: Int?

        @Option(help: "What the samples are drawn from.")
        var seed: UInt64 = 0

        @OptionGroup(title: "Lognormal fields")
        var lognormal: LognormalArguments

        func run() throws {
            switch kind {
            case .shapes:
                if let name = lognormal.firstAsked {
                    throw DatasetError.usage("\(name) is of --kind lognormal")
                }
                try DatasetMaking.run(
                    drawing: count, to: out, seed: seed, resolution: resolution ?? 32, channels: channels ?? 3,
                    shards: shards)
            case .lognormal:
                try DatasetMaking.run(
                    drawing: count, to: out,
                    lognormal: lognormal.parameters(seed: seed, resolution: resolution, channels: channels),
                    shards: shards, fields: lognormal.options())
            }
        }
    }
}

/// Options of lognormal fields.
struct LognormalArguments: ParsableArguments {
    @Option(help: ArgumentHelp("Height and width, in place of --resolution.", valueName: "HxW"))
    var size: String?

    @Option(help: "Variance at a point of the Gaussian field whose exponential they are. Default: 1.")
    var variance: Double?

    @Option(help: "n of its spectrum (k0^2 + k^2)^(-n/2). Default: 3.")
    var slope: Double?

    @Option(help: "k0 of its spectrum, in waves on the longer side. Default: 4.")
    var turnover: Double?

    @Option(help: "Correlation of any two of its channels. Default: 0.5.")
    var correlation: Double?

    @Option(
        help: ArgumentHelp(
            "What tames values: linear, log1p, asinh:SCALE, ratio:A or power:P. Default: log1p.", valueName: "curve"))
    var transform: String?

    @Option(help: "Then brought to -1 … 1 (minmax), or to mean 0 and deviation 1 (meanstd). Default: minmax.")
    var scale: FieldOptions.Scaling?

    @Flag(help: "Deflate the shards: smaller, slower to read.")
    var compress = false

    /// Of those that were given.
    var firstAsked: String? {
        let asked = [
            ("--size", size != nil), ("--variance", variance != nil), ("--slope", slope != nil),
            ("--turnover", turnover != nil), ("--correlation", correlation != nil), ("--transform", transform != nil),
            ("--scale", scale != nil), ("--compress", compress),
        ]
        return asked.first(where: \.1)?.0
    }

    func parameters(seed: UInt64, resolution: Int?, channels: Int?) throws -> LognormalParameters {
        var parameters = LognormalParameters(seed: seed)
        if let resolution { (parameters.height, parameters.width) = (resolution, resolution) }
        if let size {
            guard resolution == nil else { throw DatasetError.usage("--size and --resolution: expected one of them") }
            let sides = try FieldArguments.sides(size, "--size", counts: 1...2)
            (parameters.height, parameters.width) = (sides[0], sides[sides.count - 1])
        }
        if let channels { parameters.channels = channels }
        if let variance { parameters.variance = variance }
        if let slope { parameters.slope = slope }
        if let turnover { parameters.turnover = turnover }
        if let correlation { parameters.correlation = correlation }
        return parameters
    }

    func options() throws -> FieldOptions {
        var options = FieldOptions()
        if let transform { options.transforms = try CurveChoice(transform) }
        options.scaling = scale
        options.compresses = compress
        return options
    }
}
