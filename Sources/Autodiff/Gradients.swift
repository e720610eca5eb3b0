/// The gradients of Σ output·seed with respect to `variables`.
///
/// - Parameters:
///   - seed: shape of `output`; ones when nil.
///   - recording: whether the gradients themselves can be differentiated. If not, the graph is used up.
/// - Returns: for each variable a gradient of its shape; nil where `output` does not depend on it.
public func gradients(
    of output: Tensor, seed: Tensor? = nil, with variables: [Tensor], recording: Bool = false
) -> [Tensor?] {
    if let seed {
        precondition(seed.shape == output.shape, "gradients: a seed \(seed.shape) for an output \(output.shape)")
    }
    let targets = Set(variables.compactMap { $0.node?.number })
    guard let root = output.node, !targets.isEmpty else { return variables.map { _ in nil } }
    return Tape.setting(recording: recording) {
        var pass = BackwardPass(to: targets, recording: recording)
        pass.run(from: root, seed: seed ?? Tensor(repeating: 1, shape: output.shape))
        return variables.map { variable in variable.node.flatMap { pass.sums[$0.number] } }
    }
}

/// Hands over the gradients of `output` one by one, each as soon as it is final, while the pass goes on to the others.
///
/// For whatever can be done with one gradient while the rest are still being computed, such as sending it to other
/// ranks. The order is that of the graph: the same wherever the same operations were recorded. The graph is used up.
///
/// - Parameters:
///   - variables: made with `variable()`, not results of operations.
///   - take: called once for each variable with its place in `variables` and its gradient; nil where `output` does not
///     depend on it. Runs without recording.
public func gradients(of output: Tensor, with variables: [Tensor], take: (Int, Tensor?) -> Void) {
    streamedGradients(of: [output], with: variables, take: take)
}

private func streamedGradients(of outputs: [Tensor], with variables: [Tensor], take: (Int, Tensor?) -> Void) {
    precondition(
        variables.allSatisfy { $0.node?.backward == nil },
        "gradients: the result of an operation is not final on its own")
    var places: [UInt64: [Int]] = [:]
    for (place, variable) in variables.enumerated() {
        if let number = variable.node?.number { places[number, default: []].append(place) } else { take(place, nil) }
    }
    Tape.setting(recording: false) {
        let roots = outputs.compactMap { output in
            output.node.map { (node: $0, seed: Tensor(repeating: 1, shape: output.shape)) }
        }
        guard !roots.isEmpty else { return places.values.joined().sorted().forEach { take($0, nil) } }
        var pass = BackwardPass(to: Set(places.keys), recording: false)
        pass.run(from: roots) { number, gradient in
            places[number]?.forEach { take($0, gradient) }
        }
    }
}

/// The gradients of Σ outputs, for microbatches whose graphs hang together (``Tensor/globalSums(_:over:)``): one pass goes
/// back over all of them. Otherwise as ``gradients(of:with:take:)``.
///
/// - Parameters:
///   - outputs: of each microbatch.
///   - variables: of each microbatch, made with `variable()`.
///   - take: called once for each variable with its microbatch, its place among the microbatch's variables, and its
///     gradient; nil where no output depends on it.
public func gradients(of outputs: [Tensor], with variables: [[Tensor]], take: (Int, Int, Tensor?) -> Void) {
    precondition(outputs.count == variables.count, "gradients: \(outputs.count) outputs, \(variables.count) lists")
    let owners = variables.enumerated().flatMap { k, list in list.indices.map { (microbatch: k, place: $0) } }
    streamedGradients(of: outputs, with: variables.flatMap { $0 }) { place, gradient in
        take(owners[place].microbatch, owners[place].place, gradient)
    }
}

/// One way back over the tape, latest nodes first.
private struct BackwardPass {
    /// The gradients found so far, by the numbers of the nodes whose outputs they belong to.
    private(set) var sums: [UInt64: Tensor] = [:]
    private let targets: Set<UInt64>
    private let isRecording: Bool
    /// Of the nodes looked at so far, those that lead to a target.
    private var leading: Set<UInt64> = []
    private var lookedAt: Set<UInt64> = []

    init(to targets: Set<UInt64>, recording: Bool) {
        self.targets = targets
        isRecording = recording
    }

    mutating func run(from root: Node, seed: Tensor) {
        let nodes = nodesLeading(from: [root])
        guard leading.contains(root.number) else { return }
        sums[root.number] = seed
        go(through: nodes)
    }

    /// - Parameter take: is given each target's number and gradient once no node is left that could add to it.
    mutating func run(from roots: [(node: Node, seed: Tensor)], take: (UInt64, Tensor?) -> Void) {
        let nodes = nodesLeading(from: roots.map(\.node))
        for (node, seed) in roots where leading.contains(node.number) {
            if sums[node.number] == nil { sums[node.number] = seed } else { sums[node.number]? += seed }
        }
        // A stretch has among its inputs whatever its recording reads from outside, so it counts as one reader.
        var readers: [UInt64: Int] = [:]
        for node in nodes {
            for case let input? in node.inputs where targets.contains(input.number) {
                readers[input.number, default: 0] += 1
            }
        }
        for number in targets.sorted() where readers[number] == nil { take(number, sums.removeValue(forKey: number)) }
        for node in nodes {
            let inputs = node.inputs
            go(through: [node])
            for case let input? in inputs {
                guard let left = readers[input.number] else { continue }
                readers[input.number] = left - 1
                if left == 1 { take(input.number, sums.removeValue(forKey: input.number)) }
            }
        }
    }

    private mutating func go(through nodes: [Node]) {
        for node in nodes {
            if let stretch = node as? Stretch {
                guard sums.keys.contains(where: stretch.covers) else { continue }
                if isRecording { record(stretch) } else { follow(stretch) }
            } else {
                guard node.backward != nil, let gradient = taken(node.number) else { continue }
                propagate(gradient, through: node)
            }
            if !isRecording { node.release() }
        }
    }

    private mutating func propagate(_ gradient: Tensor, through node: Node) {
        let wants = node.inputs.map { input in input.map { leading.contains($0.number) } ?? false }
        guard wants.contains(true), let backward = node.backward else { return }
        let output = node.outputTensor()
        var parts = backward(
            Node.Gradient(of: gradient, output: isRecording ? output : output?.detached(), wants: wants))
        for (i, want) in wants.enumerated() where want {
            // Taken out, so that a sum may use its memory.
            guard let input = node.inputs[i], let part = parts[i].take() else { continue }
            if sums[input.number] == nil { sums[input.number] = part } else { sums[input.number]? += part }
        }
    }

    /// Goes through a stretch of the tape that was not kept.
    private mutating func follow(_ stretch: Stretch) {
        go(through: nodesLeading(from: stretch.recordedAgain(), of: stretch))
    }

    /// Goes through a stretch so that the gradients can be differentiated: as a stretch of their own, which follows the
    /// first one whenever it is recorded.
    private mutating func record(_ stretch: Stretch) {
        var start = self
        start.sums = sums.filter { number, _ in
            stretch.covers(number) || stretch.inputs.contains { $0?.covers(number) ?? false }
        }
        var numbers: [UInt64] = []
        let found = Tape.recomputed { [start] in
            var pass = start
            pass.follow(stretch)
            let reached = pass.sums.filter { !stretch.covers($0.key) }.sorted { $0.key < $1.key }
            numbers = reached.map(\.key)
            return reached.map(\.value)
        }
        sums = sums.filter { number, _ in !stretch.covers(number) || targets.contains(number) }
        for (number, sum) in zip(numbers, found) { sums[number] = sum }
    }

    private mutating func taken(_ number: UInt64) -> Tensor? {
        targets.contains(number) ? sums[number] : sums.removeValue(forKey: number)
    }

    /// The nodes between `roots` and the targets, latest first.
    ///
    /// - Parameter stretch: only those that were recorded for it; nil for all.
    private mutating func nodesLeading(from roots: [Node], of stretch: Stretch? = nil) -> [Node] {
        var reachable: [Node] = []
        var seen: Set<ObjectIdentifier> = []
        var pending = roots.filter { seen.insert(ObjectIdentifier($0)).inserted }
        while let node = pending.popLast() {
            reachable.append(node)
            for case let input? in node.inputs
            where stretch?.isOwn(input) == true || !lookedAt.contains(input.number) {
                if seen.insert(ObjectIdentifier(input)).inserted { pending.append(input) }
            }
        }
        reachable.sort { $0.number < $1.number }
        for node in reachable where lookedAt.insert(node.number).inserted {
            if targets.contains(node.number)
                || node.inputs.contains(where: { $0.map { leading.contains($0.number) } ?? false })
            {
                leading.insert(node.number)
            }
        }
        return reachable.reversed().filter { leading.contains($0.number) && stretch?.isOwn($0) != false }
    }
}
