import Testing

import Training

@Suite struct PhaseScheduleTests {
    private func steps(_ schedule: PhaseSchedule, with phase: Phase) -> [Int] {
        (0..<13).filter { schedule.phases(ofStep: $0).contains(phase) }
    }

    @Test func regularizationIsLazy() throws {
        let schedule = PhaseSchedule(try Small.configuration(["loss.pl_interval=4", "loss.r1_interval=6"]))
        #expect(steps(schedule, with: .generatorMain) == Array(0..<13))
        #expect(steps(schedule, with: .discriminatorMain) == Array(0..<13))
        #expect(steps(schedule, with: .generatorRegularization) == [0, 4, 8, 12])
        #expect(steps(schedule, with: .discriminatorRegularization) == [0, 6, 12])
    }

    @Test func phasesComeInTheirOrder() throws {
        let schedule = PhaseSchedule(try Small.configuration())
        #expect(
            schedule.phases(ofStep: 0) == [
                .generatorMain, .generatorRegularization, .discriminatorMain, .discriminatorRegularization,
            ])
    }

    @Test func weightsOfZeroMeanNoPhase() throws {
        let schedule = PhaseSchedule(try Small.configuration(["loss.r1_gamma=0", "loss.pl_weight=0"]))
        #expect(schedule.pathLengthInterval == nil && schedule.r1Interval == nil)
        #expect(schedule.phases(ofStep: 0) == [.generatorMain, .discriminatorMain])
    }

    @Test func namesAreThoseOfTheStatistics() {
        #expect(Small.phases.map(\.name) == ["gmain", "greg", "dmain", "dreg"])
    }
}
