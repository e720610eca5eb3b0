import Foundation
import Storage

/// A picture in a page: decoded, shrunk where it is large, and encoded again, so that a page holds nothing but pictures.
package struct PictureData: Sendable {
    package let width: Int
    package let height: Int
    /// A `data:` address of a PNG.
    package let address: String
    /// Of ``address``.
    var bytes: Int { address.utf8.count }

    /// - Parameter longest: side in pixels.
    /// - Throws: an ``ExitCoded`` error where it cannot be encoded.
    package init(_ image: RasterImage, longest: Int) throws {
        let small = image.reduced(toSide: longest)
        width = small.width
        height = small.height
        address = "data:image/png;base64," + Data(try ImageFile.encodePNG(small)).base64EncodedString()
    }

    /// - Throws: an ``ExitCoded`` error that names the file and what is wrong with it.
    init(file path: String, longest: Int) throws { try self.init(try ImageFile.read(path), longest: longest) }

    /// An element that shows it; small ones with their pixels as squares.
    package func html(_ description: String) -> HTML {
        """
        <img src="\(address)" width="\(width)" height="\(height)" alt="\(description)" \
        class="\(width < 700 ? "pixels" : "fine")" loading="lazy">
        """
    }
}
