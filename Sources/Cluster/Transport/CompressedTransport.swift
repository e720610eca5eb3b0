import CKernels

/// A wire on which floats travel as their upper sixteen bits, two to a float.
///
/// Sums are still made in full precision; each value is rounded once in every round that it travels, and finished sums
/// once more, by their owner too, so that all ranks hold the same.
struct CompressedTransport<Base: PairwiseTransport>: PairwiseTransport {
    let base: Base
    let buffers: CompressionBuffers

    struct Exchange {
        let exchange: Base.Exchange
        let packed: AlignedFloats
        let receive: UnsafeMutableBufferPointer<Float>
        let buffers: [AlignedFloats]
    }

    func start(
        with partner: Int, send: UnsafeMutableBufferPointer<Float>, receive: UnsafeMutableBufferPointer<Float>
    ) throws -> Exchange {
        let (outgoing, incoming) = (buffers.take(), buffers.take())
        Self.pack(send, into: outgoing)
        return Exchange(
            exchange: try base.start(
                with: partner, send: outgoing.elements.part(0..<(send.count + 1) / 2),
                receive: incoming.elements.part(0..<(receive.count + 1) / 2)),
            packed: incoming, receive: receive, buffers: [outgoing, incoming])
    }

    func finish(_ exchange: Exchange) throws {
        try base.finish(exchange.exchange)
        Self.unpack(exchange.packed, into: exchange.receive)
        exchange.buffers.forEach(buffers.giveBack)
    }

    func settle(_ values: UnsafeMutableBufferPointer<Float>) {
        if let base = values.baseAddress { ck_round_to_halves(base, values.count) }
    }

    private static func pack(_ values: UnsafeMutableBufferPointer<Float>, into packed: AlignedFloats) {
        guard let source = values.baseAddress, let target = packed.elements.baseAddress else { return }
        ck_pack_halves(UnsafeMutableRawPointer(target).assumingMemoryBound(to: UInt16.self), source, values.count)
    }

    private static func unpack(_ packed: AlignedFloats, into values: UnsafeMutableBufferPointer<Float>) {
        guard let target = values.baseAddress, let source = packed.elements.baseAddress else { return }
        ck_unpack_halves(target, UnsafeMutableRawPointer(source).assumingMemoryBound(to: UInt16.self), values.count)
    }
}

/// Memory for packed segments, used again and again by one thread at a time.
final class CompressionBuffers: @unchecked Sendable {
    private let count: Int
    private var spare: [AlignedFloats] = []
    /// All of it is kept: after an error MPI may still write to what it was given.
    private var all: [AlignedFloats] = []

    /// - Parameter count: floats of a packed segment.
    init(count: Int) { self.count = count }

    func take() -> AlignedFloats {
        if let buffer = spare.popLast() { return buffer }
        let buffer = AlignedFloats(count: count)
        all.append(buffer)
        return buffer
    }

    func giveBack(_ buffer: AlignedFloats) { spare.append(buffer) }
}

extension TreeReduction {
    /// Sums, and tells how many bytes this rank sent.
    func sum(
        _ values: UnsafeMutableBufferPointer<Float>, over transport: some PairwiseTransport,
        _ compression: GradientSum.Compression
    ) throws -> Int {
        let bytes = floatsSent(summing: values.count) * MemoryLayout<Float>.stride
        // Short vectors are measurements and the like, and are swapped whole: each rank would round the others' part.
        guard compression == .bf16, values.count > Self.shortVector else {
            try sum(values, over: transport)
            return bytes
        }
        try sum(values, over: CompressedTransport(base: transport, buffers: packed))
        return bytes / 2
    }
}
