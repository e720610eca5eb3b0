/// Conditions of generated samples that are compared with real ones: each has that of the real one of its number, so that
/// both sets have the same.
public struct PairedConditions {
    private let all: DatasetConditions
    private let row: (Int) -> Int

    /// - Parameters:
    ///   - all: of a data set's rows.
    ///   - row: of the real sample of a number.
    public init(_ all: DatasetConditions, row: @escaping (Int) -> Int) {
        self.all = all
        self.row = row
    }

    /// Of the samples of these numbers.
    func of(_ numbers: [Int]) -> DatasetConditions { all.rows(numbers.map(row)) }
}
