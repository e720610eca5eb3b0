import Cluster
import Configuration
import Failure
import Recipes
import State
import Storage
import SmallRuns
import TestSupport
import Testing
import Training

@Suite struct ResumedConfigurationTests {
    @Test(arguments: ["seed=1", "data.mirror=true"])
    func anotherOrderOfImagesIsRefused(_ change: String) throws {
        let contents = try Small.engine().checkpoint(datasetID: "d", ranks: 1)
        let other = try Small.engine([change])
        let key = change.split(separator: "=")[0]
        #expect {
            try other.resume(contents, path: "1.h5", datasetID: "d")
        } throws: { error in
            (error as? any ExitCoded)?.exitCode == ExitCode.badConfiguration
                && ["1.h5", "\(key)=", "this run has"].allSatisfy("\(error)".contains)
        }
    }

    @Test func otherChangesAreTold() throws {
        let contents = try Small.engine().checkpoint(datasetID: "d", ranks: 1)
        let other = try Small.engine(["loss.style_mixing=0.5", "kimg=7"])
        let told = try other.resume(contents, path: "1.h5", datasetID: "d")
        #expect(told == ["loss.style_mixing was 0.9, is now 0.5"])
        let timed = try Small.engine(["checkpoint.every_minutes=10", "checkpoint.every_kimg=7"])
        #expect(
            try timed.resume(contents, path: "1.h5", datasetID: "d") == [
                "checkpoint.every_kimg was 20, is now 7", "checkpoint.every_minutes was none, is now 10",
            ])
        // What changes no bits is not worth a word.
        let spare = try Small.engine(["memory=checkpointing", "threads=3", "data.stage=/local"])
        #expect(try spare.resume(contents, path: "1.h5", datasetID: "d").isEmpty)
        #expect(try Small.engine().resume(contents, path: "1.h5", datasetID: "d").isEmpty)
    }

    /// Where values go in the course of a run is told, as any other key; the length of the run is, where that is theirs.
    @Test func anotherScheduleIsTold() throws {
        let overrides = ["schedule.beta2=0.9", "kimg=1"]
        let contents = try Small.engine(overrides).checkpoint(datasetID: "d", ranks: 1)
        let longer = try Small.engine(overrides + ["kimg=2", "schedule.g_lr=0.001"])
        #expect(
            try longer.resume(contents, path: "1.h5", datasetID: "d") == [
                "schedule.kimg was 1, is now 2", "schedule.g_lr was none, is now 0.001",
            ])
        let fixed = try Small.engine(overrides + ["kimg=2", "schedule.kimg=1"])
        #expect(try fixed.resume(contents, path: "1.h5", datasetID: "d").isEmpty)
    }

    /// A probability that adapts is state: where it starts is of no account by then.
    @Test func whereAProbabilityStartedIsNotWhereItIs() throws {
        let contents = try Small.engine(["augment.mode=ada"]).checkpoint(datasetID: "d", ranks: 1)
        let other = try Small.engine(["augment.mode=ada", "augment.p=0.3"])
        let told = try other.resume(contents, path: "1.h5", datasetID: "d")
        #expect(
            told == [
                "augment.p was 0, is now 0.3, which is where p starts in a new run: this one goes on with the checkpoint's"
            ])
        #expect(try #require(other.state.others.first { $0.name == "state/augment_p" }).scalar == 0)
        let fixed = try Small.engine(["augment.mode=fixed", "augment.p=0.2"]).checkpoint(datasetID: "d", ranks: 1)
        let faster = try Small.engine(["augment.mode=fixed", "augment.p=0.3"])
        #expect(try faster.resume(fixed, path: "1.h5", datasetID: "d") == ["augment.p was 0.2, is now 0.3"])
    }

    /// A checkpoint of a version in which `augment.p` did nothing.
    @Test func whatDidNothingIsNoHindrance() throws {
        var contents = try Small.engine().checkpoint(datasetID: "d", ranks: 1)
        let config = try #require(contents.attribute("config")?.stringValue)
        let old = config.replacing("\n  p: 0\n", with: "\n  p: 0.3\n")
        #expect(old != config)
        contents.attributes = contents.attributes.map { $0.0 == "config" ? ("config", .string(old)) : $0 }
        #expect(
            try Small.engine().resume(contents, path: "1.h5", datasetID: "d") == ["augment.p was 0.3, is now 0"])
        try withTemporaryFolder { folder in
            let path = folder + "/1.h5"
            try CheckpointFile.write(contents, to: path)
            #expect(try GeneratorFile(path).generator.resolution == 16)
            #expect(try DiscriminatorFile(path).labelDim == 0)
        }
    }

    /// What is kept from step to step cannot be made up in the middle of a run.
    @Test(arguments: [
        (["augment.mode=ada"], "augment.mode=none", "ada"), (["loss.lecam_weight=0.1"], "loss.lecam_weight=0", "0.1"),
    ])
    func stateThatIsNotThereIsNamed(_ overrides: [String], old: String, new: String) throws {
        let contents = try Small.engine().checkpoint(datasetID: "d", ranks: 1)
        let other = try Small.engine(overrides)
        let error = thrown(StateError.self) { try other.resume(contents, path: "1.h5", datasetID: "d") }
        #expect(
            error?.description
                == "1.h5: was trained with \(old), but this run has \(new), whose state it does not have; go on with "
                + "\(old), or start a new run with --transfer")
        // The other way round it is left behind.
        let with = other.checkpoint(datasetID: "d", ranks: 1)
        let key = old.prefix { $0 != "=" }
        #expect(
            try Small.engine().resume(with, path: "1.h5", datasetID: "d")
                == ["\(key) was \(new), is now \(old.dropFirst(key.count + 1))"])
    }

    /// A network that grows from 4² to 16², with what a test changes.
    private func growing(_ more: [String] = [], file: String? = nil) throws -> StepEngine {
        let configuration = try Configuration.parse(
            yaml: file ?? "growing: {training_kimg: 0.6, transition_kimg: 0.6}", name: "run.yaml",
            overrides: Small.overrides + ["growing.enabled=true"] + more
        ).resolve(resolution: 16, channels: 3, classes: 3, ranks: 1, coresPerRank: 1)
        return StepEngine(
            configuration, datasetLabels: Small.datasetLabels, communicator: LoopbackCommunicator())
    }

    @Test(arguments: [
        ("growing: {training_kimg: 0.3, transition_kimg: 0.6}", ["growing.training_kimg=0.6"], ["=0.3"]),
        (
            "growing: {training_kimg: 0.3, transition_kimg: 0, start: 8}",
            ["growing.start=4", "growing.training_kimg=0.6", "growing.transition_kimg=0.6"], ["=8", "=0.3", "=0"]
        ),
        (
            "growing: {training_kimg: 0.6, transition_kimg: 0.6, trigger: plateau}", ["growing.trigger=images"],
            ["=plateau"]
        ),
    ])
    func anotherScheduleFromAFileIsRefused(file: String, old: [String], new: [String]) throws {
        let contents = try growing().checkpoint(datasetID: "d", ranks: 1)
        let other = try growing(file: file)
        let keys = old.map { String($0.prefix { $0 != "=" }) }
        let asked = zip(keys, new).map { "--set \($0)\($1)" }.joined(separator: " ")
        let expected =
            "1.h5: was trained with \(old.joined(separator: ", ")), but this run has "
            + zip(keys, new).map { "\($0)\($1)" }.joined(separator: ", ")
            + ", which would change the schedule of its growth; go on with \(old.joined(separator: " ")), or give "
            + asked + " to change it on purpose"
        #expect {
            try other.resume(contents, path: "1.h5", datasetID: "d")
        } throws: { error in
            (error as? any ExitCoded)?.exitCode == ExitCode.badConfiguration && "\(error)" == expected
        }
    }

    @Test func anotherScheduleOnPurposeIsTold() throws {
        let contents = try growing().checkpoint(datasetID: "d", ranks: 1)
        let other = try growing(["growing.training_kimg=0.3"])
        #expect(
            try other.resume(contents, path: "1.h5", datasetID: "d") == ["growing.training_kimg was 0.6, is now 0.3"])
        // One on purpose does not excuse another.
        let two = try growing(
            ["growing.training_kimg=0.3"], file: "growing: {training_kimg: 0.6, transition_kimg: 0.1}")
        #expect(throws: StateError.self) { try two.resume(contents, path: "1.h5", datasetID: "d") }
    }

    @Test func whatDecidesPlateausMayChange() throws {
        let contents = try growing().checkpoint(datasetID: "d", ranks: 1)
        let other = try growing(
            ["growing.minibatch=4:8 8:4 16:8"],
            file: "growing: {training_kimg: 0.6, transition_kimg: 0.6, plateau_patience: 9}")
        #expect(
            try other.resume(contents, path: "1.h5", datasetID: "d") == [
                "growing.minibatch was 4:8 8:8 16:8, is now 4:8 8:4 16:8", "growing.plateau_patience was 3, is now 9",
            ])
    }

    @Test func growthAndItsLackAreNamed() throws {
        let contents = try growing().checkpoint(datasetID: "d", ranks: 1)
        #expect {
            try Small.engine().resume(contents, path: "1.h5", datasetID: "d")
        } throws: { error in
            ["growing.enabled=true", "go on with growing.enabled=true", "--set growing.enabled=false"]
                .allSatisfy("\(error)".contains)
        }
        // Where neither grows, the schedule of growing is nobody's.
        let plain = try Small.engine().checkpoint(datasetID: "d", ranks: 1)
        let other = try Configuration.parse(yaml: "growing: {start: 8}", overrides: Small.overrides)
            .resolve(resolution: 16, channels: 3, classes: 3, ranks: 1, coresPerRank: 1)
        let engine = StepEngine(other, datasetLabels: Small.datasetLabels, communicator: LoopbackCommunicator())
        #expect(try engine.resume(plain, path: "1.h5", datasetID: "d").isEmpty)
    }

    /// The stored text of another family: the networks of this one would not fit it either, but that says little.
    @Test func anotherFamilyIsRefused() throws {
        var contents = try Small.engine().checkpoint(datasetID: "d", ranks: 1)
        let stored = try Configuration.load(preset: "quick-pggan").yaml
        contents.attributes = contents.attributes.map { $0.0 == "config" ? ("config", .string(stored)) : $0 }
        #expect {
            try Small.engine(["model.family=stylegan2"]).resume(contents, path: "1.h5", datasetID: "d")
        } throws: { error in
            "\(error)".contains("trained with model.family=pggan, but this run has stylegan2")
        }
    }

    /// A checkpoint of a version that did not know some keys of today, and knew one of its own.
    @Test func keysComeAndGo() throws {
        var contents = try Small.engine().checkpoint(datasetID: "d", ranks: 1)
        let config = try #require(contents.attribute("config")?.stringValue)
        let newer = [
            "pixel_norm", "equalized_lr", "leaky_relu", "gp_weight", "gp_target", "drift", "class_weight", "final",
            "minibatch", "learning_rate", "reset_moments", "trigger", "plateau_signal", "plateau_window_kimg",
            "plateau_patience", "plateau_tolerance", "nan", "skip_limit", "metrics", "metric_images",
        ]
        var lines = config.split(separator: "\n").filter { line in
            !newer.contains { line.hasPrefix("  \($0):") } && line != "  microbatch: \"\""
                && line != "  enabled: true" && line != "guard:"
        }
        lines.insert("  haste: 3", at: try #require(lines.firstIndex(of: "ggdr:")) + 1)
        lines.append("luck: {much: 1}")
        let old = lines.joined(separator: "\n")
        #expect(!old.contains("plateau") && !old.contains("gp_"))
        contents.attributes = contents.attributes.map { $0.0 == "config" ? ("config", .string(old)) : $0 }
        #expect(
            try Small.engine().resume(contents, path: "1.h5", datasetID: "d") == [
                "ggdr.haste was 3; this version does not know the key",
                "luck.much was 1; this version does not know the key",
            ])
    }
}
