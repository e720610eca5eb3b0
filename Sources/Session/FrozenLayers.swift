import Configuration
import Models
import Recipes
import State

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

    /// - Parameter missing: names of arrays that the checkpoint at `path` does not have.
    /// - Throws: ``StateError`` where one of them is of a layer that is to stay as it is there.
    static func checkSource(_ networks: Networks, lacks missing: [String], path: String) throws {
        guard let name = missing.first(where: { name in networks.frozen.contains { name == "discriminator/\($0)" } })
        else { return }
        throw StateError(
            path: path,
            reason:
                "has no \(name), which freeze_d is to keep as it is there: it would stay as it was drawn. Set a smaller "
                + "freeze_d, or take a checkpoint whose discriminator has that layer")
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
