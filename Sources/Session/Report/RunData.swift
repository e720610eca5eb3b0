import Configuration
import Reporting

/// A run that is reported, and what its samples are looked at beside.
struct RunData {
    let record: RunRecord
    /// Of the run; nil where its file cannot be read.
    let configuration: Configuration?
    /// Folder of the data set that was named; nil for that of the configuration.
    let data: String?
    /// File of a network that looks at pictures; nil where none was named.
    let features: String?
    /// Real samples that are looked at, where so many were asked for.
    let reals: Int?

    /// Whether its sheets show pairs: its images are made of what stands at each pixel.
    var isOfPairs: Bool { configuration?.data.condition.isDense ?? false }

    /// Folder of the data set; nil where it is not known.
    var path: String? { data ?? configuration?.data.path }
}
