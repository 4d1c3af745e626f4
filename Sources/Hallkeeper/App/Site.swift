/// The map: every address on one page. Entries, with their permissions, stand beside their handlers; here they are gathered.
enum Site {
    static let home = Route("/")
    static let signIn = Route("/sign-in")
    static let signOut = Route("/sign-out")
    static let language = Route("/language/:language")
    static let handOverCounter = Route("/counter")
    static let setUp = Route("/set-up")
    static let today = Route("/today")
    static let duty = Route("/duties/:place/:duty")
    static let dutyHandover = Route("/duties/:place/:duty/handover")
    static let dutyWaiver = Route("/duties/:place/:duty/waiver")
    static let correction = Route("/records/:place/:record/correction")
    static let walk = Route("/walks/:place/:duty")
    static let walkSession = Route("/walks/session")
    static let upload = Route("/uploads/:sha")
    static let queue = Route("/queue")
    static let renewal = Route("/sign-in/pin")
    static let serviceWorker = Route("/worker.js")
    static let offline = Route("/offline")
    static let finding = Route("/findings/:place/:finding")
    static let findings = Route("/findings")
    static let notice = Route("/findings/:place/:finding/notice")
    static let closingOff = Route("/findings/:place/:finding/closing-off")
    static let rectification = Route("/findings/:place/:finding/rectification")
    static let recheck = Route("/findings/:place/:finding/recheck")
    static let reports = Route("/report")
    static let report = Route("/report/:kind")
    static let board = Route("/board/:place")
    static let screen = Route("/screen/:token")
    static let halls = Route("/halls")
    static let evening = Route("/evening/:place")
    static let coverage = Route("/coverage")
    static let coverageList = Route("/coverage/:what")
    static let coverageCell = Route("/coverage/:place/:clause")
    static let patrols = Route("/patrols")
    static let patrolNew = Route("/patrols/new")
    static let patrol = Route("/patrols/:place/:patrol")
    static let patrolWalk = Route("/patrols/:place/:patrol/walk")
    static let differences = Route("/differences")
    static let differenceRows = Route("/differences/rows")
    static let scores = Route("/scores")
    static let scoresOfHall = Route("/scores/:place")
    static let complaints = Route("/complaints")
    static let complaintNew = Route("/complaints/new")
    static let complaintBeside = Route("/complaints/beside")
    static let complaintViews = Route("/complaints/views")
    static let complaintViewEnd = Route("/complaints/views/:view/end")
    static let complaintBulk = Route("/complaints/bulk")
    static let bulk = Route("/bulk/:bulk")
    static let bulkUndo = Route("/bulk/:bulk/undo")
    static let replies = Route("/replies")
    static let replyEnd = Route("/replies/:reply/end")
    static let complaintPresence = Route("/complaints/:complaint/presence")
    static let complaintDraft = Route("/complaints/:complaint/drafts/:act")
    static let customers = Route("/customers")
    static let customerImport = Route("/customers/import")
    static let customer = Route("/customers/:customer")
    static let customerFlag = Route("/customers/:customer/flag")
    static let customerErasure = Route("/customers/:customer/erasure")
    static let deputies = Route("/stand-ins")
    static let deputyEnd = Route("/stand-ins/:deputy/end")
    static let complaintHandedOver = Route("/complaints/handed-over/:code")
    static let figures = Route("/figures")
    static let figureRows = Route("/figures/rows")
    static let figureTable = Route("/figures/export")
    static let imports = Route("/case-imports")
    static let importSample = Route("/case-imports/sample")
    static let import_ = Route("/case-imports/:import")
    static let importWrong = Route("/case-imports/:import/wrong")
    static let served = Route("/figures/customers")
    static let complaintExport = Route("/complaints/export")
    static let complaint = Route("/complaints/:complaint")
    static let complaintAct = Route("/complaints/:complaint/acts/:act")
    static let complaintContact = Route("/complaints/:complaint/contact")
    static let complaintSlip = Route("/complaints/:complaint/slip")
    static let complaintLetter = Route("/complaints/:complaint/reply-letter")
    static let complaintReport = Route("/complaints/:complaint/investigation")
    static let service = Route("/service")
    static let privacy = Route("/service/privacy")
    static let receipt = Route("/track/:code/receipt")
    static let complaintReceipt = Route("/complaints/:complaint/receipt")
    static let track = Route("/track")
    static let tracked = Route("/track/:code")
    static let trackedAct = Route("/track/:code/acts/:act")
    static let inbox = Route("/inbox")
    static let clauses = Route("/clauses")
    static let clause = Route("/clauses/:clause")
    static let people = Route("/people")
    static let person = Route("/people/:person")
    static let roster = Route("/roster/:place")
    static let places = Route("/places")
    static let place = Route("/places/:place")
    static let placeHours = Route("/places/:place/hours")
    static let placeEnd = Route("/places/:place/end")
    static let placeClosure = Route("/places/:place/closures")
    static let placeTrait = Route("/places/:place/traits")
    static let outlets = Route("/places/:place/outlets")
    static let outletTest = Route("/places/:place/outlets/:outlet/test")
    static let outletEnd = Route("/places/:place/outlets/:outlet/end")
    static let subscriptions = Route("/subscriptions")
    static let subscriptionTest = Route("/subscriptions/:subscription/test")
    static let subscriptionAgain = Route("/subscriptions/:subscription/again")
    static let subscriptionEnd = Route("/subscriptions/:subscription/end")
    static let devices = Route("/places/:place/devices")
    static let rounds = Route("/rounds")
    static let round = Route("/rounds/:form")
    static let roundNew = Route("/rounds/new")
    static let roundSchedule = Route("/rounds/:form/schedule")
    static let roundPoint = Route("/rounds/:form/points/:point")
    static let roundPointMove = Route("/rounds/:form/points/:point/move")
    static let roundPointRemove = Route("/rounds/:form/points/:point/removal")
    static let roundTable = Route("/rounds/:form/points.csv")
    static let roundImport = Route("/rounds/:form/import")
    static let roundDiscard = Route("/rounds/:form/discard")
    static let roundPublish = Route("/rounds/:form/publication")
    static let roundAnswers = Route("/rounds/:form/answers.csv")
    static let hallRound = Route("/places/:place/rounds/:form")
    static let ownPoints = Route("/places/:place/rounds/:form/points")
    static let ownPointEnd = Route("/places/:place/rounds/:form/points/:point/end")
    static let referencePhoto = Route("/places/:place/rounds/:form/points/:point/photo")
    static let voluntary = Route("/voluntary")
    static let items = Route("/items")
    static let itemsOf = Route("/items/:place")
    static let itemTable = Route("/items/:place/items.csv")
    static let itemImport = Route("/items/:place/import")
    static let item = Route("/items/:place/:item")
    static let itemRenewal = Route("/items/:place/:item/renewal")
    static let itemRetirement = Route("/items/:place/:item/retirement")
    static let labels = Route("/labels/:place")
    static let labelSheet = Route("/labels/:place/sheet.pdf")
    static let labelRevocation = Route("/labels/:place/:code/revocation")
    static let scans = Route("/q")
    static let scan = Route("/q/:code")
    static let log = Route("/log/:code")
    static let plan = Route("/plans/:place")
    static let planHeat = Route("/plans/:place/heat")
    static let planEdit = Route("/plans/:place/edit")
    static let planPicture = Route("/plans/:place/picture")
    static let planMarks = Route("/plans/:place/marks")
    static let planImage = Route("/plans/:place/:version/image")
    static let packs = Route("/packs")
    static let packPreview = Route("/packs/:version")
    static let ledger = Route("/ledger")
    static let me = Route("/me")
    static let photo = Route("/photos/:hash")
    static let smallPhoto = Route("/photos/:hash/small")
    static let events = Route("/events")
    static let demoClock = Route("/demo/clock")
    static let confirmClock = Route("/clock/confirmation")
    static let health = Route("/health")
    static let ready = Route("/ready")
    static let metrics = Route("/metrics")
    static let gallery = Route("/dev/pages")
    static let apiToday = Route("/api/today")
    static let apiDuty = Route("/api/duties/:place/:duty")
    static let apiComplaints = Route("/api/v1/complaints")
    static let apiComplaint = Route("/api/v1/complaints/:complaint")
    static let apiTransitions = Route("/api/v1/complaints/:complaint/transitions")
    static let apiNotes = Route("/api/v1/complaints/:complaint/notes")
    static let apiAttachments = Route("/api/v1/complaints/:complaint/attachments")
    static let apiV1Description = Route("/api/v1/openapi.yaml")
    static let apiDescription = Route("/api/openapi.json")

    /// Every entry there is, narrowed to the groups this process serves.
    static func entries(_ hall: Hallkeeper, groups: Set<Entry.Group> = Set(Entry.Group.allCases)) -> [Entry] {
        let all: [Entry] =
            [Entry("GET", home, .anyone) { _ in .redirect(today.link()) }, Assets.entry]
            + SignInRoutes(hall: hall).entries
            + TodayRoutes(hall: hall).entries
            + DutyRoutes(hall: hall).entries
            + WalkRoutes(hall: hall).entries
            + FindingRoutes(hall: hall).entries
            + ReportRoutes(hall: hall).entries
            + BoardRoutes(hall: hall).entries
            + CoverageRoutes(hall: hall).entries
            + PatrolRoutes(hall: hall).entries
            + DifferenceRoutes(hall: hall).entries
            + ScoreRoutes(hall: hall).entries
            + CaseExportRoutes(hall: hall).entries
            + QueueRoutes(hall: hall).entries
            + IntakeRoutes(hall: hall).entries
            + ComplaintRoutes(hall: hall).entries
            + DeskRoutes(hall: hall).entries
            + CustomerRoutes(hall: hall).entries
            + DeputyRoutes(hall: hall).entries
            + FigureRoutes(hall: hall).entries
            + ImportRoutes(hall: hall).entries
            + PublicServiceRoutes(hall: hall).entries
            + InboxRoutes(hall: hall).entries
            + ClauseRoutes(hall: hall).entries
            + PeopleRoutes(hall: hall).entries
            + PersonRoutes(hall: hall).entries
            + PlaceListRoutes(hall: hall).entries + PlaceRoutes(hall: hall).entries
            + OutletRoutes(hall: hall).entries
            + ItemRoutes(hall: hall).entries
            + LabelRoutes(hall: hall).entries
            + ScanRoutes(hall: hall).entries
            + PublicLogRoutes(hall: hall).entries
            + PlanRoutes(hall: hall).entries
            + PackRoutes(hall: hall).entries
            + HallRoundRoutes(hall: hall).entries
            + RoundRoutes(hall: hall).entries
            + AdminRoutes(hall: hall).entries
            + SetUpRoutes(hall: hall).entries
            + APIRoutes(hall: hall).entries
            + ComplaintAPI(hall: hall).entries
            + SubscriptionRoutes(hall: hall).entries
            + WatchRoutes(hall: hall).entries
        return all.filter { groups.contains($0.group) }
    }
}
