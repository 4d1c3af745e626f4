import Store
import Synchronization
import WorkCalendar

/// What one person sets out to do, through whichever process they reach: when no answer comes they send it again, with the
/// same key, as a page does whose form is sent twice.
final class Errand: Sendable {
    @TaskLocal static var current: Errand?
    /// Nobody answered, again and again; somebody will try anew tomorrow.
    struct GaveUp: Error {}

    private struct State {
        var process: SimulatedProcess?
        var acts = 0
    }
    private let number: Int
    private let life: TroubledLife
    private let state: Mutex<State>
    private static let tries = 6

    init(_ number: Int, _ life: TroubledLife) {
        (self.number, self.life) = (number, life)
        state = Mutex(State(process: life.reach()))
    }

    /// The process it has reached; before any answers, the one that only looks.
    var hall: Hallkeeper { state.withLock { $0.process }?.hall ?? life.observer }

    /// One act, sent until something is answered. Gives nil when an earlier sending of it had been carried out.
    func act<T: Sendable>(by person: Person.ID, _ body: @escaping @Sendable (HallAct) throws -> T) async throws -> T? {
        let place = state.withLock { state in
            state.acts += 1
            return state.acts
        }
        let key = "errand-\(number)-\(place)"
        for attempt in 0..<Self.tries {
            guard let process = life.reach() else {
                await life.turns.pass(Turns.people, until: life.time.now.adding(ms: Int64(life.troubles.draw(5_000...120_000))))
                continue
            }
            state.withLock { $0.process = process }
            let name = attempt > 0 && life.fault?.kind == .retryWithoutKey ? "\(key)/\(attempt)" : key
            life.witness.sent(name)
            do {
                let result = try await send(key, as: name, to: process, by: person, body)
                life.witness.acknowledged(name)
                life.witness.trace("\(key) done by \(process.number)")
                if life.troubles.fires(.sentTwice) { await again(key, by: person, body) }
                return result
            } catch let replayed as Replayed {
                if replayed.answer != key { life.witness.breach("I10 \(key): the answer to the second sending is another one: \(replayed.answer)") }
                life.witness.acknowledged(key)
                return nil
            } catch let fault as Fault where [.busy, .connection, .commitUnknown].contains(fault.kind) {
                life.witness.trace("\(key) \(fault.kind)")
            } catch is ProcessDied {
                life.witness.trace("\(key) no answer")
            } catch let fault as Fault {
                life.witness.breach("\(key): \(fault)")
                throw fault
            } catch {
                life.witness.refused(key)
                throw error
            }
            await life.turns.pass(Turns.people, until: life.time.now.adding(ms: Int64(life.troubles.draw(1_000...90_000))))
        }
        throw GaveUp()
    }

    private func send<T: Sendable>(_ key: String, as name: String, to process: SimulatedProcess, by person: Person.ID, _ body: @escaping @Sendable (HallAct) throws -> T) async throws -> T {
        return try await RequestMark.$id.withValue(key) {
            try await process.hall.act(by: .person(person), at: process.clock.now, key: IdempotencyKey(key: name, digest: key)) { act in
                let result = try body(act)
                act.act.answer = key
                return result
            }
        }
    }

    /// Sent once more after it was answered: the same answer, nothing new.
    private func again<T: Sendable>(_ key: String, by person: Person.ID, _ body: @escaping @Sendable (HallAct) throws -> T) async {
        guard let process = life.reach() else { return }
        do {
            _ = try await send(key, as: key, to: process, by: person, body)
            life.witness.breach("I10 \(key): carried out again under the same key")
        } catch let replayed as Replayed {
            if replayed.answer != key { life.witness.breach("I10 \(key): another answer than the first time: \(replayed.answer)") }
            life.witness.repeated()
        } catch is Fault {} catch is ProcessDied {} catch {
            life.witness.breach("I10 \(key): refused under a key that had been carried out: \(error)")
        }
    }
}
