/// Two ranks swap floats; either side may be empty. The wire under ``TreeReduction``.
protocol PairwiseTransport {
    func exchange(
        with partner: Int, send: UnsafeMutableBufferPointer<Float>, receive: UnsafeMutableBufferPointer<Float>
    ) throws
}

/// The sum over ranks along the tree ((0+1)+(2+3))+…
///
/// Recursive halving with the nearest neighbour first: in round k a rank and its partner (rank with bit k flipped)
/// split the part they share, each sends the half it gives up and adds the half it receives. After log2(size) rounds
/// every rank holds the finished sum of 1/size of the elements, each summed along the tree because round k joins
/// neighbouring subtrees of 2^k ranks. The same rounds backwards spread the result. So every rank sends and receives
/// 2 (size-1)/size of the data, the least possible (Thakur, Rabenseifner and Gropp 2005, Optimization of Collective
/// Communication Operations in MPICH), and each element is computed by one rank only: replicas cannot differ.
///
/// When the size is no power of two, the first ranks join in pairs beforehand and one of each pair takes part for both.
struct TreeReduction {
    let rank: Int
    let size: Int
    /// One segment is received here while it waits to be added; a segment stays in the second-level cache.
    private let landing: AlignedFloats
    private let segment: Int
    /// Up to so many elements the number of messages counts, not their length: whole vectors are swapped.
    static let shortVector = 2048

    init(rank: Int, size: Int, segment: Int = 1 << 16) {
        self.rank = rank
        self.size = size
        self.segment = max(segment, 1)
        landing = AlignedFloats(count: max(segment, Self.shortVector))
    }

    /// Ranks that take part after folding: the largest power of two not above `size`.
    private var participants: Int { 1 << (Int.bitWidth - 1 - size.leadingZeroBitCount) }

    func sum(_ values: UnsafeMutableBufferPointer<Float>, over transport: some PairwiseTransport) throws {
        guard size > 1, !values.isEmpty else { return }
        let folded = size - participants
        let whole = 0..<values.count
        guard rank < 2 * folded else {
            return try sum(values, position: rank - folded, folded: folded, transport)
        }
        if rank % 2 == 1 {
            try swap(values, give: whole, take: 0..<0, rank - 1, adding: false, transport)
            try swap(values, give: 0..<0, take: whole, rank - 1, adding: false, transport)
        } else {
            try swap(values, give: 0..<0, take: whole, rank + 1, adding: true, transport)
            try sum(values, position: rank / 2, folded: folded, transport)
            try swap(values, give: whole, take: 0..<0, rank + 1, adding: false, transport)
        }
    }

    private func sum(
        _ values: UnsafeMutableBufferPointer<Float>, position: Int, folded: Int, _ transport: some PairwiseTransport
    ) throws {
        func partner(_ distance: Int) -> Int {
            let other = position ^ distance
            return other < folded ? 2 * other : other + folded
        }
        let distances = sequence(first: 1) { $0 * 2 < participants ? $0 * 2 : nil }
        guard participants > 1 else { return }

        if values.count <= Self.shortVector {
            let received = landing.elements.part(0..<values.count)
            for distance in distances {
                try transport.exchange(with: partner(distance), send: values, receive: received)
                values.accumulate(received)
            }
            return
        }

        var kept = 0..<values.count
        var rounds: [(partner: Int, kept: Range<Int>, given: Range<Int>)] = []
        for distance in distances {
            let middle = kept.lowerBound + kept.count / 2
            let lower = kept.lowerBound..<middle
            let upper = middle..<kept.upperBound
            let keepsLower = position & distance == 0
            let given = keepsLower ? upper : lower
            kept = keepsLower ? lower : upper
            try swap(values, give: given, take: kept, partner(distance), adding: true, transport)
            rounds.append((partner(distance), kept, given))
        }
        for round in rounds.reversed() {
            try swap(values, give: round.kept, take: round.given, round.partner, adding: false, transport)
        }
    }

    /// Sends one range and receives another, segment by segment; what comes is added to, or replaces, what is there.
    private func swap(
        _ values: UnsafeMutableBufferPointer<Float>, give: Range<Int>, take: Range<Int>, _ partner: Int,
        adding: Bool, _ transport: some PairwiseTransport
    ) throws {
        func piece(_ range: Range<Int>, _ offset: Int) -> Range<Int> {
            let start = min(range.lowerBound + offset, range.upperBound)
            return start..<min(start + segment, range.upperBound)
        }
        for offset in stride(from: 0, to: max(give.count, take.count), by: segment) {
            let sent = values.part(piece(give, offset))
            let target = values.part(piece(take, offset))
            if adding {
                let received = landing.elements.part(0..<target.count)
                try transport.exchange(with: partner, send: sent, receive: received)
                target.accumulate(received)
            } else {
                try transport.exchange(with: partner, send: sent, receive: target)
            }
        }
    }
}
