import Regulation
import Store
import WorkCalendar

/// Made-up cases from before the program: a sample of what a file may look like, and what the demo begins with.
enum OldCases {
    private static let said: [(kind: String, text: String, reply: String)] = [
        ("水质", "连续三天早上水龙头出水发黄，接一盆要沉淀半小时才能用。", "管网末端冲洗不及时，已加装排放阀并每周冲洗，现场取水检测合格。"),
        ("恢复超时", "说好下午四点来水，晚上九点还没有，家里有老人和小孩。", "抢修中发现第二处漏点，未及时告知。已致歉，今后每两小时发布一次进度。"),
        ("抄表差错", "这个月水费比上个月多了三倍，家里没有人，怀疑估抄。", "核实为估抄，已按实际读数退补 128 元，并对抄表员进行了培训。"),
        ("服务态度", "窗口人员一边看手机一边说材料不全，也不说缺什么。", "属实，当事人已当面致歉；窗口公示了一次性告知单。"),
        ("水压", "六楼以上早晚高峰没有水压，热水器打不着。", "小区泵房压力设定偏低，已调整并安装压力监测。"),
        ("报装过户销户", "过户跑了两趟，第一次没有说要带原户主身份证复印件。", "已上门补收材料办结，网站的材料清单已更新。"), ("票据发票", "电子发票下载下来是空白的，单位报销不了。", "系统升级造成，已重新开具并发送到邮箱。"),
        ("施工扰民与路面恢复", "门口路面挖开半个月没有恢复，下雨天全是泥。", "因雨延误，已恢复路面并清洗。"),
    ]
    private static let names = ["王敏", "李建国", "陈秀英", "赵磊", "周婷", "吴海"]
    private static let channels = ["呼叫中心热线", "营业大厅", "网站", "微信公众号"]

    /// A head and so many rows, each some days further back.
    static func rows(_ count: Int, before day: Day) -> [[String]] {
        var lot = Chance(seed: 7)
        var table = [["工单号", "受理时间", "性质", "类别", "来源", "客户", "联系电话", "地址", "内容", "处理结果", "答复时间", "满意度"]]
        for number in 0..<count {
            let one = said[number % said.count]
            let taken = day.adding(days: -40 - number * 5)
            let answered = taken.adding(days: lot.minutes(1...9))
            let phone = "130" + String(String(100_000_000 + lot.next() % 100_000_000).dropFirst())
            table.append([
                "OLD-\(taken.year)-\(String(10_000 + count - number).dropFirst())", "\(taken) \(lot.minutes(8...17)):\(lot.minutes(10...59))", "投诉", one.kind, lot.pick(channels) ?? "", lot.pick(names) ?? "", phone,
                "滨江路 \(lot.minutes(1...200)) 号", one.text, one.reply, answered.description, lot.pick(["满意", "非常满意", "基本满意", "不满意", ""]) ?? "",
            ])
        }
        return table
    }

    /// Takes them in through the same steps as a file of somebody's.
    static func take(_ hall: Hallkeeper, at now: Instant) async throws {
        let text = CSVText.write(rows(48, before: hall.zone.day(of: now)))
        let importing = Importing(hall: hall)
        let one = try await importing.begin(Array(text.utf8), name: "2026年以前的工单.csv", by: .machine("command"), person: "", at: now)
        let head = try await importing.file(one).head
        try await importing.map(one, ImportMapping(json: one.mapping), head: head, start: true, by: .machine("command"), at: now)
        while try await Spreading(hall: hall).work(at: now) {}
    }
}
