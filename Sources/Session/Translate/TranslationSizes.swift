import Failure
import Models
import Recipes
import Storage

/// The sizes that a checkpoint's generator makes images of: by its depth, and by the memory that a rank has.
struct TranslationSizes {
    private let file: GeneratorFile
    /// Bytes of memory that a rank has; 0 where the system does not tell.
    let share: Int

    init(_ file: GeneratorFile, share: Int) { (self.file, self.share) = (file, share) }

    /// The least that an image takes for each of its pixels: what is in memory in its networks, then the image as numbers,
    /// twice, and as bytes with what is read and written.
    private var bytesPerPixel: Int {
        let generator = file.generator
        return (generator.floatsPerPixel + 2 * generator.imageChannels) * MemoryLayout<Float>.stride + 8
    }

    /// - Parameter name: of what has this size, for messages.
    /// - Throws: ``DatasetError`` (65) that names it, its size, and one that would do.
    func check(_ height: Int, _ width: Int, _ name: String) throws {
        let generator = file.generator
        if let multiple = generator.sizeMultiple {
            guard height % multiple == 0, width % multiple == 0, height > 0, width > 0 else {
                let nearest = [height, width].map { max(multiple, ($0 + multiple / 2) / multiple * multiple) }
                throw DatasetError.badData(
                    "\(name): is \(height)×\(width), but \(file.path) halves both sides down to \(multiple)-pixel blocks; "
                        + "expected multiples of \(multiple), such as \(nearest[0])×\(nearest[1])")
            }
        } else {
            let own = generator.imageSize
            guard (height, width) == (own.height, own.width) else {
                throw DatasetError.badData("\(name): is \(height)×\(width), but \(file.path) takes \(own) alone")
            }
        }
        let bytes = [height, width, bytesPerPixel].checkedProduct()
        if let bytes, share == 0 || bytes <= share { return }
        throw DatasetError.badData(
            "\(name): is \(height)×\(width): an image of it would take \(bytes.map { Files.text(bytes: $0) } ?? "more") of "
                + "memory at least, but a rank has \(Files.text(bytes: share)); \(largest)")
    }

    /// What would fit.
    private var largest: String {
        let multiple = file.generator.sizeMultiple ?? 1
        let side = Int((Double(share) / Double(bytesPerPixel)).squareRoot()) / multiple * multiple
        guard side > 0, file.generator.sizeMultiple != nil else { return "expected a machine with more" }
        return "expected at most \(side)×\(side) pixels, or fewer ranks on this machine"
    }
}
