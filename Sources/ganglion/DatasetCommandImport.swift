import ArgumentParser
import Reporting
import Session
import Storage

extension ImportOptions.Labels: ExpressibleByArgument {}
extension ImportOptions.Resize: ExpressibleByArgument {}
extension ImportOptions.OnError: ExpressibleByArgument {}
extension ImportOptions.Direction: ExpressibleByArgument {}
extension ImportOptions.Pair: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
}

extension DatasetCommand {
    /// `ganglion dataset import`.
    struct Import: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a dataset from image files, IDX, CIFAR batches, HDF5, netCDF or numpy's files.",
            discussion: HelpText.text(
                """
                The source is recognised by its content: a folder of PNG or JPEG files, an IDX image file (the MNIST \
                family, packed with gzip or not; its label file is found beside it), a folder of binary CIFAR-10 or \
                CIFAR-100 batches, or an HDF5 file with uint8 images [N, H, W, C] and perhaps labels and semantic.

                Semantic maps, a class at every pixel, come from a folder of PNG files named as the images are: \
                annotations beside images in the source, or --maps. Grey values or palette indices are classes as they \
                are; with a palette (--palette, or palette.json beside the maps: \
                [{"name": "sky", "color": [70, 130, 180]}, …]) colours are. Maps are cropped and resized with their \
                images, by the nearest pixel.

                Pairs, for networks that make an image from another (--pair): two side by side in each file, a folder of \
                condition images named as the images are, or edges that are drawn of any images here. Condition images \
                are cropped and resized with their images.

                Names of classes are kept where the source tells them: subfolders, "classes" of dataset.json (a list of \
                names), the lists beside CIFAR batches, the attribute class_names of an HDF5 file.

                Fields, that is samples of any numbers, any size that networks make and up to 64 channels, come from \
                arrays of HDF5 (--key), netCDF-4, .npy or .npz, or from PNG files of 16 bits (--element uint16). Values \
                stay physical; what networks see of them (--transform, --scale) is fitted to all of them and stored \
                beside them. Several sources make one dataset.

                Examples:

                  ganglion dataset import photos --out data/photos --labels folder \\
                      --resolution 64 --crop center
                  ganglion dataset import photos --maps masks --palette palette.json --out data/photos
                  ganglion dataset import train-images-idx3-ubyte.gz --out data/fashion \\
                      --resolution 32 --resize pad
                  ganglion dataset import facades/train --pair side-by-side --direction BtoA \\
                      --out data/facades
                  ganglion dataset import train-images-idx3-ubyte.gz --out data/drawings \\
                      --resolution 32 --pair edges
                  ganglion dataset import calo.h5 --key showers --shape 24x16 --transform log1p \\
                      --condition incident_energies --out data/showers
                  ganglion dataset import maps.npy --crop 128 --stride 64 --out data/maps
                """))

        @Argument(help: "A folder or a file; of fields several.")
        var source: [String]

        @Option(help: ArgumentHelp("Where the shards go; made if missing.", valueName: "folder"))
        var out: String

        @Option(help: "Side of the images, a power of two. Default: that of the images.")
        var resolution: Int?

        @Option(help: "1 (grey) or 3 (colour). Default: that of the images.")
        var channels: Int?

        @Option(help: "Number of files. Default: one for each 128 MB.")
        var shards: Int?

        @Option(
            help: """
                Labels of image files: none, folder (one class for each subfolder) or json (dataset.json in the layout \
                of StyleGAN, in the folder of the images or in the source). Default: the labels that come with IDX, CIFAR and HDF5; none for image files.
                """)
        var labels: ImportOptions.Labels?

        @Option(
            help: ArgumentHelp(
                """
                Semantic maps of image files: a folder, by itself or in the source, auto or none. Default: auto, that is \
                annotations where the source is a folder of images and annotations, and semantic of HDF5.
                """, valueName: "folder"))
        var maps: String?

        @Option(
            help: ArgumentHelp(
                "Names and colours of the classes of maps. Default: palette.json beside the maps or in the source.",
                valueName: "file"))
        var palette: String?

        @Option(
            help: """
                Number of classes in maps. Default: the palette's, or the largest value and one; of HDF5 the attribute \
                semantic_classes, or 256.
                """)
        var mapClasses: Int?

        @Option(
            help: ArgumentHelp(
                """
                What images are made from: side-by-side (each file has both, A to the left of B), a folder, by itself or \
                in the source (then images are those of B beside A, of A beside B, or of images), or edges, drawn of the images.
                """, valueName: "folder|side-by-side|edges"))
        var pair: ImportOptions.Pair?

        @Option(help: "Which of two side by side is made: AtoB (the right one) or BtoA. Default: AtoB.")
        var direction: ImportOptions.Direction?

        @Option(help: "Channels of the images that others are made from, 1 or 3. Default: those of the first.")
        var pairChannels: Int?

        @Option(help: "Take only the first so many images.")
        var limit: Int?

        @Option(help: "How images are resized: box, lanczos, or pad (black around them).")
        var resize = ImportOptions.Resize.lanczos

        @Option(
            help: """
                Images that are not square: center takes their middle, none refuses them. Of fields: pieces of N or HxW \
                that are taken of each.
                """)
        var crop = CropArgument.picture(.none)

        @Option(help: "Images that cannot be used: fail, or skip them and name them.")
        var onError = ImportOptions.OnError.fail

        @OptionGroup(title: "Fields")
        var fields: FieldArguments

        func run() throws {
            var options = ImportOptions()
            (options.resolution, options.channels, options.shards) = (resolution, channels, shards)
            (options.labels, options.limit, options.onError) = (labels, limit, onError)
            options.resize = resize
            var pieces: (height: Int, width: Int)?
            switch crop {
            case .picture(let crop): options.crop = crop
            case .pieces(let height, let width): pieces = (height, width)
            }
            (options.palette, options.mapClasses) = (palette, mapClasses)
            switch maps {
            case nil, "auto": options.maps = .automatic
            case "none": options.maps = .none
            case .some(let folder): options.maps = .folder(folder)
            }
            (options.pair, options.direction, options.pairChannels) = (pair, direction, pairChannels)
            try DatasetMaking.run(importing: source, to: out, options: options, fields: fields.options(crop: pieces))
        }
    }
}
