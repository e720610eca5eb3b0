import Evaluation
import Storage

/// Squares of one size that pictures of clustered feature maps are put together from.
struct ClusterCells {
    /// Their height and width: a multiple of every resolution that is shown.
    let side: Int

    /// An image of any of the resolutions, its pixels repeated.
    func image(_ bytes: ArraySlice<UInt8>, resolution: Int, channels: Int) -> RasterImage {
        enlarged(
            RasterImage(height: resolution, width: resolution, channels: channels, pixels: Array(bytes)).converted(
                toChannels: 3))
    }

    /// Each cluster in a colour of its own, for each position of the feature map a square.
    func clusters(_ maps: ClusterMaps, _ image: Int) -> RasterImage {
        // The first of the colours is black, and means that there is nothing.
        let colors = ImageGrid.colors(ofSemantic: maps.map(image).map { $0 + 1 })
        return enlarged(
            RasterImage(height: maps.resolution, width: maps.resolution, channels: 3, pixels: colors))
    }

    /// A label map, in the colours of `dataset info --preview`.
    func classes(_ map: [UInt8], resolution: Int) -> RasterImage {
        enlarged(
            RasterImage(
                height: resolution, width: resolution, channels: 3, pixels: ImageGrid.colors(ofSemantic: map)))
    }

    /// Where there is nothing to show.
    var blank: RasterImage { RasterImage(height: side, width: side, channels: 3, filledWith: 255) }

    private func enlarged(_ picture: RasterImage) -> RasterImage {
        precondition(side % picture.height == 0, "ClusterCells: \(picture.height) in \(side)")
        return RasterImage(
            height: side, width: side, channels: 3,
            pixels: NearestUpscale.up(
                picture.pixels, count: 1, height: picture.height, width: picture.width, channels: 3,
                factor: side / picture.height))
    }
}
