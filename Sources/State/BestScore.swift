/// The best value of a run's chosen metric so far.
public struct BestScore: Codable, Equatable, Sendable {
    /// As `metrics.best` names it.
    public var key: String
    public var value: Double
    /// What it is a value of: how many images, in which network's features. Others cannot be compared with it.
    public var measure: String
    /// After which it was measured; a checkpoint of that number has the networks.
    public var imagesShown: Int

    public init(key: String, value: Double, measure: String, imagesShown: Int) {
        self.key = key
        self.value = value
        self.measure = measure
        self.imagesShown = imagesShown
    }

    /// The better one of an earlier best and a new value; of equal ones the earlier.
    ///
    /// - Parameter earlier: nil, or of another measure, where there is nothing to compare with.
    public static func better(_ new: BestScore, than earlier: BestScore?, lowerIsBetter: Bool) -> BestScore {
        guard let earlier, earlier.key == new.key, earlier.measure == new.measure else { return new }
        return (lowerIsBetter ? new.value < earlier.value : new.value > earlier.value) ? new : earlier
    }
}
