import Failure
import Recipes
import Storage

/// `--truncation`: ψ.
enum TruncationOption {
    /// - Parameter option: with its value, as it was given.
    /// - Throws: ``UsageError``.
    static func check(_ psi: Float, _ option: String? = nil) throws(UsageError) {
        // Beyond it a generator makes noise at best.
        guard psi.isFinite, abs(psi) <= 100 else {
            throw UsageError(
                "\(option ?? "--truncation \(psi)"): expected a number from -100 to 100, most often 0 to 1")
        }
    }

    /// - Throws: ``DatasetError`` (64) of a generator that has nothing to truncate.
    static func check(_ psi: Float, of file: GeneratorFile) throws {
        guard psi == 1 || file.hasStyles else {
            throw DatasetError.usage(
                "--truncation \(psi): the generator of \(file.path) has no styles to truncate; leave it out")
        }
    }
}
