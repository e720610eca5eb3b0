import Kernels
import Layers

/// An array of a run's state: what a checkpoint holds under a name, where it lies in memory, and how.
public struct NamedTensor {
    /// Its path in a checkpoint: `generator/mapping.fc0.weight`, `optimizer/generator/m`, `state/pl_mean`.
    public let name: String
    /// How it lies in memory, and how in a file.
    public let layout: ParameterLayout
    public let view: BufferView

    public init(_ name: String, _ layout: ParameterLayout, _ view: BufferView) {
        precondition(layout.count == view.count, "\(name): \(view.count) elements for the shape \(layout.shape)")
        self.name = name
        self.layout = layout
        self.view = view
    }

    /// One number, that starts at `value`.
    public static func scalar(_ name: String, _ value: Float = 0) -> NamedTensor {
        NamedTensor(name, .plain([]), BufferView([value]))
    }

    /// A list of numbers.
    public static func flat(_ name: String, _ view: BufferView) -> NamedTensor {
        NamedTensor(name, .plain([view.count]), view)
    }

    /// The value of a scalar.
    public var scalar: Float {
        get { view.array[0] }
        nonmutating set { Elementwise.fill(view, with: newValue) }
    }
}
