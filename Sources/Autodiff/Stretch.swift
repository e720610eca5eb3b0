/// A part of the tape that is not kept, but recorded again whenever a backward pass comes to it.
///
/// It stands on the tape for the nodes that are missing. Every recording gives them the same numbers, behind its own:
/// a pass meets them where it would have met them on a tape that keeps all, and sums of gradients, which are kept by
/// number, outlive one recording and are found by the next.
final class Stretch: Node {
    private var body: (() -> [Tensor])?
    private let numbers: Numbers

    init(_ body: @escaping () -> [Tensor]) {
        self.body = body
        numbers = Numbers(drawnFrom: Self.place?.numbers)
        super.init(inputs: [])
    }

    /// What `body` returns, on the tape behind this stretch. The first recording is dropped here.
    func outputs() -> [Tensor] {
        let made = recorded()
        inputs = sources(of: made.compactMap(\.node))
        return made.map { output in
            guard let node = output.node else { return output }
            let lasting = lasting(node)
            guard lasting !== node else { return output }
            // Under the number of the node that it stands for: whatever reads the one or the other adds to one sum.
            return Tensor(
                shape: output.shape, view: output.view, node: Node(number: node.number, inputs: [lasting]))
        }
    }

    /// The nodes of what `body` returns, recorded again, with all that they hang on; none once released.
    func recordedAgain() -> [Node] { recorded().compactMap(\.node) }

    /// Whether the node is one that was recorded for this stretch.
    func isOwn(_ node: Node) -> Bool { node.stretch === self }

    override func covers(_ number: UInt64) -> Bool { super.covers(number) || numbers.contains(number) }

    override func release() {
        super.release()
        body = nil
    }

    private func recorded() -> [Tensor] {
        guard let body else { return [] }
        numbers.rewind()
        return Tape.setting(recording: true) {
            Self.$place.withValue(Place(stretch: self, numbers: numbers)) { body() }
        }
    }

    /// What the recording hangs on outside of this stretch.
    private func sources(of nodes: [Node]) -> [Node] {
        var found: [Node] = []
        var seen = Set(nodes.map(ObjectIdentifier.init))
        var pending = nodes
        while let node = pending.popLast() {
            guard isOwn(node) else {
                let source = lasting(node)
                if source === node || seen.insert(ObjectIdentifier(source)).inserted { found.append(source) }
                continue
            }
            for case let input? in node.inputs where seen.insert(ObjectIdentifier(input)).inserted {
                pending.append(input)
            }
        }
        return found
    }

    /// The node itself, or the stretch that it was recorded for, unless that lies around this one: such a node is gone
    /// when its recording is.
    private func lasting(_ node: Node) -> Node {
        var node = node
        while let other = node.stretch, !isInside(other) { node = other }
        return node
    }

    private func isInside(_ other: Stretch) -> Bool {
        var around = stretch
        while let candidate = around, candidate !== other { around = candidate.stretch }
        return around != nil
    }

    /// Where new nodes of this thread belong. Never leaves its thread, whatever its type says.
    struct Place: @unchecked Sendable {
        let stretch: Stretch
        let numbers: Numbers
    }

    @TaskLocal static var place: Place?

    /// The numbers of a stretch's nodes: drawn by the first recording, read off by all others.
    final class Numbers {
        private let source: Numbers?
        private var drawn: [UInt64] = []
        private var position = 0

        /// - Parameter source: of the stretch around this one; nil for the numbers of the whole program.
        init(drawnFrom source: Numbers?) { self.source = source }

        func rewind() { position = 0 }

        func next() -> UInt64 {
            if position == drawn.count { drawn.append(Node.newNumber(from: source)) }
            defer { position += 1 }
            return drawn[position]
        }

        func contains(_ number: UInt64) -> Bool {
            // Ascending: the first that is not smaller is found by halves.
            var (low, high) = (0, drawn.count)
            while low < high {
                let middle = (low + high) / 2
                if drawn[middle] < number { low = middle + 1 } else { high = middle }
            }
            return low < drawn.count && drawn[low] == number
        }
    }
}
