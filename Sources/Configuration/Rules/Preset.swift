/// A published or proven configuration to start from: a name, a family, and the keys in which it differs from the
/// defaults. Each stands in its family's file.
public struct Preset: Sendable {
    /// As `--preset` takes it.
    public let rawValue: String
    /// One line on what the preset is for.
    public let summary: String
    /// The networks that it trains.
    public let family: ModelFamily
    /// Whether it trains within minutes on one small machine; such presets are listed first.
    let isQuick: Bool
    private let keys: @Sendable (inout Configuration) -> Void

    init(
        _ name: String, _ family: ModelFamily, _ summary: String, isQuick: Bool = false,
        keys: @escaping @Sendable (inout Configuration) -> Void = { _ in }
    ) {
        rawValue = name
        self.family = family
        self.summary = summary
        self.isQuick = isQuick
        self.keys = keys
    }

    /// All values of the preset.
    public var configuration: Configuration {
        var configuration = Configuration()
        configuration.preset = self
        configuration.model.family = family
        keys(&configuration)
        return configuration
    }
}

extension Preset: RawRepresentable, CaseIterable, Choice {
    /// The presets of all families: small ones first.
    public static let allCases: [Preset] = {
        let all = ModelFamily.allCases.flatMap(\.rules.presets)
        return all.filter(\.isQuick) + all.filter { !$0.isQuick }
    }()

    /// The preset of that name.
    public init?(rawValue: String) {
        guard let preset = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
        self = preset
    }
}

extension Preset: Hashable {
    /// Names are unique.
    public static func == (one: Preset, other: Preset) -> Bool { one.rawValue == other.rawValue }

    public func hash(into hasher: inout Hasher) { hasher.combine(rawValue) }
}
