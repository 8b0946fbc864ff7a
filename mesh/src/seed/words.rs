//! What made-up people write. Each thing goes with each problem and place, so that subjects differ and words come as often as they
//! do: some in every tenth ticket, some in every thousandth.

/// The departments, in the order of [`THINGS`].
pub(super) const DEPARTMENTS: [&str; 6] =
    ["IT Support", "Assets", "Budget", "People", "Facilities", "Finance"];

/// What each of them takes of the shipped catalogue.
pub(super) const TEMPLATES: [&[&str]; 6] = [
    &["it_support"],
    &["asset_check_in", "asset_check_out"],
    &["new_budget_proposal"],
    &["others"],
    &["others"],
    &["others"],
];

/// What tickets of each department are about.
pub(super) const THINGS: [[&str; 12]; 6] = [
    [
        "Printer",
        "Laptop",
        "VPN",
        "Mail client",
        "Docking station",
        "Headset",
        "Shared drive",
        "Password",
        "Monitor",
        "Wireless network",
        "Video meeting",
        "Access card",
    ],
    [
        "Check out of a laptop",
        "Check in of a phone",
        "Replacement battery",
        "Projector",
        "Label printer",
        "Tablet",
        "Spare monitor",
        "Camera",
        "Desk phone",
        "Badge reader",
        "Tool box",
        "Company car",
    ],
    [
        "Budget proposal",
        "Software licence",
        "Training course",
        "Travel allowance",
        "Cost centre",
        "Purchase order",
        "Hardware refresh",
        "Conference budget",
        "Team event",
        "Marketing campaign",
        "Consulting contract",
        "Subscription",
    ],
    [
        "Holiday request",
        "Sick note",
        "Onboarding",
        "Employment contract",
        "Parental leave",
        "Time sheet",
        "Working time account",
        "Reference letter",
        "Job posting",
        "Feedback talk",
        "Company pension",
        "Home office day",
    ],
    [
        "Air conditioning",
        "Meeting room",
        "Coffee machine",
        "Parking space",
        "Lift",
        "Office chair",
        "Window blind",
        "Water leak",
        "Light switch",
        "Fire door",
        "Cleaning",
        "Reception desk",
    ],
    [
        "Invoice",
        "Expense report",
        "Bank details",
        "Tax form",
        "Payroll",
        "Credit note",
        "Reminder letter",
        "Cash box",
        "Company card",
        "Supplier account",
        "VAT number",
        "Year-end closing",
    ],
];

/// What is the matter.
pub(super) const PROBLEMS: [&str; 16] = [
    "does not work",
    "is missing",
    "was delivered broken",
    "needs to be replaced",
    "shows an error",
    "is too slow",
    "has to be approved",
    "was charged twice",
    "cannot be opened",
    "expires this week",
    "stopped after the update",
    "is not in the list",
    "makes a loud noise",
    "should be extended",
    "is locked",
    "needs a second look",
];

/// Where or for whom.
pub(super) const PLACES: [&str; 14] = [
    "on the third floor",
    "in Vienna",
    "for the new colleague",
    "in room 4.17",
    "at the warehouse",
    "for the whole team",
    "in the Berlin office",
    "since Monday",
    "before the audit",
    "at home",
    "for a customer visit",
    "in the canteen",
    "after the move",
    "once more",
];

/// Sentences of descriptions and answers.
pub(super) const SENTENCES: [&str; 28] = [
    "It worked until yesterday afternoon.",
    "I have restarted it twice, without any change.",
    "A colleague next to me has the same problem.",
    "This blocks my work, so an answer today would help a lot.",
    "The serial number is on the label at the back.",
    "I tried the steps from the knowledge base and got to step three.",
    "The message says that the certificate has expired.",
    "There is a deadline at the end of the month.",
    "My manager has agreed, the approval is attached to the order.",
    "It happens about every second time.",
    "Please call me before you come, I am often in meetings.",
    "The old one can be picked up at the reception.",
    "We need it for the customer presentation on Thursday.",
    "Nothing was changed on our side as far as I know.",
    "The amount differs from the offer by a few euros.",
    "Could you tell me how long it will take?",
    "The light blinks orange, then everything turns off.",
    "I am not sure whether this is the right department.",
    "It only happens with the docking station connected.",
    "The supplier says that everything is fine on their side.",
    "Other people in the building have no trouble at all.",
    "I would also be happy with a used one.",
    "The form does not accept my cost centre.",
    "The network cable was exchanged already.",
    "Everything else on the same floor works.",
    "The invoice number is in the subject of the mail.",
    "It has been like this for about two weeks.",
    "Thank you for looking into it.",
];

/// What agents answer.
pub(super) const ANSWERS: [&str; 10] = [
    "Thank you for the report. I am looking into it.",
    "Could you try it again, please? It should work now.",
    "I have ordered a replacement, it arrives within three days.",
    "This needs the approval of your cost centre, I have asked for it.",
    "We found the cause: the update removed the driver. It is installed again.",
    "Please send us the serial number, then we can check the warranty.",
    "I will come by tomorrow morning between nine and ten.",
    "The account was locked after too many attempts; it is open again.",
    "The amount was corrected, you will see it on the next statement.",
    "Done. I close this for now, an answer opens it again.",
];

/// What agents note for each other.
pub(super) const NOTES: [&str; 6] = [
    "Warranty runs until spring, so it is a case for the vendor.",
    "Third ticket of this kind this week; looks like the same switch.",
    "Called back, nobody answered. Trying again tomorrow.",
    "Spare part is in stock, shelf 12.",
    "Checked with accounting, they have the original invoice.",
    "Known issue of the last update, see the problem record.",
];

/// Tags, the common ones first.
pub(super) const TAGS: [&str; 20] = [
    "hardware",
    "software",
    "network",
    "access",
    "order",
    "vienna",
    "berlin",
    "vip",
    "warranty",
    "onboarding",
    "printer",
    "laptop",
    "phone",
    "license",
    "invoice",
    "move",
    "audit",
    "training",
    "security",
    "follow-up",
];
