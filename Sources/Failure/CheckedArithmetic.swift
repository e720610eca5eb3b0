/// Arithmetic with numbers that come from outside: files, command lines, other ranks. Where the result does not fit into
/// an `Int`, it is nil, and the caller says which number was too large.
extension Collection<Int> {
    /// The product of numbers that are 0 or more, or nil where one is negative or the product is too large.
    ///
    /// 1 for no numbers; 0 wherever a factor is 0, however large the others are.
    public func checkedProduct() -> Int? {
        if contains(where: { $0 < 0 }) { return nil }
        if contains(0) { return 0 }
        var product = 1
        for factor in self {
            let (next, overflows) = product.multipliedReportingOverflow(by: factor)
            if overflows { return nil }
            product = next
        }
        return product
    }

    /// The sum, or nil where it is too large.
    public func checkedSum() -> Int? {
        var sum = 0
        for term in self {
            let (next, overflows) = sum.addingReportingOverflow(term)
            if overflows { return nil }
            sum = next
        }
        return sum
    }
}

extension Int {
    /// The nearest integer; nil for what is not finite or does not fit.
    public init?(checkedRounding value: Double) { self.init(exactly: value.rounded()) }
}
