//! What the made-up people of the demonstration write to each other. Words only; nothing here decides anything.

use self::Said::{Day, Euros, Option, Options, Product, Text};

/// A department of the demonstration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    It,
    Assets,
    Budget,
}

impl Place {
    pub(super) const ALL: [Self; 3] = [Self::It, Self::Assets, Self::Budget];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::It => "IT Support",
            Self::Assets => "Asset Management",
            Self::Budget => "Budget Office",
        }
    }

    /// The parts of the shipped catalogue it takes.
    pub(super) const fn templates(self) -> &'static [&'static str] {
        match self {
            Self::It => &["it_support", "others"],
            Self::Assets => &["asset_check_in", "asset_check_out"],
            Self::Budget => &["new_budget_proposal"],
        }
    }
}

/// What a ticket says in a field of its form.
#[derive(Clone, Copy, Debug)]
pub(super) enum Said {
    /// Text with places to fill.
    Text(&'static str),
    /// An option.
    Option(&'static str),
    /// The asset that the thing is; a ticket about another thing has no category.
    Product,
    /// Options.
    Options(&'static [&'static str]),
    /// A day so many days after the department was made.
    Day(i64),
    /// An amount.
    Euros(i64),
}

/// One kind of ticket. `{thing}`, `{room}` and `{when}` are filled from the story's things and the lists below.
#[derive(Clone, Copy, Debug)]
pub(super) struct Story {
    pub(super) place: Place,
    /// The category it is filed in, and what it says in the form.
    pub(super) category: &'static str,
    pub(super) form: &'static [(&'static str, Said)],
    pub(super) subject: &'static str,
    pub(super) description: &'static str,
    pub(super) things: &'static [&'static str],
    pub(super) question: &'static str,
    pub(super) answer: &'static str,
    pub(super) note: &'static str,
    pub(super) solution: &'static str,
}

pub(super) const ROOMS: &[&str] = &[
    "room 1.14",
    "room 2.03",
    "the lab",
    "the front desk",
    "the warehouse",
    "meeting room Oak",
    "branch North",
    "the training room",
];

pub(super) const TIMES: &[&str] = &[
    "since this morning",
    "since Monday",
    "for three days",
    "since the last update",
    "every afternoon",
    "after lunch today",
];

pub(super) const STORIES: &[Story] = &[
    Story {
        place: Place::It,
        category: "Email/Account Access Issue",
        form: &[("software_affected", Text("{thing}"))],
        subject: "{thing} asks for the password again and again",
        description: "{when} {thing} forgets that I am signed in and asks for the password every few minutes. \
                      I changed nothing.\n\nIt happens in {room} and also at home.",
        things: &["Outlook", "the calendar on my phone", "Teams", "the shared mailbox", "the project drive"],
        question: "Does it also ask when you use the web version instead of the app?",
        answer: "No, in the browser it works. Only the app asks.",
        note: "Stale token in the credential store, third case this week.",
        solution: "I removed the stored credentials and signed you in again. Please restart the app once.",
    },
    Story {
        place: Place::It,
        category: "Printer/Scanner Setup or Issue",
        form: &[("device_type", Option("printer"))],
        subject: "{thing} in {room} does not print",
        description: "{thing} shows *ready*, but nothing comes out {when}. Other people have the same problem.\n\n\
                      - paper is full\n- toner is new\n- I switched it off and on",
        things: &["the colour printer", "the label printer", "the large printer", "the badge printer"],
        question: "What does the small display say when you send a page?",
        answer: "It says `waiting for job` and then goes back to ready.",
        note: "Print queue hangs on the server, the driver from the last patch round again.",
        solution: "The print queue was stuck. I cleared it and rolled the driver back; a test page came out.",
    },
    Story {
        place: Place::It,
        category: "Internet/Network Connectivity Issue",
        form: &[],
        subject: "Very slow network in {room}",
        description: "{when} everything takes ages in {room}. {thing} needs minutes to open. On the phone's hotspot it is fast.",
        things: &[
            "a web page",
            "the ticket portal",
            "the video call",
            "a file from the share",
            "the booking system",
        ],
        question: "Are you on the cable or on the wireless network there?",
        answer: "On the cable. The wireless is a little better.",
        note: "Port negotiates 10 Mbit/s half duplex. Patch cable or dock.",
        solution: "The patch cable was damaged. It is replaced, and the port runs at full speed again.",
    },
    Story {
        place: Place::It,
        category: "Software Installation/Update",
        form: &[("device_type", Option("laptop")), ("software_affected", Text("{thing}"))],
        subject: "Please install {thing}",
        description: "For the project that starts next week I need {thing} on my laptop. My lead has agreed.",
        things: &[
            "the drawing program",
            "the statistics package",
            "a PDF editor",
            "the database client",
            "the video editor",
        ],
        question: "For how long do you need it, and is there a licence in your project's budget?",
        answer: "Until the end of the year. The licence is in the project's budget, line 4.",
        note: "Licence pool has two seats left.",
        solution: "It is in your software centre now; press *Install* when it suits you.",
    },
    Story {
        place: Place::It,
        category: "Hardware Troubleshooting",
        form: &[("device_type", Option("other")), ("device_other", Text("{thing}, with a second monitor"))],
        subject: "{thing} shows a blue screen",
        description: "{when} {thing} stops with a blue screen, mostly when I plug in the second monitor. I lose what I typed.",
        things: &["my laptop", "the workstation", "the loan laptop", "the reception PC"],
        question: "Could you send the code at the bottom of the screen?",
        answer: "It was `VIDEO_TDR_FAILURE`.",
        note: "Known fault of this graphics driver with the new dock firmware.",
        solution: "Driver and dock firmware are updated. Please tell us if it comes back.",
    },
    Story {
        place: Place::It,
        category: "Virus/Malware Check",
        form: &[("software_affected", Text("Outlook"))],
        subject: "Suspicious mail about {thing}",
        description: "I got a mail about {thing} that looks odd: the sender's address does not fit, and it wants me to sign in. \
                      I did **not** click.",
        things: &[
            "an unpaid invoice",
            "my mailbox being full",
            "a parcel",
            "a new payroll portal",
            "a shared document",
        ],
        question: "Thank you for asking first. Could you forward it as an attachment?",
        answer: "Done, as an attachment.",
        note: "Same campaign as yesterday. Blocked the sender's domain.",
        solution: "It was an attempt to steal passwords. The sender is blocked for everybody; delete the mail, nothing else to do.",
    },
    Story {
        place: Place::It,
        category: "Data Backup/Restore",
        form: &[],
        subject: "Restore {thing} from the backup",
        description: "{when} {thing} is gone or empty. I need the version from last week, please.",
        things: &[
            "the folder `Offers`",
            "my presentation",
            "a spreadsheet on the share",
            "the old project plan",
        ],
        question: "Which path was it exactly, and roughly which day should it be from?",
        answer: "`S:\\Team\\Shared`, as of last Thursday.",
        note: "Snapshot of Thursday 18:00 has it.",
        solution: "Restored beside the present one, with the date in its name.",
    },
    Story {
        place: Place::It,
        category: "Email/Account Access Issue",
        form: &[],
        subject: "Access to {thing}",
        description: "I moved to another team and need access to {thing}. At the moment I get *permission denied*.",
        things: &[
            "the sales dashboard",
            "the project space Atlas",
            "the supplier portal",
            "the archive share",
            "the wiki's team area",
        ],
        question: "Who leads the team now? We need his word for it.",
        answer: "I asked; the lead has just confirmed in the chat and copied you.",
        note: "Confirmed by the owner of the group.",
        solution: "You are in the group now. Sign out and in once and it will work.",
    },
    Story {
        place: Place::Assets,
        category: "Asset Check In",
        form: &[
            ("asset_product", Product),
            ("asset", Text("{thing}")),
            ("asset_location", Option("main_office_2")),
            ("asset_issue", Option("battery_issue")),
        ],
        subject: "Checking in {thing}",
        description: "I am giving back {thing}; it is in {room}. The accessories are in the bag. The battery has become weak.",
        things: &["a laptop", "a wireless mouse", "a tablet", "a wireless keyboard"],
        question: "Which serial number is on the sticker, please?",
        answer: "SN-48213, on the underside.",
        note: "Battery at 61 % of its capacity; for the repair shelf.",
        solution: "Received and checked. It is no longer on your name.",
    },
    Story {
        place: Place::Assets,
        category: "Asset Check Out",
        form: &[
            ("asset_product", Product),
            ("asset", Text("{thing}")),
            ("asset_location", Option("main_office_1")),
            ("expected_return_date", Day(14)),
            ("purpose", Text("A workshop with eleven people.")),
        ],
        subject: "{thing} for the workshop in {room}",
        description: "For a workshop with eleven people we need {thing} in {room}, from Tuesday to Thursday.",
        things: &[
            "a projector",
            "six laptops",
            "a conference microphone",
            "two whiteboards",
            "a large screen",
        ],
        question: "From when on Tuesday, and who takes it over?",
        answer: "From 8:30. I take it over myself.",
        note: "Reserved. The second projector is still in repair.",
        solution: "It stands ready and is booked back on Thursday evening.",
    },
    Story {
        place: Place::Assets,
        category: "Asset Check In",
        form: &[
            ("asset_product", Product),
            ("asset", Text("{thing}")),
            ("asset_location", Option("main_office_3")),
            ("asset_issue", Option("not_functioning")),
        ],
        subject: "{thing} is broken",
        description: "{when} {thing} in {room} does not work properly any more. It was not dropped.",
        things: &["the dock", "the keyboard", "the mouse", "the monitor", "the chair's height adjustment"],
        question: "Could you tell us the inventory number?",
        answer: "It is IV-1107.",
        note: "Still under warranty until March.",
        solution: "Replaced from stock; the broken one goes back under warranty.",
    },
    Story {
        place: Place::Assets,
        category: "Asset Check Out",
        form: &[
            ("asset_product", Product),
            ("asset", Text("{thing}")),
            ("asset_location", Option("main_office_1")),
            ("expected_return_date", Day(730)),
        ],
        subject: "New colleague next month: {thing}",
        description: "A new colleague starts on the first. Please prepare {thing} in {room}.",
        things: &[
            "a complete workplace",
            "a laptop and a phone",
            "a desk with two monitors",
            "a locker and a badge",
        ],
        question: "Does the person work on site or mostly at home?",
        answer: "Three days on site.",
        note: "Order the second monitor today, delivery takes ten days.",
        solution: "Everything is set up and labelled. The key is at the front desk.",
    },
    Story {
        place: Place::Budget,
        category: "Capital Expenses (CapEx)",
        form: &[
            ("cost_range", Option("up_to_10000")),
            ("budget_items", Text("Equipment, 4,800, {thing}\nServices, 600, yearly care")),
            ("requested_budget", Euros(5_400)),
            ("performance_start", Day(30)),
            ("performance_end", Day(395)),
            ("capex_elements", Options(&["equipment"])),
        ],
        subject: "Budget for {thing}",
        description: "We would like to ask for {thing}.\n\n| item | estimate |\n|---|---|\n| purchase | 4,800 |\n| yearly care | 600 |\n\n\
                      The present one no longer gets updates.",
        things: &[
            "a new measuring device",
            "the server's replacement",
            "training for the team",
            "a licence renewal",
            "a second 3D printer",
        ],
        question: "Is there a second offer? Above 2,500 we need two.",
        answer: "Attached to the request now; the second one is 12 % dearer.",
        note: "Fits in CapEx line 7 if the October purchase slips.",
        solution: "Approved in cost centre 4100. You may order.",
    },
    Story {
        place: Place::Budget,
        category: "Reimbursement Claim (Liabilities)",
        form: &[
            ("cost_range", Option("up_to_10000")),
            ("budget_items", Text("Payable, 85, {thing}")),
            ("requested_budget", Euros(85)),
            ("performance_start", Day(0)),
            ("performance_end", Day(30)),
            ("reimbursement_elements", Options(&["payable"])),
        ],
        subject: "Refund for {thing}",
        description: "I paid for {thing} myself and ask for a refund. The receipt is with my lead.",
        things: &[
            "a train ticket",
            "cables and adapters",
            "the speaker's dinner",
            "a conference fee",
            "a replacement charger",
        ],
        question: "Which cost centre does it belong to?",
        answer: "4120, the lead has signed.",
        note: "Receipt complete, VAT shown.",
        solution: "It will be paid out with the next payroll.",
    },
    Story {
        place: Place::Budget,
        category: "Charging Department (Cost Center)",
        form: &[
            ("cost_range", Option("up_to_50000")),
            ("budget_items", Text("Infrastructure, 12,000, {thing}")),
            ("performance_start", Day(0)),
            ("performance_end", Day(365)),
            ("cost_centre_elements", Options(&["infrastructure_and_equipment"])),
        ],
        subject: "Which cost centre for {thing}?",
        description: "We are not sure where {thing} belongs. It is used by two departments in equal parts.",
        things: &[
            "the shared licence",
            "the new meeting room",
            "the translation service",
            "the fleet's charging points",
        ],
        question: "Who signed the contract?",
        answer: "Both departments, half and half.",
        note: "Split 50:50, recurring.",
        solution: "Book half on 4100 and half on 4200; a standing split is set up.",
    },
];
