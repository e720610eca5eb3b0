import Configuration
import Storage

extension DataFacts {
    /// What a configuration needs to know of a data set.
    ///
    /// - Parameter images: their number; nil where it is not known.
    public init(_ description: DatasetDescription, images: Int? = nil) {
        self.init(
            height: description.height, width: description.width, channels: description.channels,
            classes: description.classes, semanticClasses: description.semanticClasses,
            vectorComponents: description.vector?.count ?? 0,
            conditionChannels: description.imageCondition?.channels.count ?? 0, isPicture: description.isPicture,
            images: images)
    }
}
