import Recipes
import SmallRuns
import Testing

@Suite struct PhaseScheduleTests {
    private func steps(_ schedule: PhaseSchedule, with phase: PhaseKey) -> [Int] {
        (0..<13).filter { schedule.phases(ofStep: $0).contains(phase) }
    }

    @Test func regularizationIsLazy() throws {
        let schedule = try Small.schedule(Small.configuration(["loss.pl_interval=4", "loss.r1_interval=6"]))
        #expect(steps(schedule, with: .generatorMain) == Array(0..<13))
        #expect(steps(schedule, with: .discriminatorMain) == Array(0..<13))
        #expect(steps(schedule, with: .generatorRegularization) == [0, 4, 8, 12])
        #expect(steps(schedule, with: .discriminatorRegularization) == [0, 6, 12])
    }

    @Test func phasesComeInTheirOrder() throws {
        let schedule = try Small.schedule(Small.configuration())
        #expect(
            schedule.phases(ofStep: 0) == [
                .generatorMain, .generatorRegularization, .discriminatorMain, .discriminatorRegularization,
            ])
    }

    @Test func weightsOfZeroMeanNoPhase() throws {
        let schedule = try Small.schedule(Small.configuration(["loss.r1_gamma=0", "loss.pl_weight=0"]))
        #expect(schedule.interval(of: .generatorRegularization) == nil)
        #expect(schedule.interval(of: .discriminatorRegularization) == nil)
        #expect(schedule.phases(ofStep: 0) == [.generatorMain, .discriminatorMain])
    }

    @Test func namesAreThoseOfTheStatistics() {
        #expect(Small.phases.map(\.name) == ["gmain", "greg", "dmain", "dreg"])
    }
}
