import Configuration
import Models

extension ResolvedConfiguration {
    /// Height and width of the feature maps, and of the images of a stage, at a nominal resolution.
    public func mapSize(at resolution: Int) -> MapSize {
        networkGrid.size(at: resolution)
    }
}
