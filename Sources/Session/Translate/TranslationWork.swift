import Failure
import Kernels
import Recipes
import Storage

/// Makes the images of conditions, and the sheet that shows some of them.
final class TranslationWork {
    private let file: GeneratorFile
    private let reader: ConditionReader
    private let seed: UInt32
    private let noise: TranslationNoise
    /// Of the image before.
    private var last: (height: Int, width: Int)?

    init(file: GeneratorFile, reader: ConditionReader, seed: UInt32, noise: TranslationNoise) {
        (self.file, self.reader, self.seed, self.noise) = (file, reader, seed, noise)
    }

    /// Reads a few conditions, and writes the images that are made of them.
    func make(_ jobs: [TranslationFiles.Job]) throws {
        try reader.read(jobs) { job, condition in try ImageFile.write(try image(condition), to: job.output) }
    }

    private func image(_ condition: ConditionReader.Condition) throws -> RasterImage {
        // The memory that images of another size were made in is of no use for this one.
        if let last, last != (condition.height, condition.width) { BufferView.giveBackUnused() }
        last = (condition.height, condition.width)
        let pixels = try file.translated(condition.pixels, seeds: [Int(seed)], noise: noise)
        return RasterImage(
            height: condition.height, width: condition.width, channels: file.generator.imageChannels, pixels: pixels)
    }

    /// Its images are made once more: those of other ranks may lie on other hosts.
    ///
    /// - Parameter real: a folder of true images; nil for those that are known without.
    func sheet(_ jobs: [TranslationFiles.Job], real: String?) throws -> RasterImage {
        var sheet = TranslationSheet()
        for job in jobs {
            try reader.read([job]) { job, condition in
                let truth = try real.map { try ImageFile.read(try Self.real(of: job, in: $0)) } ?? condition.truth
                sheet.add([condition.picture(), try image(condition)] + (truth.map { [$0] } ?? []))
            }
        }
        return sheet.picture()
    }

    /// The file of a name, whatever its ending.
    static func real(of job: TranslationFiles.Job, in folder: String) throws -> String {
        let names = ["png", "jpg", "jpeg", "PNG", "JPG", "JPEG"].map { "\(folder)/\(job.stem).\($0)" }
        guard let name = names.first(where: { FileKind(at: $0) != nil }) else {
            throw DatasetError.missingInput(
                "--real \(folder): has no image of \(job.input): expected \(folder)/\(job.stem).png, or .jpg")
        }
        return name
    }
}
