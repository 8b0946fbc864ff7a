//! Which pages are photographed, and who looks at them.

/// Who looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Person {
    Nobody,
    Requester,
    Agent,
    Admin,
}

impl Person {
    pub(crate) const ALL: [Self; 4] = [Self::Nobody, Self::Requester, Self::Agent, Self::Admin];

    /// Whom the demonstration signs in with.
    pub(crate) const fn email(self) -> Option<&'static str> {
        match self {
            Self::Nobody => None,
            Self::Requester => Some("requester1@demo.test"),
            Self::Agent => Some("agent1@demo.test"),
            Self::Admin => Some("admin@demo.test"),
        }
    }
}

/// A page, and how one comes to it.
#[derive(Debug)]
pub(crate) struct Page {
    /// Name of the picture.
    pub(crate) name: &'static str,
    pub(crate) seen_by: Person,
    /// Address to begin at.
    pub(crate) path: &'static str,
    /// Links to press from there, each by a CSS selector; the first that matches.
    pub(crate) then: &'static [&'static str],
}

const fn page(name: &'static str, seen_by: Person, path: &'static str) -> Page {
    Page { name, seen_by, path, then: &[] }
}

/// Every page. Whoever adds a page to the UI adds its line here.
pub(crate) const PAGES: &[Page] = &[
    page("sign-in", Person::Nobody, "/sign-in"),
    page("sign-up", Person::Nobody, "/sign-up"),
    page("forgot-password", Person::Nobody, "/forgot-password"),
    page("reset", Person::Nobody, "/reset/spent"),
    page("link-spent", Person::Nobody, "/invitation/spent"),
    page("rate", Person::Nobody, "/rate/spent"),
    page("help-public", Person::Nobody, "/help"),
    page("kit", Person::Nobody, "/kit"),
    page("portal", Person::Requester, "/requests"),
    page("portal-new", Person::Requester, "/requests/new"),
    Page { then: &["a.request"], ..page("portal-ticket", Person::Requester, "/requests") },
    page("help", Person::Requester, "/help"),
    Page { then: &["main a.request"], ..page("help-article", Person::Requester, "/help") },
    page("not-found", Person::Requester, "/no/such/place"),
    page("account-profile", Person::Requester, "/account/profile"),
    page("account-password", Person::Requester, "/account/password"),
    page("account-second-factor", Person::Requester, "/account/second-factor"),
    Page {
        then: &["main .panel header .btn"],
        ..page("account-app", Person::Requester, "/account/second-factor")
    },
    page("account-devices", Person::Requester, "/account/sessions"),
    page("account-keys", Person::Requester, "/account/keys"),
    Page { then: &["main .page-head .btn"], ..page("account-key", Person::Requester, "/account/keys") },
    page("desk", Person::Agent, "/desk"),
    Page {
        then: &["main a[href*='/desk/'][href*='TX-'], main [role='row'] a"],
        ..page("desk-ticket", Person::Agent, "/desk")
    },
    page("today", Person::Agent, "/team/today"),
    page("team-macros", Person::Agent, "/team/macros"),
    Page { then: &["main .page-head .btn"], ..page("team-macro", Person::Agent, "/team/macros") },
    Page { then: &["main .views-head .btn"], ..page("desk-view", Person::Agent, "/desk/all") },
    Page {
        then: &["main .zone-head [aria-pressed]", "main .chip"],
        ..page("desk-filter", Person::Agent, "/desk/all")
    },
    Page { then: &["main .tickets-head .choose"], ..page("desk-chosen", Person::Agent, "/desk/all") },
    Page {
        then: &["main .tickets-head .choose", "main .chosen-bar .btn"],
        ..page("desk-many", Person::Agent, "/desk/all")
    },
    Page {
        then: &["main a[href*='TX-']", "main .ticket-head .tool", "main .menu .item:last-child"],
        ..page("desk-merge", Person::Agent, "/desk/all")
    },
    Page {
        then: &["main a[href*='TX-']", "main .ticket-head .tool", "main .menu .item"],
        ..page("desk-hand-on", Person::Agent, "/desk/all")
    },
    page("admin-people", Person::Admin, "/admin/people"),
    Page {
        then: &["main a[href^='/admin/people/']"],
        ..page("admin-person", Person::Admin, "/admin/people")
    },
    Page { then: &["main .page-head .btn"], ..page("admin-invite", Person::Admin, "/admin/people") },
    page("admin-invitations", Person::Admin, "/admin/invitations"),
    page("admin-roles", Person::Admin, "/admin/roles"),
    page("admin-departments", Person::Admin, "/admin/departments"),
    page("admin-catalogue", Person::Admin, "/admin/catalogue"),
    Page {
        then: &["main a[href^='/admin/catalogue/']"],
        ..page("admin-form", Person::Admin, "/admin/catalogue")
    },
    Page { then: &["main .page-head .btn"], ..page("admin-category-new", Person::Admin, "/admin/catalogue") },
    page("admin-fields", Person::Admin, "/admin/fields"),
    Page { then: &["main .page-head .btn"], ..page("admin-field-new", Person::Admin, "/admin/fields") },
    page("admin-priorities", Person::Admin, "/admin/priorities"),
    page("admin-knowledge", Person::Admin, "/admin/knowledge"),
    Page { then: &["main .articles a"], ..page("admin-article", Person::Admin, "/admin/knowledge") },
    page("admin-access", Person::Admin, "/admin/access"),
    page("admin-protection", Person::Admin, "/admin/protection"),
    page("admin-sso", Person::Admin, "/admin/sso"),
    page("admin-sso-provider", Person::Admin, "/admin/sso/+"),
    page("admin-service-accounts", Person::Admin, "/admin/service-accounts"),
    page("approvals-requester", Person::Requester, "/team/approvals"),
    page("approvals", Person::Agent, "/team/approvals"),
    page("approvals-decided", Person::Agent, "/team/approvals/decided"),
    page("team", Person::Agent, "/team/load"),
    page("reports", Person::Admin, "/team/reports"),
    page("work-queues", Person::Admin, "/work/queues"),
    Page { then: &["main .page-head .btn"], ..page("work-queue", Person::Admin, "/work/queues") },
    page("work-automations", Person::Admin, "/work/automations"),
    Page { then: &["main .page-head .btn"], ..page("work-automation", Person::Admin, "/work/automations") },
    page("work-workflows", Person::Admin, "/work/workflows"),
    page("work-workflow", Person::Admin, "/work/workflows/wfl_it_support"),
    Page {
        then: &["main .flow-tools .group .btn + .btn", "main .outline-name"],
        ..page("work-workflow-list", Person::Admin, "/work/workflows/wfl_it_support")
    },
    Page { then: &["main .page-head .btn"], ..page("work-workflow-new", Person::Admin, "/work/workflows") },
    page("work-service-levels", Person::Admin, "/work/service-levels"),
    page("admin-transfer", Person::Admin, "/admin/transfer"),
    page("admin-audit", Person::Admin, "/admin/audit"),
    Page { then: &["main .fold"], ..page("admin-audit-line", Person::Admin, "/admin/audit") },
];
