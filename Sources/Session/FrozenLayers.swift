import Configuration
import Models
import Recipes

/// Layers of the discriminator that a run keeps as another run left them: `freeze_d`.
enum FrozenLayers {
    /// - Throws: ``ConfigurationError`` where there are fewer layers than are to be kept.
    static func check(_ configuration: ResolvedConfiguration) throws {
        let asked = configuration.freezeD
        guard asked > 0 else { return }
        let layers = Recipes.type(configuration).declared(by: configuration).discriminator.layers
        guard asked >= layers.count else { return }
        throw ConfigurationError(
            .outOfRange, key: "freeze_d", source: .resolution,
            message: "freeze_d is \(asked), but the discriminator has \(layers.count) layers, from "
                + "\(layers.first?.name ?? "") to \(layers.last?.name ?? ""): at most \(layers.count - 1) can stay as they are"
        )
    }

    /// - Throws: ``ConfigurationError``: what has just been drawn at random is not worth keeping.
    static func checkFreshStart(_ configuration: ResolvedConfiguration) throws {
        guard configuration.freezeD > 0 else { return }
        throw ConfigurationError(
            .conflict, key: "freeze_d", source: .resolution,
            message:
                "freeze_d is \(configuration.freezeD), but this run starts with new networks, which have nothing to "
                + "keep: give --transfer FILE.h5, or set freeze_d=0")
    }
}
