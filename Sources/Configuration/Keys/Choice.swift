/// A set of words that a key accepts.
protocol Choice: RawRepresentable, CaseIterable, Sendable where RawValue == String {}
