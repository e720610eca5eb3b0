import Configuration
import Kernels
import Models

/// What the shapes of any family's networks have in common, by the names that configurations have for it.
extension ResolvedConfiguration {
    /// Sizes of feature maps.
    public var networkGrid: NetworkGrid {
        NetworkGrid(resolution: resolution, startHeight: startHeight, startWidth: startWidth)
    }

    /// What networks are conditioned on.
    var conditionKind: ConditionKind { ConditionKind(configuration.data) }

    var padding: Padding { configuration.model.padding.padding }
}

extension ConditionKind {
    init(_ data: Configuration.DataSource) {
        self =
            switch data.condition {
            case .vector: .vector
            case .class where data.conditionDropout > 0: .classesOrNone
            case .none, .class, .map, .image: .classes
            }
    }
}

extension PaddingChoice {
    public var padding: Padding {
        switch self {
        case .zero: .zero
        case .periodic: .periodic
        case .reflect: .reflect
        }
    }
}

extension NetworkGrid {
    /// Of images of a size; nil where networks cannot make it, see ``ImageGrid``.
    init?(height: Int, width: Int) {
        guard let grid = ImageGrid(height: height, width: width) else { return nil }
        self.init(resolution: grid.resolution, startHeight: grid.startHeight, startWidth: grid.startWidth)
    }
}
