import Recipes
import Storage

extension GeneratorFile {
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
        if vectorFormat != nil {
            throw DatasetError.usage(
                "\(what): numbers condition \(path), and this knows classes alone; ganglion sample --condition makes its "
                    + "pictures")
        }
    }
}
