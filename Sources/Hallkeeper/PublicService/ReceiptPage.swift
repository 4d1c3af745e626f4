import WorkCalendar

/// What a customer takes home: the code, its picture, what was promised; no name, no phone, no word of the matter.
struct ReceiptPage: Page {
    var title: String
    var company: String
    var written: String
    var qr: HTML
    /// Number, when it was taken in, by when they are contacted and answered.
    var facts: [(name: String, value: String)]
    var link: String
    var phone: String
    var back: String

    func body(_ w: Words) -> HTML {
        """
        <div class="public-log receipt"><p class="sub">\(company)</p><h1>\(title)</h1>
        <p>\(w("track.code"))</p><p class="mono due"><b>\(written)</b></p><p>\(qr)</p>
        <dl class="facts">\(facts, { "<dt>\($0.name)</dt><dd>\($0.value)</dd>" })</dl>
        <p class="note">\(w("receipt.how", ["link": link]))</p>\(phone.isEmpty ? nil : "<p>\(w("public.call", ["phone": phone]))</p>" as HTML)
        <p class="note noprint">\(w("receipt.print"))</p><p class="noprint"><a class="button" href="\(back)">\(w("receipt.back"))</a></p></div>
        """
    }

    static func samples(_ w: Words) -> [ReceiptPage] {
        [ReceiptPage(title: w("receipt.title"), company: "示例公司", written: "ABCD-EFGH-JKMN-PQRS", qr: "", facts: [(w("receipt.number"), "TS20261124-0007"), (w("receipt.answer"), "11月30日 17:30")], link: "https://example.cn/track", phone: "010-12345678", back: "#")]
    }
}

/// What is done with what a customer tells us, before they tell it (Personal Information Protection Law, article 17).
struct PrivacyPage: Page {
    var title: String
    var company: String
    var phone: String
    var years: String

    func body(_ w: Words) -> HTML {
        let keys = ["who", "what", "why", "how", "kept", "rights", "report"]
        return """
            <div class="public-log"><p class="sub">\(company)</p><h1>\(title)</h1>
            \(keys, { "<section><h2>\(w("privacy.\($0)"))</h2><p>\(w("privacy.\($0)-text", ["company": company, "phone": phone, "years": years]))</p></section>" })
            <p><a class="button wide" href="\(Site.service.link())">\(w("public.title"))</a></p>\(PublicFormPage.languages(Site.privacy.link()))</div>
            """
    }

    static func samples(_ w: Words) -> [PrivacyPage] { [PrivacyPage(title: w("privacy.title"), company: "示例公司", phone: "010-12345678", years: "3")] }
}
