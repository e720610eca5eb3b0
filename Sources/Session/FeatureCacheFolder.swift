import Failure
import Foundation

/// Where features of real images are kept from one evaluation to the next.
public enum FeatureCacheFolder {
    /// What `--cache` names for nowhere.
    public static let none = "none"

    /// - Parameter option: of `--cache`; nil for `$GANGLION_CACHE`, or else `ganglion` in `$XDG_CACHE_HOME`, or else in
    ///   `~/.cache`.
    /// - Returns: nil for nowhere.
    public static func path(option: String?) -> String? {
        let environment = ProcessInfo.processInfo.environment
        func set(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        if let named = option ?? set("GANGLION_CACHE") { return named == none ? nil : named }
        if let folder = set("XDG_CACHE_HOME") { return folder + "/ganglion" }
        return set("HOME").map { $0 + "/.cache/ganglion" }
    }
}
