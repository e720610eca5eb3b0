import ArgumentParser
import Foundation
import Storage

@main
struct Ganglion: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ganglion", abstract: "Train generative adversarial networks on clusters of CPUs.",
        subcommands: [DatasetCommand.self])

    static func main() {
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch let error as any ExitCoded {
            FileHandle.standardError.write(Data("ganglion: \(error)\n".utf8))
            Foundation.exit(error.exitCode)
        } catch {
            exit(withError: error)
        }
    }
}
