import Recipes
import Storage

extension GeneratorFile {
    /// What makes images of nothing but latents and classes has no use for a generator that makes them of label maps or
    /// images.
    ///
    /// - Parameter what: such as `visualize features`.
    /// - Throws: ``DatasetError`` (64) of a generator that is conditioned on each pixel.
    func checkHasFreePixels(_ what: String) throws {
        guard generator.conditionChannels > 0 else { return }
        throw DatasetError.usage(
            "\(what): \(path) makes images of \(conditionClasses > 0 ? "label maps" : "images"), and this makes them of "
                + "latents alone; ganglion translate makes them of a folder's")
    }

    /// What is drawn beside pictures is not drawn beside fields.
    ///
    /// - Parameter what: such as `visualize features`.
    /// - Throws: ``DatasetError`` (64) of a generator of fields, or of one that numbers condition.
    func checkMakesPictures(_ what: String) throws {
        if let format = sampleFormat {
            throw DatasetError.usage(
                "\(what): \(path) makes fields of \(format.sizeText)×\(format.channels.count), and this draws beside pictures; "
                    + "ganglion visualize spectrum draws what there is to see of fields")
        }
        try checkHasFreePixels(what)
        if vectorFormat != nil {
            throw DatasetError.usage(
                "\(what): numbers condition \(path), and this knows classes alone; ganglion sample --condition makes its "
                    + "pictures")
        }
    }
}
