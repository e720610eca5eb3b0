import Configuration
import Models
public struct GrowthSchedule: Sendable {
    let c: ResolvedConfiguration
    public init(_ configuration: ResolvedConfiguration) { c = configuration }
    public func level(imagesShown: Int, transitions: [Int]) -> GrowthLevel { GrowthLevel(resolution: c.resolution) }
    public static func introducesLayers(from: GrowthLevel?, to: GrowthLevel) -> Bool { false }
}
public struct PlateauDetector: Codable, Equatable, Sendable {}
