import WorkCalendar

/// Groups of the scores: each clause in one of them, and each scored point's clause in some.
extension PackCheck {
    func checkScores() {
        let groups = pack.company.scores.groups
        guard !groups.isEmpty else { return }
        let valid = clauses + Set(pack.clauses.map(\.group)).sorted()
        var taken: [String: String] = [:]
        for group in groups {
            for (index, clause) in group.clauses.enumerated() {
                let path = "score-group:\(group.id)/clauses"
                known(clause, valid, at: reading.spots["\(path)/\(index)"] == nil ? path : "\(path)/\(index)", "条款", "clause")
                guard let other = taken.updateValue(group.id, forKey: clause) else { continue }
                reading.tell(
                    at: reading.spots["\(path)/\(index)"] == nil ? path : "\(path)/\(index)", "“\(clause)”已在评分组“\(other)”里",
                    "“\(clause)” is in the score group “\(other)” already")
            }
        }
        for form in pack.forms where form.isRound {
            for field in form.fields where field.isScored && pack.company.scores.group(of: field.clause ?? "") == nil {
                reading.tell(
                    at: "form:\(form.id)/fields:\(field.id)/clause", "条款“\(field.clause ?? "")”不在任何评分组里，这一点算不了分",
                    "clause “\(field.clause ?? "")” is in no score group: this point cannot be scored")
            }
        }
    }
}
