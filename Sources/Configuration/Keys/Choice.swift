/// A set of words that a key accepts; `notYet` are those that a later version will accept.
protocol Choice: RawRepresentable, CaseIterable, Sendable where RawValue == String {
    static var notYet: [Self] { get }
}

extension Choice {
    static var notYet: [Self] { [] }
}
