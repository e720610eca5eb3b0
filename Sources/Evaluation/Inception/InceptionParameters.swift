/// The arrays of Inception-v3 by the names of the published state dict, in PyTorch's layouts.
package enum InceptionParameters {
    /// Of the mean's channels to the classes.
    static let features = 2048
    static let classes = 1008
    static let classWeights = "fc.weight"
    static let classBias = "fc.bias"
    /// ε of the batch norms.
    static let epsilon = 1e-3

    /// Where the numbers of a unit stand: "Mixed_5b.branch1x1.bn.bias".
    static func name(_ block: InceptionBlock, _ unit: InceptionUnit, _ part: String) -> String {
        block.name + "." + (unit.name.isEmpty ? "" : unit.name + ".") + part
    }

    /// Every array and its shape, in the network's order.
    package static let shapes: [(name: String, shape: [Int])] = {
        var shapes: [(String, [Int])] = []
        var channels = 3
        for block in InceptionBlock.all {
            var outputs = 0
            for branch in block.branches {
                var width = channels
                for step in branch {
                    let units = step.units
                    for unit in units {
                        shapes.append(
                            (
                                name(block, unit, "conv.weight"), [unit.channels, width, unit.kernel.0, unit.kernel.1]
                            ))
                        for part in ["weight", "bias", "running_mean", "running_var"] {
                            shapes.append((name(block, unit, "bn." + part), [unit.channels]))
                        }
                    }
                    if !units.isEmpty { width = units.reduce(0) { $0 + $1.channels } }
                }
                outputs += width
            }
            channels = outputs
        }
        return shapes + [(classWeights, [classes, features]), (classBias, [classes])]
    }()
}

extension InceptionStep {
    /// The convolutions of a step.
    var units: [InceptionUnit] {
        switch self {
        case .unit(let unit): [unit]
        case .fork(let units): units
        case .mean, .maximum: []
        }
    }
}
