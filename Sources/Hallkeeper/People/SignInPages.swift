import WorkCalendar

/// The way in: name and password, what was typed elsewhere carried along, on a demo whom to try.
struct SignInPage: Page {
    struct Try: Sendable {
        var login: String
        var label: String
    }
    var next: String
    /// Fields of a form that was sent after the session had ended.
    var carried: [(String, String)]
    var demo: [Try]
    var problem: String?
    var login = ""
    var title: String { Words.of(.zh)("sign-in.title") + " Sign in" }

    /// What may be carried: no secrets, no files.
    static func carried(_ form: Submitted) -> [(String, String)] {
        form.fields.filter { name, value in
            !["csrf", "key", "next"].contains(name) && !Submitted.isSecret(name) && value.utf8.count <= 8000
        }
    }

    func body(_ w: Words) -> HTML {
        """
        <div class="sheet sign-in">
        <h1>\(w("app.name"))</h1><p class="sub">\(w("app.line"))</p>
        \(carried.isEmpty ? nil : "<p class=\"flash warn\" role=\"status\">\(w("sign-in.kept"))</p>" as HTML)
        \(problem.map { "<p class=\"problem\" role=\"alert\">\($0)</p>" as HTML })
        <form method="post" action="\(Site.signIn.link())">
        <input type="hidden" name="next" value="\(next)">
        \(carried, { "<input type=\"hidden\" name=\"carry.\($0.0)\" value=\"\($0.1)\">" })
        <div class="field"><label for="login">\(w("sign-in.login"))</label>
        <input id="login" name="login" value="\(login)" autocomplete="username" autocapitalize="none" required></div>
        <div class="field"><label for="password">\(w("sign-in.password"))</label>
        <input id="password" name="password" type="password" autocomplete="current-password" required></div>
        <div class="actions"><button class="primary">\(w("sign-in.go"))</button></div>
        </form>
        \(demo.isEmpty ? nil : tries(w))
        <p class="note"><a href="\(Site.language.link("zh-CN"))">中文</a> · <a href="\(Site.language.link("en"))">English</a></p>
        </div>
        """
    }

    private func tries(_ w: Words) -> HTML {
        """
        <section><h2>\(w("sign-in.demo"))</h2><form method="post" action="\(Site.signIn.link())" class="tries">
        <input type="hidden" name="next" value="\(next)"><input type="hidden" name="password" value="demo-hallkeeper">
        \(demo, { "<button name=\"login\" value=\"\($0.login)\" class=\"quiet\">\($0.label)</button>" })
        </form></section>
        """
    }

    static func samples(_ w: Words) -> [SignInPage] {
        [
            SignInPage(next: "/today", carried: [], demo: [Try(login: "guide-chengnan", label: "引导员 · 城南")], problem: nil),
            SignInPage(next: "/report/weather.reported", carried: [("kind", "rain")], demo: [], problem: "登录名或密码不对。", login: "guide"),
        ]
    }
}

/// After signing in: what was typed before is still here; one button sends it.
struct CarryPage: Page {
    var path: String
    var fields: [(String, String)]
    /// The same in the words of the form, without what is empty.
    var shown: [(String, String)]
    var csrf: String
    var title: String { Words.of(.zh)("carry.title") }

    func body(_ w: Words) -> HTML {
        """
        <div class="sheet"><h1>\(w("carry.title"))</h1><p>\(w("carry.text"))</p>
        <form method="post" action="\(path)"><input type="hidden" name="csrf" value="\(csrf)">
        \(fields, { "<input type=\"hidden\" name=\"\($0.0)\" value=\"\($0.1)\">" })
        <dl class="facts">\(shown, { "<dt>\($0.0)</dt><dd>\($0.1)</dd>" })</dl>
        <div class="actions"><button class="primary">\(w("carry.send"))</button> <a class="button quiet" href="\(Site.today.link())">\(w("carry.leave"))</a></div>
        </form></div>
        """
    }

    static func samples(_ w: Words) -> [CarryPage] { [CarryPage(path: "/report/weather.reported", fields: [("kind", "rain")], shown: [("天气", "雨")], csrf: "x")] }
}

/// A refusal: what is wrong, in a sentence, and the way back.
struct RefusalPage: Page {
    var status: Int
    var sentence: String
    var title: String { "\(status)" }

    func body(_ w: Words) -> HTML {
        """
        <div class="sheet"><h1>\(sentence)</h1>
        <div class="actions"><a class="button primary" href="\(Site.today.link())">\(w("error.home"))</a></div>
        <p class="note">\(status)</p></div>
        """
    }

    static func samples(_ w: Words) -> [RefusalPage] { [RefusalPage(status: 404, sentence: w(Refusal.notFound.sentence))] }
}
