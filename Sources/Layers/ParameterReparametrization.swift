import Kernels

/// Reparametrisations of a network: prepared when weights are first asked for, and used until something changes.
extension Parameters {
    /// Whether some parameter has a reparametrisation, whose state moves on with each phase.
    public var advances: Bool { trained.contains { $0.declaration.reparametrization != nil } }

    /// Whether some reparametrisation keeps the entry beside its parameter.
    public func isOfReparametrization(_ entry: Entry) -> Bool { kept.contains(entry.handle.place) }

    /// Moves the state of reparametrisations on: once a phase in which the network learns, before weights are asked for.
    /// Every rank does the same.
    ///
    /// - Parameter selection: the parameters that take part; all without it.
    public func advance(_ selection: ParameterSelection? = nil) {
        var hasChanged = false
        for entry in (selection ?? all).entries {
            guard let reparametrization = entry.declaration.reparametrization else { continue }
            reparametrization.advance(reparametrized(entry))
            hasChanged = true
        }
        if hasChanged { didChange() }
    }

    /// Makes gradients of what layers use those of what is stored: once a phase, on the sum over all microbatches, before
    /// anything changes that the weights were made of.
    ///
    /// - Parameter gradient: laid out like the selection, the run-time scale applied, as ``flatten(_:into:)`` leaves it.
    public func applyAdjoints(to gradient: BufferView, _ selection: ParameterSelection? = nil) {
        let selection = selection ?? all
        precondition(
            gradient.count == selection.count,
            "adjoints: \(gradient.count) gradients of \(selection.count) selected numbers")
        for (entry, offset) in zip(selection.entries, selection.offsets) {
            prepared(entry)?.applyAdjoint(to: gradient.slice(offset, entry.count))
        }
    }

    /// Numbers that reports have: what reparametrisations measure of the parameters as they are used now, such as
    /// "conv.weight/sigma", and parameters that are such numbers themselves.
    public var measured: [(name: String, value: Float)] {
        trained.flatMap { entry in
            (prepared(entry)?.measured ?? []).map { ("\(entry.name)/\($0.name)", $0.value) }
                + (entry.declaration.isReported ? [(entry.name, view(entry).array[0])] : [])
        }
    }
}
