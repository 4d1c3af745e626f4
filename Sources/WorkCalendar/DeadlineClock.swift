extension DeadlineWalk {
    /// The end of minutes and hours of clock time: each pause adds its length.
    mutating func clock(
        _ period: Period, from start: Instant, pauses: [Range<Instant>]
    ) throws(DeadlineMistake) -> Instant {
        let length = period.words
        let here = words(start)
        say("\(here.zh) 起 \(length.zh)，按钟表计", "\(length.en) from \(here.en), by the clock")
        var due = start.adding(ms: period.milliseconds)
        for pause in pauses where pause.lowerBound < due {
            guard pause.upperBound.ms < .max else { throw .paused(since: pause.lowerBound) }
            let stopped = pause.upperBound.ms - pause.lowerBound.ms
            due = due.adding(ms: stopped)
            let begin = words(pause.lowerBound)
            say(
                "\(begin.zh) 起暂停 \(stopped / 60_000) 分钟，顺延同样长",
                "paused for \(stopped / 60_000) min from \(begin.en): as much later")
        }
        sayDue(due)
        return due
    }

    /// The end of minutes and hours that run only while the unit is open and nothing pauses them.
    mutating func service(
        _ period: Period, from start: Instant, pauses: [Range<Instant>]
    ) throws(DeadlineMistake) -> Instant {
        let length = period.words
        let here = words(start)
        say("\(here.zh) 起 \(length.zh)，只在营业时间内计", "\(length.en) from \(here.en), in opening hours only")
        var left = period.milliseconds
        guard left > 0 else { return start }
        var stream = OpenStream(unit, from: start)
        var steps = 0
        var waiting = pauses[...]
        while let open = stream.next() {
            var from = open.lowerBound
            while from < open.upperBound {
                while let pause = waiting.first, pause.upperBound <= from { waiting.removeFirst() }
                if let pause = waiting.first, pause.lowerBound <= from {
                    guard pause.upperBound.ms < .max else { throw .paused(since: pause.lowerBound) }
                    let to = min(pause.upperBound, open.upperBound)
                    say(
                        "\(words(from).zh) 至 \(words(to).zh) 暂停，不计",
                        "\(words(from).en) to \(words(to).en) paused, not counted")
                    from = to
                    continue
                }
                let to = min(open.upperBound, waiting.first?.lowerBound ?? open.upperBound)
                let ran = to.ms - from.ms
                steps += 1
                if ran >= left {
                    let due = from.adding(ms: left)
                    if steps > 5 { say("……", "…") }
                    sayRan(from, due)
                    takeProvisional(stream, from: start, to: due)
                    sayDue(due)
                    return due
                }
                if steps <= 4 { sayRan(from, to) }
                left -= ran
                from = to
            }
        }
        throw .notWithinTenYears
    }

    private mutating func sayRan(_ from: Instant, _ to: Instant) {
        let minutes = (to.ms - from.ms) / 60_000
        let begin = words(from)
        let end = unit.zone.day(of: from) == unit.zone.day(of: to)
            ? Text(unit.zone.clock(to), unit.zone.clock(to)) : words(to)
        say("\(begin.zh)–\(end.zh)：\(minutes) 分钟", "\(begin.en)–\(end.en): \(minutes) min")
    }

    private mutating func sayDue(_ due: Instant) {
        let then = words(due)
        say("到 \(then.zh) 为止", "ends \(then.en)")
    }

    private mutating func takeProvisional(_ stream: OpenStream, from: Instant, to: Instant) {
        guard stream.provisional else { return }
        var day = unit.zone.day(of: from)
        let last = unit.zone.day(of: to)
        while day <= last {
            noteHours(day)
            day = day.adding(days: 1)
        }
    }
}
