import Kernels
import Layers
import Reporting

/// A network's parameters as a table.
public enum ParameterTable {
    public static func text(title: String, _ parameters: Parameters) -> String {
        var table = TableFormatter([
            .init(title), .init("shape"), .init("count", .right), .init("trained"),
        ])
        for entry in parameters.trained + parameters.untrained {
            let shape = entry.declaration.layout.referenceShape.map(String.init).joined(separator: " × ")
            table.add([
                entry.name, shape.isEmpty ? "scalar" : shape, NumberText.grouped(entry.count),
                entry.declaration.isTrained ? "" : "no",
            ])
        }
        table.addRule()
        table.add(["all trained", "", NumberText.grouped(parameters.values.count), ""])
        return table.text
    }
}
