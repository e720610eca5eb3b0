import Failure
import Recipes
import Storage

/// `--noise`: which pixels of an image have the noise of `--seed`.
enum NoiseOption: Sendable {
    case everywhere
    case pixels(ofClass: Int)

    /// - Throws: ``UsageError``.
    static func parse(_ text: String?) throws(UsageError) -> NoiseOption {
        guard let text, text != "global" else { return .everywhere }
        guard text.hasPrefix("class:"), let number = Int(text.dropFirst(6)), number >= 0 else {
            throw UsageError("--noise \(text): expected global, or class: and the number of a class, such as class:3")
        }
        return .pixels(ofClass: number)
    }

    /// - Throws: ``DatasetError`` (64) where the generator has no such class, or no noise.
    func noise(of file: GeneratorFile) throws -> TranslationNoise {
        guard case .pixels(let number) = self else { return .global }
        guard file.conditionClasses > 0, file.generator.takesNoiseOfPixels else {
            let reason =
                file.conditionClasses == 0
                ? "is conditioned on images, which have no classes"
                : file.generator.zDim > 0
                    ? "has one noise for all pixels of an image" : "has no noise beside the label map"
            throw DatasetError.usage("--noise class:\(number): \(file.path) \(reason); leave it out")
        }
        guard number < file.conditionClasses else {
            throw DatasetError.usage(
                "--noise class:\(number): label maps of \(file.path) have the classes 0 … \(file.conditionClasses - 1)")
        }
        // What is not of the class stays as it is without the option.
        return .ofClass(number, others: 0)
    }
}
