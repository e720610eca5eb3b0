import ArgumentParser
import CSystem
import Cluster
import Failure
import Foundation
import Reporting
import Storage

/// Trains generative adversarial networks on clusters of CPU nodes.
struct Ganglion: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ganglion",
        abstract: "Trains generative adversarial networks on clusters of CPU nodes.",
        discussion: HelpText.text(
            """
            Alone it is one rank; under mpirun it is many:

              ganglion dataset import /usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz \\
                  --out data/fashion --resolution 32 --resize pad
              mpirun -np 2 ganglion train --data data/fashion --run runs/first
              ganglion sample runs/first --out samples.png --grid 8x8
            """),
        version: "0.1.0",
        subcommands: [
            DatasetCommand.self, TrainCommand.self, SampleCommand.self, TranslateCommand.self, EvaluateCommand.self,
            FeaturesCommand.self,
            VisualizeCommand.self, ReportCommand.self, StudyCommand.self, InspectCommand.self, ExportCommand.self,
            BenchCommand.self,
        ])
}

@main
enum Entry {
    static func main() {
        HDF5Surveyor.start()
        csystem_return_large_blocks()
        // A file that may not grow any more is an error of writing, which names it.
        signal(SIGXFSZ, SIG_IGN)
        do {
            var command = try Ganglion.parseAsRoot()
            try command.run()
        } catch let error as any ExitCoded {
            FileHandle.standardError.write(Data("error: \(String(printing: error))\n".utf8))
            exit(error.exitCode)
        } catch {
            if !Launch.isFirst {
                // Help is for one to print.
                guard !Ganglion.exitCode(for: error).isSuccess else { exit(ExitCode.done) }
                // A command line that is wrong on all ranks is reported by rank 0, and mpirun ends the others a second
                // after it. Whoever is still there then was started differently, and speaks for itself.
                sleep(3)
            }
            end(showing: error)
        }
    }

    /// As ArgumentParser does it, but what the command line holds is shown escaped.
    private static func end(showing error: any Error) -> Never {
        let code = Ganglion.exitCode(for: error)
        guard !code.isSuccess else {
            printBlock(HelpText.shown(Ganglion.fullMessage(for: error)))
            exit(ExitCode.done)
        }
        let message = Ganglion.message(for: error)
        let text = Ganglion.fullMessage(for: error).replacing(message, with: message.visible())
        FileHandle.standardError.write(Data((text.visible(keepsLines: true) + "\n").utf8))
        exit(code.rawValue)
    }
}

/// What a library finds wrong with a command line, shown as ArgumentParser shows it: with how the command is used.
func asUsage<Value>(_ body: () throws -> Value) throws -> Value {
    do { return try body() } catch let error as UsageError { throw ValidationError(error.description) }
}
