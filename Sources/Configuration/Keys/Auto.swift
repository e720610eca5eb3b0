/// A value that is either given or left to a rule that needs the data set and the number of ranks.
///
/// ``Configuration/resolve(resolution:channels:classes:ranks:coresPerRank:)`` applies the rules.
public enum Auto<Value: Equatable & Sendable>: Equatable, Sendable {
    /// The rule decides.
    case auto
    /// The user or the preset decided.
    case value(Value)

    /// The given value, or nil where the rule decides.
    public var given: Value? {
        switch self {
        case .auto: nil
        case .value(let value): value
        }
    }

    /// The given value, or else what the rule says.
    public func or(_ rule: @autoclosure () -> Value) -> Value {
        given ?? rule()
    }
}

/// How many real images one training step shows.
public enum BatchSize: Equatable, Sendable {
    /// max(min(ranks · min(4096 / resolution, 32), 64), ranks), the rule of StyleGAN2-ADA.
    case auto
    /// Over all ranks; each rank takes an equal share.
    case global(Int)
    /// Of each rank; the global batch grows with the ranks.
    case perRank(Int)
}

/// Columns and rows of a sheet of images, written `8x8`.
public struct Grid: Equatable, Sendable {
    public var columns: Int
    public var rows: Int

    public init(columns: Int, rows: Int) {
        self.columns = columns
        self.rows = rows
    }

    /// Images on the sheet.
    public var count: Int { columns * rows }
}
