import Cluster
import Failure
import Glibc
import Kernels

struct ProbeError: ExitCoded, CustomStringConvertible {
    let description: String
    let exitCode: Int32
}

typealias Scenario = @Sendable (_ communicator: any Communicator, _ arguments: [Int]) throws -> Int32

let scenarios: [String: Scenario] = [
    "sum": sum, "messages": messages, "place": place, "configuration": configuration, "divergence": divergence,
    "throw": throwOnOne, "throw-on-all": throwOnAll, "work": work, "status": status, "overlap": overlap,
    "terminal": terminal, "listen": listen,
    "mismatched": mismatched, "queue": queue, "batch": batch, "update": update,
]

/// sum COUNT LEAVES: sums the leaves, dealt to the ranks in contiguous runs, and prints a hash of the result.
private func sum(_ communicator: any Communicator, _ arguments: [Int]) throws -> Int32 {
    let (count, leaves) = (arguments[0], arguments[1])
    let tree = SummationTree(count: count)
    let own = leaves / communicator.size
    for leaf in communicator.rank * own..<(communicator.rank + 1) * own {
        fill(tree.nextLeaf(), leaf)
        tree.commitLeaf()
    }
    let total = tree.total()
    try communicator.sumAlongTree(total)
    let hash = total.reduce(UInt64(0xcbf2_9ce4_8422_2325)) { ($0 ^ UInt64($1.bitPattern)) &* 0x100_0000_01b3 }
    try ReplicaCheck.compare(named: [("sum", hash)], communicator: communicator)
    if communicator.isRoot { print("hash \(hash)") }
    return 0
}

/// queue COUNT BUCKETS COMPRESSION OVERLAP: the same in buckets, on the thread for sums; prints the hash and a sample.
private func queue(_ communicator: any Communicator, _ arguments: [Int]) throws -> Int32 {
    let (count, buckets) = (arguments[0], arguments[1])
    let queue = SumQueue(
        communicator, compression: arguments[2] == 0 ? .none : .bf16, overlaps: arguments[3] != 0)
    var values = [Float](repeating: 0, count: count)
    var hash: UInt64 = 0
    for round in 0..<3 {
        try values.withUnsafeMutableBufferPointer { values in
            let tree = SummationTree(count: count)
            let own = 8 / communicator.size
            for leaf in communicator.rank * own..<(communicator.rank + 1) * own {
                fill(tree.nextLeaf(), leaf + round)
                if leaf + 1 < (communicator.rank + 1) * own { tree.commitLeaf() }
            }
            for bucket in (0..<buckets).reversed() {
                let range = bucket * count / buckets..<(bucket + 1) * count / buckets
                queue.submit(tree.commitLastLeaf(range))
            }
            let cost = try queue.wait()
            guard communicator.size == 1 || cost.bytes > 0 && cost.seconds > 0 && cost.waitedSeconds > 0 else {
                throw ProbeError(description: "sums that cost nothing: \(cost)", exitCode: 70)
            }
            _ = values.update(fromContentsOf: tree.total())
        }
        hash = values.reduce(hash ^ 0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1.bitPattern)) &* 0x100_0000_01b3 }
    }
    try ReplicaCheck.compare(named: [("sum", hash)], communicator: communicator)
    if communicator.isRoot {
        print("hash \(hash)")
        print(stride(from: 0, to: count, by: max(1, count / 64)).map { "\(values[$0])" }.joined(separator: " "))
    }
    return 0
}

/// batch COUNT LEAVES: sums for whole-batch layers, while gradients are summed on their thread; prints a hash.
private func batch(_ communicator: any Communicator, _ arguments: [Int]) throws -> Int32 {
    let (count, leaves) = (arguments[0], arguments[1])
    let own = leaves / communicator.size
    let queue = SumQueue(communicator)
    let sums = BatchSums(communicator, microbatches: leaves)
    var gradients = [Float](repeating: 1, count: 1 << 20)
    var total = [Float](repeating: 0, count: count)
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for round in 0..<20 {
        try gradients.withUnsafeMutableBufferPointer { gradients in
            queue.submit(gradients)
            total.withUnsafeMutableBufferPointer { total in
                sums.sum(into: total, leaves: own) { leaf, target in
                    fill(target, communicator.rank * own + leaf + round)
                }
            }
            try sums.check()
            _ = try queue.wait()
        }
        hash = total.reduce(hash) { ($0 ^ UInt64($1.bitPattern)) &* 0x100_0000_01b3 }
        for i in gradients.indices { gradients[i] = 1 }
    }
    let cost = sums.takeCost()
    guard communicator.size == 1 || cost.bytes > 0 && cost.seconds > 0 else {
        throw ProbeError(description: "sums that cost nothing: \(cost)", exitCode: 70)
    }
    try ReplicaCheck.compare(named: [("sum", hash)], communicator: communicator)
    if communicator.isRoot { print("hash \(hash)") }
    return 0
}

/// update: hashes of what the kernels that change replicas leave, and of one that rounds as its level does.
private func update(_ communicator: any Communicator, _ arguments: [Int]) throws -> Int32 {
    func view(_ count: Int, _ number: Int, scale: Float = 1) -> BufferView {
        let view = BufferView(count: count)
        view.withUnsafeElements { elements in
            fill(elements, number)
            for i in elements.indices { elements[i] *= scale }
        }
        return view
    }
    func hash(_ views: [BufferView]) -> UInt64 {
        views.flatMap(\.array).reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1.bitPattern)) &* 0x100_0000_01b3 }
    }
    print(KernelLevel.current.name)
    for count in [1, 15, 17, 1000, 4097] {
        let (p, g, m, v) = (view(count, 1), view(count, 2, scale: 1e3), view(count, 3), view(count, 4))
        v.withUnsafeElements { v in for i in v.indices { v[i] *= v[i] } }
        for step in 1...3 {
            OptimizerKernels.adam(
                parameters: p, gradients: g, firstMoments: m, secondMoments: v,
                .init(
                    gradientScale: 1 / 3, stepSize: 0.0025 / Float(step), beta1: 0.3, beta2: 0.99, correction: 1.7,
                    epsilon: 1e-8))
        }
        let average = view(count, 5)
        OptimizerKernels.movingAverage(average, of: p, decay: 0.9973)
        print("update", hash([p, m, v, average]))
    }
    let (x, y) = (view(4096, 1), BufferView(count: 4096))
    Elementwise.affine(x, scale: 1.1, offset: 0.7, into: y)
    print("affine", hash([y]))
    return 0
}

/// Values of very different magnitude, so that another order of additions gives other bits.
private func fill(_ leaf: UnsafeMutableBufferPointer<Float>, _ number: Int) {
    var state = UInt64(number + 1) &* 0x9e37_79b9_7f4a_7c15
    for index in leaf.indices {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        let mantissa = Float(Int32(truncatingIfNeeded: state >> 32)) * 0x1p-31
        leaf[index] = mantissa * Float(sign: .plus, exponent: Int(state >> 20 & 15) - 8, significand: 1)
    }
}

/// Messages of 0 bytes to 5 MB in all collective operations, from and to every root.
private func messages(_ communicator: any Communicator, _ arguments: [Int]) throws -> Int32 {
    func message(_ size: Int, _ rank: Int) -> [UInt8] { (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7 + rank) } }
    func expect(_ holds: Bool, _ what: String) throws {
        if !holds { throw ProbeError(description: "wrong contents: \(what)", exitCode: 70) }
    }
    for root in 0..<communicator.size {
        for size in [0, 1, 1000, 5 << 20] {
            let own = communicator.rank == root ? message(size, root) : []
            try expect(communicator.broadcast(own, from: root) == message(size, root), "broadcast \(size) from \(root)")

            let lengths = (0..<communicator.size).map { size * $0 / communicator.size }
            let expected = lengths.indices.map { message(lengths[$0], $0) }
            let part = expected[communicator.rank]
            let gathered = try communicator.gather(part, to: root)
            try expect(gathered == (communicator.rank == root ? expected : nil), "gather \(size) to \(root)")
            try expect(communicator.allGather(part) == expected, "allGather \(size)")
        }
    }
    let rank = Int64(communicator.rank)
    try expect(communicator.maximum([rank, -rank, 7]) == [Int64(communicator.size - 1), 0, 7], "maximum")
    try communicator.barrier()
    if communicator.isRoot { print("messages are right") }
    return 0
}

private func place(_ communicator: any Communicator, _ arguments: [Int]) throws -> Int32 {
    let line = "\(communicator.rank)/\(communicator.size) \(communicator.localRank)/\(communicator.localSize)"
    let lines = try communicator.gather(Array(line.utf8), to: 0)
    for line in lines ?? [] { print(String(decoding: line, as: UTF8.self)) }
    return 0
}

private func terminal(_ communicator: any Communicator, _ arguments: [Int]) throws -> Int32 {
    if communicator.isRoot { print(Launch.outputIsTerminal ? "a terminal" : "no terminal") }
    return 0
}

private func configuration(_ communicator: any Communicator, _ arguments: [Int]) throws -> Int32 {
    let batch = communicator.rank == communicator.size - 1 ? "64" : "32"
    let entries = [(key: "seed", value: "0"), (key: "batch", value: batch)]
    try ConfigurationCheck.compare(entries: entries, communicator: communicator)
    return 0
}

/// divergence RANK…: these ranks hold another value of the second of three parameters.
private func divergence(_ communicator: any Communicator, _ arguments: [Int]) throws -> Int32 {
    let value: UInt64 = arguments.contains(communicator.rank) ? 13 : 12
    let hashes: [(name: String, value: UInt64)] = [("b4.const", 11), ("b4.conv1.weight", value), ("b4.torgb", 1)]
    try ReplicaCheck.compare(named: hashes, communicator: communicator)
    return 0
}

/// throw RANK: one rank throws while the others wait for it.
private func throwOnOne(_ communicator: any Communicator, _ arguments: [Int]) throws -> Int32 {
    if communicator.rank == arguments[0] { throw ProbeError(description: "shard-00003.h5 is missing", exitCode: 66) }
    try communicator.barrier()
    return 0
}

private func throwOnAll(_ communicator: any Communicator, _ arguments: [Int]) throws -> Int32 {
    throw ProbeError(description: "no data here", exitCode: 66)
}

/// Steps until a signal, agreed by all ranks; then says so and returns 75.
private func work(_ communicator: any Communicator, _ arguments: [Int]) throws -> Int32 {
    try StopSignals.install()
    let lines = try communicator.gather(Array("rank \(communicator.rank) pid \(getpid())".utf8), to: 0)
    for line in lines ?? [] { print(String(decoding: line, as: UTF8.self)) }
    while true {
        usleep(20_000)
        let signal = try communicator.maximum([Int64(StopSignals.requested ?? 0)])[0]
        guard signal != 0 else { continue }
        usleep(UInt32(communicator.rank) * 300_000)
        print("rank \(communicator.rank) stops on \(StopSignals.name(of: Int32(signal)))")
        return 75
    }
}

/// status CODE: every rank ends with it, the last ones later; their last lines must not be lost.
private func status(_ communicator: any Communicator, _ arguments: [Int]) throws -> Int32 {
    usleep(UInt32(communicator.rank) * 300_000)
    print("rank \(communicator.rank) is done")
    return Int32(arguments[0])
}

/// A programming error that MPI itself finds: ranks disagree about the length.
private func mismatched(_ communicator: any Communicator, _ arguments: [Int]) throws -> Int32 {
    _ = try communicator.maximum([Int64](repeating: 1, count: communicator.rank == 0 ? 1 : 3))
    return 0
}

/// Sums on one thread while another uses the other operations, as in training.
private func overlap(_ communicator: any Communicator, _ arguments: [Int]) throws -> Int32 {
    let sums = try LoopbackGroup(size: 2).run { thread -> Float in
        var values = [Float](repeating: 1, count: 100_000)
        for _ in 0..<20 {
            if thread.isRoot {
                for index in values.indices { values[index] = 1 }
                try communicator.sumAlongTree(&values)
            } else {
                _ = try communicator.maximum([1])
                _ = try communicator.broadcast([UInt8](repeating: 1, count: 10_000), from: 0)
            }
        }
        return values[99_999]
    }
    guard sums[0] == Float(communicator.size) else {
        throw ProbeError(description: "the sum is \(sums[0]), expected \(communicator.size)", exitCode: 70)
    }
    return 0
}

/// listen: binds sockets as Open MPI does, to all interfaces, and some as it does not; prints where each came to be.
private func listen(_ communicator: any Communicator, _ arguments: [Int]) throws -> Int32 {
    func bound<Address>(_ name: String, _ kind: __socket_type, _ family: Int32, _ address: Address) {
        let socket = socket(family, Int32(kind.rawValue), 0)
        defer { close(socket) }
        var (address, size) = (address, socklen_t(MemoryLayout<Address>.size))
        let code = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, size) == 0 ? getsockname(socket, $0, &size) : -1
            }
        }
        var text = [CChar](repeating: 0, count: 64)
        _ = withUnsafePointer(to: &address) {
            inet_ntop(
                family, UnsafeRawPointer($0) + (family == AF_INET ? 4 : 8), &text, socklen_t(text.count))
        }
        let found = String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        print(name, code == 0 ? found : "error \(errno)")
    }
    func four(_ address: UInt32) -> sockaddr_in {
        var four = sockaddr_in()
        four.sin_family = sa_family_t(AF_INET)
        four.sin_addr.s_addr = address.bigEndian
        return four
    }
    var six = sockaddr_in6()
    six.sin6_family = sa_family_t(AF_INET6)
    bound("all", SOCK_STREAM, AF_INET, four(0))
    bound("all-six", SOCK_STREAM, AF_INET6, six)
    bound("one", SOCK_STREAM, AF_INET, four(0x7f00_0002))
    bound("datagrams", SOCK_DGRAM, AF_INET, four(0))
    return 0
}
