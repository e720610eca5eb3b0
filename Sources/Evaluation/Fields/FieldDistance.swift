import Cluster

/// A metric that finds something of each of two sets, and gives the distance of what it found.
package protocol FieldDistance: FieldMetric {
    associatedtype Found

    /// What was found of the real set.
    var known: Remembered<Found> { get }

    /// Collective. What is looked at of a set.
    ///
    /// - Parameter real: what was found of the real set that this one is compared with; nil of that set itself.
    func find(in set: FieldSource, beside real: Found?, _ communicator: any Communicator) throws -> Found
    /// - Parameter set: the real one.
    /// - Throws: ``EvaluationError`` where there is no such number.
    func distances(_ real: Found, _ generated: Found, of set: FieldSource) throws -> [MetricValue]
}

extension FieldDistance {
    package func values(
        of generated: FieldSource, real: FieldSource, communicator: any Communicator
    ) throws -> [MetricValue] {
        try Self.check(real, generated)
        let reals = try known.value(of: real) { try find(in: real, beside: nil, communicator) }
        return try distances(reals, find(in: generated, beside: reals, communicator), of: real)
    }

    package static func lowerIsBetter(_ part: String?) -> Bool? { true }
}

/// What was found of a set that is looked at again and again, as the real one of a run is.
package final class Remembered<Value> {
    private var token: FieldSource.Token?
    private var value: Value?

    /// - Parameter find: collective.
    func value(of source: FieldSource, _ find: () throws -> Value) rethrows -> Value {
        if let value, token === source.token { return value }
        let found = try find()
        (token, value) = (source.token, found)
        return found
    }
}
