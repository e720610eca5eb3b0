/// Two ranks swap floats; either side may be empty. The wire under ``TreeReduction``.
///
/// An exchange is started and finished apart, so that one may be under way while what came before it is added. Those
/// with one partner are finished in the order in which they were started.
protocol PairwiseTransport {
    associatedtype Exchange

    /// - Parameters:
    ///   - send: not to be changed before `finish`.
    ///   - receive: undefined until `finish`.
    func start(
        with partner: Int, send: UnsafeMutableBufferPointer<Float>, receive: UnsafeMutableBufferPointer<Float>
    ) throws -> Exchange
    func finish(_ exchange: Exchange) throws

    /// What this rank keeps of finished sums becomes what others will receive of it.
    func settle(_ values: UnsafeMutableBufferPointer<Float>)
}

extension PairwiseTransport {
    func settle(_ values: UnsafeMutableBufferPointer<Float>) {}

    fileprivate func exchange(
        with partner: Int, send: UnsafeMutableBufferPointer<Float>, receive: UnsafeMutableBufferPointer<Float>
    ) throws {
        try finish(try start(with: partner, send: send, receive: receive))
    }
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
/// Ranks of one node are neighbours, so the first rounds stay inside a node, through shared memory, and a node's ranks
/// together send over the network what one rank for the whole node would send: the reduction is two-level by itself.
///
/// When the size is no power of two, the first ranks join in pairs beforehand and one of each pair takes part for both.
struct TreeReduction {
    let rank: Int
    let size: Int
    /// Segments are received here in turn while they wait to be added; together they stay in the second-level cache.
    private let landing: [AlignedFloats]
    /// Segments under way at once, to be added and to be kept: a partner that was just denied its core must not stop the
    /// wire.
    private static let underWay = (adding: 4, keeping: 16)
    private let segment: Int
    let packed: CompressionBuffers
    /// Up to so many elements the number of messages counts, not their length: whole vectors are swapped.
    static let shortVector = 2048

    init(rank: Int, size: Int, segment: Int = 1 << 16) {
        self.rank = rank
        self.size = size
        self.segment = max(segment, 1)
        packed = CompressionBuffers(count: max(segment, Self.shortVector) / 2 + 1)
        landing = (0..<Self.underWay.adding).map { _ in AlignedFloats(count: max(segment, Self.shortVector)) }
    }

    /// Ranks that take part after folding: the largest power of two not above `size`.
    private var participants: Int { 1 << (Int.bitWidth - 1 - size.leadingZeroBitCount) }

    /// Floats that this rank sends to sum so many.
    func floatsSent(summing count: Int) -> Int {
        guard size > 1 else { return 0 }
        let folded = size - participants
        if rank < 2 * folded, rank % 2 == 1 { return count }
        let rounds = participants.trailingZeroBitCount
        let halves = count <= Self.shortVector ? rounds * count : 2 * (count - count / participants)
        return halves + (rank < 2 * folded ? count : 0)
    }

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
            let received = landing[0].elements.part(0..<values.count)
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
        transport.settle(values.part(kept))
        for round in rounds.reversed() {
            try swap(values, give: round.kept, take: round.given, round.partner, adding: false, transport)
        }
    }

    /// Sends one range and receives another, segment by segment; what comes is added to, or replaces, what is there.
    ///
    /// The next segments are on their way while one is added.
    private func swap<Transport: PairwiseTransport>(
        _ values: UnsafeMutableBufferPointer<Float>, give: Range<Int>, take: Range<Int>, _ partner: Int,
        adding: Bool, _ transport: Transport
    ) throws {
        func piece(_ range: Range<Int>, _ offset: Int) -> Range<Int> {
            let start = min(range.lowerBound + offset, range.upperBound)
            return start..<min(start + segment, range.upperBound)
        }
        let most = adding ? landing.count : Self.underWay.keeping
        var underWay: [(exchange: Transport.Exchange, received: Received)] = []
        func finish() throws {
            let (exchange, received) = underWay.removeFirst()
            try transport.finish(exchange)
            if adding { received.target.accumulate(received.values) }
        }
        for (turn, offset) in stride(from: 0, to: max(give.count, take.count), by: segment).enumerated() {
            let target = values.part(piece(take, offset))
            let received = adding ? landing[turn % landing.count].elements.part(0..<target.count) : target
            if underWay.count == most { try finish() }
            let exchange = try transport.start(
                with: partner, send: values.part(piece(give, offset)), receive: received)
            underWay.append((exchange, Received(values: received, target: target)))
        }
        while !underWay.isEmpty { try finish() }
    }

    private struct Received {
        let values: UnsafeMutableBufferPointer<Float>
        let target: UnsafeMutableBufferPointer<Float>
    }
}
