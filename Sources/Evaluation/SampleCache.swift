/// Samples of a set by their numbers, up to so many bytes: those that were asked for first.
final class SampleCache<Value> {
    private var samples: [Int: [Value]] = [:]
    private var room: Int
    /// Values of a sample.
    private let size: Int

    init(bytes: Int, size: Int) {
        room = bytes
        self.size = size
    }

    /// - Parameter load: the samples with these numbers, in the order given.
    func values(_ numbers: [Int], _ load: ([Int]) throws -> [Value]) rethrows -> [Value] {
        let known = numbers.compactMap { samples[$0] }
        if known.count == numbers.count { return Array(known.joined()) }
        let values = try load(numbers)
        let places = numbers.indices.filter { samples[numbers[$0]] == nil }
        let needed = places.count * size * MemoryLayout<Value>.stride
        if needed <= room {
            for place in places { samples[numbers[place]] = Array(values[place * size..<(place + 1) * size]) }
            room -= needed
        }
        return values
    }
}
