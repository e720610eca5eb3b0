import Configuration
import Models
import State

/// What any family's networks may have beside their own, by the names that configurations have for it.
extension ResolvedConfiguration {
    var generatorExtras: NetworkExtras {
        NetworkExtras(
            configuration.model, spectralNorm: configuration.model.spectralNorm == .both,
            attention: configuration.model.attentionIn.isInGenerator)
    }

    var discriminatorExtras: NetworkExtras {
        NetworkExtras(
            configuration.model, spectralNorm: configuration.model.spectralNorm != .none,
            attention: configuration.model.attentionIn.isInDiscriminator)
    }
}

extension NetworkExtras {
    /// What a file's generator has beside its family's own. Shapes do not tell all of it: a file without a configuration,
    /// which was built from reference weights, has none.
    ///
    /// - Parameter resolutions: where the generator can have attention.
    init(generatorOf file: ParameterShapes, among resolutions: [Int]) throws {
        guard let model = try file.configuration()?.model else {
            self = .none
            return
        }
        self.init(model, spectralNorm: model.spectralNorm == .both, attention: model.attentionIn.isInGenerator)
        if let absent = attention.first(where: { !resolutions.contains($0) }) {
            throw StateError(
                path: file.path,
                reason: "its configuration has attention at \(absent)², but its generator has feature maps of"
                    + " \(resolutions.map { "\($0)²" }.joined(separator: ", ")): it is damaged")
        }
    }

    /// - Parameter attention: whether the network has it where the model says.
    fileprivate init(_ model: Configuration.Model, spectralNorm: Bool, attention: Bool) {
        self.init(
            spectralNorm: spectralNorm, attention: attention ? model.attention.or([]) : [],
            attentionPools: model.attentionPooling,
            attentionBlock: model.attentionBlock == .attention ? .attention : .residual)
    }
}
