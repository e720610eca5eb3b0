/// What the numbers are that networks are conditioned on, one row a sample.
public enum ConditionKind: Hashable, Sendable {
    /// Zeros with a one at the class, of every sample.
    case classes
    /// The same, or zeros alone where the class is left out.
    case classesOrNone
    /// Numbers of about -1 … 1, and one more: 1 where they are given. Zeros and -1 where they are left out.
    case vector
}
