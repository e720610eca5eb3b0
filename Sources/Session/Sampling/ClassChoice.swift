import Recipes
import Storage

/// Classes of a conditional generator as a command line chooses them: a number or a name, or several of them and ranges of
/// numbers between commas.
enum ClassChoice {
    /// All of them without a choice; none of an unconditional generator.
    ///
    /// - Throws: ``DatasetError`` (64) that tells which classes there are.
    static func classes(_ text: String?, of file: GeneratorFile) throws -> [Int] {
        guard file.vectorFormat == nil else {
            throw DatasetError.usage(
                "\(file.path): numbers condition its generator, which only `ganglion sample` takes (--condition)")
        }
        let count = file.classCount
        guard let text else { return Array(0..<count) }
        guard count > 0 else { throw DatasetError.usage("--class \(text): the generator is unconditional") }
        if let one = one(text, of: file) { return [one] }
        var chosen: [Int] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let some = one(String(part), of: file).map({ $0...$0 }) ?? range(part, below: count) else {
                throw unknown(text, of: file)
            }
            if let twice = some.first(where: chosen.contains) {
                throw DatasetError.usage("--class \(text): names class \(twice) twice")
            }
            chosen += some
        }
        return chosen
    }

    /// The class of each seed, several in turn by the seeds' numbers; nil of an unconditional generator.
    ///
    /// - Throws: as ``classes(_:of:)``.
    static func dealt(_ text: String?, of file: GeneratorFile, seeds: [Int]) throws -> [Int]? {
        let chosen = try classes(text, of: file)
        return chosen.isEmpty ? nil : seeds.map { chosen[$0 % chosen.count] }
    }

    /// A number is one; where names are numbers themselves, they would not be told apart.
    private static func one(_ text: String, of file: GeneratorFile) -> Int? {
        guard let number = Int(text) ?? file.classNames.firstIndex(of: text),
            (0..<file.classCount).contains(number)
        else { return nil }
        return number
    }

    private static func range(_ text: Substring, below count: Int) -> ClosedRange<Int>? {
        let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
        guard ends.count == 2, let first = ends[0], let last = ends[1], first >= 0, first <= last, last < count else {
            return nil
        }
        return first...last
    }

    private static func unknown(_ text: String, of file: GeneratorFile) -> DatasetError {
        let names = file.classNames
        return .usage(
            "--class \(text): the generator has classes 0 … \(file.classCount - 1)"
                + (names.isEmpty ? ", and its checkpoint no names for them" : ": \(list(names))"))
    }

    /// Names, where there are many the first of them.
    static func list(_ names: [String]) -> String {
        names.prefix(20).joined(separator: ", ") + (names.count > 20 ? ", …" : "")
    }
}
