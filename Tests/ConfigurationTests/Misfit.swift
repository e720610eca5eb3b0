import Configuration
import TestSupport
import Testing

/// Expects a key to be refused beside a preset, as a conflict that the message tells.
func expectConflict(
    _ override: String, beside preset: String, _ message: String, location: SourceLocation = #_sourceLocation
) {
    let error = thrown(ConfigurationError.self) {
        try Configuration.load(overrides: ["preset=\(preset)", override])
    }
    #expect(error?.kind == .conflict, sourceLocation: location)
    #expect(error?.description == message + " (--set \(override))", sourceLocation: location)
}
