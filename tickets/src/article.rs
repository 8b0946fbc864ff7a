//! Articles of the knowledge base and their rules, without I/O.
//!
//! An article has two faces: the text its editors are at, and the one its readers see, which is what was last published. The
//! invariants: readers never see a draft's words; who may read an article is one rule ([`Reader::sees`], in the index of words
//! [`Reader::visibilities`]); the version grows with every change an editor may see.

use mesh_core::{
    caller::Caller,
    error::{Error, Result, Violations},
    policy::{self, Action},
};
use proto::{
    errors::v1::ErrorReason,
    events::v1::Audience,
    identity::v1::Permission,
    tickets::v1::{self as wire, ArticleState, ArticleVisibility},
};

use crate::{search::Language, ticket::Micros};

/// Characters of a title.
const TITLE: std::ops::RangeInclusive<usize> = 1..=255;
/// Bytes of a text.
const TEXT: std::ops::RangeInclusive<usize> = 0..=262_144;

/// The language of articles: none of them says it.
pub(crate) const LANGUAGE: Language = Language::English;

/// An article as it is stored. What its fields mean stands in the contract.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct Article {
    pub(crate) id: String,
    /// For the index of words.
    pub(crate) number: i64,
    pub(crate) title: String,
    /// Empty where only a summary was read, as are the other long texts.
    pub(crate) text: String,
    pub(crate) html: String,
    pub(crate) author_id: String,
    pub(crate) category_id: String,
    #[sqlx(try_from = "i32")]
    pub(crate) visibility: ArticleVisibility,
    #[sqlx(try_from = "i32")]
    pub(crate) state: ArticleState,
    pub(crate) revision: i32,
    pub(crate) public_title: String,
    pub(crate) public_text: String,
    pub(crate) public_html: String,
    pub(crate) public_author: String,
    pub(crate) publish_time: Micros,
    pub(crate) helpful_count: i32,
    pub(crate) unhelpful_count: i32,
    pub(crate) create_time: Micros,
    pub(crate) update_time: Micros,
    pub(crate) version: i64,
}

/// Which of its faces an article shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Face {
    /// As it was last published.
    Public,
    /// As it is written now.
    Working,
}

/// Who reads; everybody sees what those before him see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reader {
    Anybody,
    SignedIn,
    Staff,
    Editor,
}

impl Reader {
    /// What the caller is to the knowledge base. Articles belong to no department, so a permission held anywhere counts.
    pub(crate) fn of(caller: &Caller) -> Self {
        let may = |action| policy::check_somewhere(caller, action).is_ok();
        if may(Action::KnowledgeEdit) {
            Self::Editor
        } else if may(Action::KnowledgeReadStaff) {
            Self::Staff
        } else if caller.is_known() {
            Self::SignedIn
        } else {
            Self::Anybody
        }
    }

    /// Whether he may read the article; editors read drafts, too.
    pub(crate) fn sees(self, article: &Article) -> bool {
        self == Self::Editor || (article.revision > 0 && self.visibilities().contains(&article.visibility))
    }

    /// The published articles he may read.
    pub(crate) const fn visibilities(self) -> &'static [ArticleVisibility] {
        const ALL: &[ArticleVisibility] =
            &[ArticleVisibility::Public, ArticleVisibility::SignedIn, ArticleVisibility::Staff];
        match self {
            Self::Anybody => ALL.split_at(1).0,
            Self::SignedIn => ALL.split_at(2).0,
            Self::Staff | Self::Editor => ALL,
        }
    }

    /// The face he is shown of a single article.
    pub(crate) fn face(self) -> Face {
        if self == Self::Editor { Face::Working } else { Face::Public }
    }
}

impl Article {
    /// A draft of this.
    pub(crate) fn draft(sent: wire::Article, author_id: String, now: Micros) -> Self {
        Self {
            id: String::new(),
            number: 0,
            visibility: sent.visibility(),
            title: sent.title,
            text: sent.text,
            html: String::new(),
            author_id,
            category_id: sent.category_id,
            state: ArticleState::Draft,
            revision: 0,
            public_title: String::new(),
            public_text: String::new(),
            public_html: String::new(),
            public_author: String::new(),
            publish_time: 0,
            helpful_count: 0,
            unhelpful_count: 0,
            create_time: now,
            update_time: now,
            version: 1,
        }
    }

    /// The version for the wire.
    pub(crate) fn etag(&self) -> String {
        self.version.to_string()
    }

    /// The article with its words published, or why it can't be. Equal to the article when they are already.
    pub(crate) fn published(&self, now: Micros) -> Result<Self> {
        if self.text.trim().is_empty() {
            let message = "it has no text that could be read; write one first";
            return Err(Error::failed_precondition(&ErrorReason::WrongState, message));
        }
        let is_new = self.revision == 0 || self.public_title != self.title || self.public_text != self.text;
        if !is_new && self.state == ArticleState::Published {
            return Ok(self.clone());
        }
        Ok(Self {
            state: ArticleState::Published,
            revision: self.revision + i32::from(is_new),
            public_title: self.title.clone(),
            public_text: self.text.clone(),
            public_html: self.html.clone(),
            public_author: self.author_id.clone(),
            publish_time: if is_new { now } else { self.publish_time },
            update_time: now,
            version: self.version + 1,
            ..self.clone()
        })
    }

    /// The article out of use. Equal to the article when it is already.
    pub(crate) fn archived(&self, now: Micros) -> Self {
        if self.state == ArticleState::Archived {
            return self.clone();
        }
        Self { state: ArticleState::Archived, update_time: now, version: self.version + 1, ..self.clone() }
    }

    /// Whether readers find it by themselves.
    pub(crate) fn is_shown(&self) -> bool {
        self.state == ArticleState::Published
    }

    /// Who hears of the change that made this of `before`, and which face they see: the readers when it is something they see,
    /// otherwise the editors.
    pub(crate) fn audience(&self, before: Option<&Self>) -> (Audience, Face) {
        let readers_see = |article: &Self| {
            (article.state, article.revision, article.visibility, article.category_id.clone())
        };
        let is_theirs =
            self.revision > 0 && before.is_none_or(|before| readers_see(before) != readers_see(self));
        let holders = |permission: Permission| Audience {
            permission: permission.into(),
            anywhere: true,
            ..Audience::default()
        };
        if !is_theirs {
            return (holders(Permission::KnowledgeEdit), Face::Working);
        }
        let audience = match self.visibility {
            ArticleVisibility::Staff | ArticleVisibility::Unspecified => holders(Permission::KnowledgeRead),
            ArticleVisibility::Public | ArticleVisibility::SignedIn => {
                Audience { everyone: true, ..Audience::default() }
            }
        };
        (audience, Face::Public)
    }
}

/// Fields of an article people may change, by their paths in a mask.
const PATHS: [&str; 4] = ["title", "text", "category_id", "visibility"];

/// Names what is wrong with a new article.
pub(crate) fn check_new(sent: &wire::Article, wrong: &mut Violations) {
    for path in PATHS {
        check_field(path, sent, wrong);
    }
}

/// Names what is wrong with a change.
pub(crate) fn check_change(sent: &wire::Article, paths: &[String], wrong: &mut Violations) {
    wrong.when(paths.is_empty(), "update_mask", "is empty; name the fields to change");
    for path in paths {
        if PATHS.contains(&path.as_str()) {
            check_field(path, sent, wrong);
        } else {
            let problem = format!("names {path}, which can't be changed; use {}", PATHS.join(", "));
            wrong.add("update_mask", problem);
        }
    }
}

fn check_field(path: &str, sent: &wire::Article, wrong: &mut Violations) {
    let field = format!("article.{path}");
    match path {
        "title" => wrong.text(&field, &sent.title, TITLE),
        "text" => wrong.long_text(&field, &sent.text, TEXT),
        "category_id" => wrong.optional_id(&field, &sent.category_id, "cat"),
        _ => {
            let unknown = sent.visibility() == ArticleVisibility::Unspecified;
            wrong.when(unknown, &field, "is unknown; use PUBLIC, SIGNED_IN or STAFF");
        }
    }
}

/// The article with the fields of the mask as they were sent, written by `author_id`; equal where nothing differs.
pub(crate) fn changed(
    before: &Article,
    sent: &wire::Article,
    paths: &[String],
    author_id: &str,
    now: Micros,
) -> Article {
    let mut after = before.clone();
    for path in paths {
        match path.as_str() {
            "title" => after.title.clone_from(&sent.title),
            "text" => after.text.clone_from(&sent.text),
            "category_id" => after.category_id.clone_from(&sent.category_id),
            _ => after.visibility = sent.visibility(),
        }
    }
    if after.title != before.title || after.text != before.text {
        author_id.clone_into(&mut after.author_id);
    }
    if after != *before {
        (after.update_time, after.version) = (now, before.version + 1);
    }
    after
}
