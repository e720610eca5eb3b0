import Autodiff
import Layers

/// A generator that makes images of images or of label maps: what the three have in common as generators among others.
public protocol TranslationGenerator: Generator {
    /// Of the images that it is made for.
    var grid: NetworkGrid { get }

    func callAsFunction(_ inputs: [TranslationInput], _ weights: [Weights]) -> [GeneratorOutput]
}

extension TranslationGenerator {
    public var labelDim: Int { 0 }
    public var wDim: Int { 0 }
    public var styleCount: Int { 0 }
    public var resolution: Int { grid.resolution }
    public func mapSize(at resolution: Int) -> MapSize { grid.size(at: resolution) }

    public func callAsFunction(_ input: GeneratorInput, _ weights: Weights) -> GeneratorOutput {
        self([input], [weights])[0]
    }

    public func callAsFunction(_ inputs: [GeneratorInput], _ weights: [Weights]) -> [GeneratorOutput] {
        let given = inputs.map { input in
            guard let condition = input.condition else { preconditionFailure("generator: no condition of each pixel") }
            return TranslationInput(condition: condition, z: zDim > 0 ? input.z : nil, dropout: input.dropout)
        }
        return self(given, weights)
    }
}
