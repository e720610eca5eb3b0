import Kernels
import Layers
import State
import TestSupport
import Testing

/// Weights that are stored to be normalised are not taken for those that are used as they are, nor the other way round.
@Suite struct NormalizedWeightsTests {
    static let names: [SpectralNormalization.Names] = [.suffixes, .siblings]

    private func state(_ names: SpectralNormalization.Names?) -> TrainingState {
        var builder = ParameterBuilder(weightNormalization: names.map { SpectralNormalization($0) })
        _ = GlorotDense("g/fc", input: 3, output: 2, in: &builder)
        let parameters = Parameters(builder.declarations)
        parameters.initialize(seed: 1, network: 0)
        return TrainingState(networks: [("generator", parameters)], others: [])
    }

    private func transfer(_ file: TrainingState, into state: TrainingState) throws {
        _ = try state.transfer(file.contents, path: "file", source: { $0 }, optional: { _ in [] })
    }

    @Test(arguments: names) func areToldApart(_ names: SpectralNormalization.Names) throws {
        let u = names == .suffixes ? "generator/g/fc/Matrix_u" : "generator/g/fc/u"
        let words = "\(u) is there, but this run does not normalise g/fc/Matrix: set model.spectral_norm as it was"
        let plain = state(nil)
        let before = plain.networks[0].parameters.values.array
        let transferred = thrown(StateError.self) { try transfer(state(names), into: plain) }
        #expect(transferred?.reason == words)
        let loaded = thrown(StateError.self) { try plain.load(state(names).contents, path: "file") }
        #expect(loaded?.reason == words)
        #expect(plain.networks[0].parameters.values.array == before)

        let missing = thrown(StateError.self) { try transfer(plain, into: state(names)) }
        #expect(missing?.reason.hasPrefix("\(u) is missing") == true)
        // Of one kind they are taken over.
        try transfer(state(names), into: state(names))
        try plain.load(state(nil).contents, path: "file")
    }
}
