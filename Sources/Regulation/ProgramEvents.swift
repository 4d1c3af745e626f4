import WorkCalendar

/// Kinds of event the program records by itself; any pack may use them.
enum ProgramEvents {
    static let all: [EventKind] = [
        kind("duty.done", "任务完成", "Duty done", ["rule", "outcome"]),
        kind("duty.missed", "任务漏做", "Duty missed", ["rule"]),
        kind("duty.overdue", "任务超时", "Duty overdue", ["rule"]),
        kind("duty.waived", "任务免做", "Duty waived", ["rule"]),
        kind("finding.recorded", "发现问题", "Finding recorded", ["severity", "point", "clause", "form"]),
        kind("finding.found-again", "问题再次发现", "Finding found again", ["severity", "point", "clause", "form"]),
        kind("finding.closed-off", "现场已封闭", "Place closed off", ["severity", "point", "clause", "form"]),
        kind("finding.rectified", "问题已整改", "Finding rectified", ["severity", "point", "clause", "form"]),
        kind("finding.rechecked", "问题已复查", "Finding re-checked", ["severity", "point", "clause", "form"]),
        kind("item.registered", "物品登记", "Thing registered", ["kind"]),
        kind("item.changed", "物品变动", "Thing changed", ["kind"]),
        kind("item.renewed", "物品已维修或更换", "Thing serviced or replaced", ["kind", "how"]),
        kind("item.retired", "物品停用", "Thing retired", ["kind"]),
        kind("qualification.granted", "培训合格", "Qualification granted", ["topic"]),
        kind("trait.answered", "条件已填报", "Trait answered", ["trait"]),
        kind("place.closed", "按令关闭", "Place closed", ["day"]),
        kind("roster.changed", "排班变动", "Roster changed", ["role"]),
        kind("role.unfilled", "岗位没人", "Role unfilled", ["role", "day"]),
    ]

    private static let words: [String: Text] = [
        "rule": Text("规则", "Rule"), "outcome": Text("结果", "Outcome"), "severity": Text("程度", "Severity"),
        "point": Text("检查点", "Point"), "clause": Text("条款", "Clause"), "form": Text("表单", "Form"),
        "topic": Text("培训", "Topic"), "trait": Text("条件", "Trait"), "day": Text("日期", "Day"),
        "role": Text("岗位", "Role"), "kind": Text("种类", "Kind"), "how": Text("做法", "How"), "serviced": Text("维修", "Serviced"), "replaced": Text("更换", "Replaced"), "minor": Text("一般", "Minor"), "serious": Text("严重", "Serious"),
        "danger": Text("危险", "Danger"), "done": Text("按时", "In time"), "late": Text("超时", "Late"),
    ]
    private static let choices = ["severity": Field.severities, "outcome": ["done", "late"], "how": ["serviced", "replaced"]]

    private static func field(_ id: String) -> Field {
        let options = choices[id] ?? []
        var field = Field(
            id: id, title: words[id] ?? Text(id, id), kind: id == "day" ? .day : options.isEmpty ? .text : .choice)
        field.options = options.map { Field.Option(id: $0, name: words[$0] ?? Text($0, $0)) }
        return field
    }

    private static func kind(_ id: String, _ zh: String, _ en: String, _ fields: [String]) -> EventKind {
        EventKind(
            id: id, name: Text(zh, en), fields: fields.map(field), may: [], isCompanyWide: false, isImmediate: false,
            act: nil, isProgram: true)
    }
}
