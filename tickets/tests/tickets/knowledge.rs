//! The knowledge base: what is written, what is published, and who reads it.

use mesh_core::{db::Engine, peer::PeerChannel, policy};
use proto::{
    events::v1::envelope::Event,
    identity::v1::Permission,
    tickets::v1::{
        ArchiveArticleRequest, Article, ArticleState, ArticleVisibility, CreateArticleRequest,
        GetArticleRequest, ListArticleVersionsRequest, ListArticlesRequest, PublishArticleRequest,
        RateArticleRequest, SearchArticlesRequest, UpdateArticleRequest,
        knowledge_service_client::KnowledgeServiceClient,
    },
};
use rstest::rstest;
use tonic::{Code, Status as Refusal};

use crate::support::{Desk, fresh, reason, wrong_fields};

type Answer<T> = Result<T, Refusal>;

/// Somebody who reads or writes the knowledge base.
struct Reader(KnowledgeServiceClient<PeerChannel>);

/// Everybody there is: each may what those before him may.
struct People {
    anybody: Reader,
    requester: Reader,
    staff: Reader,
    editor: Reader,
}

impl People {
    fn at(desk: &Desk, department: &str) -> Self {
        let holder = |permissions: &[Permission]| {
            let person = desk.world.person(&desk.id("usr"));
            let token = person.grants(permissions.iter().copied(), Some(department)).token();
            Reader(KnowledgeServiceClient::new(desk.service.with_token(&token)))
        };
        Self {
            anybody: Reader(KnowledgeServiceClient::new(desk.service.with_token("void"))),
            requester: holder(&[]),
            staff: holder(&[Permission::KnowledgeRead]),
            editor: holder(&[Permission::KnowledgeRead, Permission::KnowledgeEdit]),
        }
    }

    fn all(&self) -> [(&'static str, &Reader); 4] {
        [
            ("anybody", &self.anybody),
            ("requester", &self.requester),
            ("staff", &self.staff),
            ("editor", &self.editor),
        ]
    }
}

impl Reader {
    fn raw(&self) -> KnowledgeServiceClient<PeerChannel> {
        self.0.clone()
    }

    async fn write(&self, title: &str, text: &str, visibility: ArticleVisibility) -> Answer<Article> {
        let article = Article {
            title: title.into(),
            text: text.into(),
            visibility: visibility.into(),
            ..Article::default()
        };
        let ask = CreateArticleRequest { article: Some(article), request_id: fresh() };
        Ok(self.raw().create_article(ask).await?.into_inner())
    }

    async fn publish(&self, article: &Article) -> Answer<Article> {
        let ask = PublishArticleRequest {
            id: article.id.clone(),
            etag: article.etag.clone(),
            summary: "said why".into(),
        };
        Ok(self.raw().publish_article(ask).await?.into_inner())
    }

    async fn published(&self, title: &str, text: &str, visibility: ArticleVisibility) -> Article {
        let draft = self.write(title, text, visibility).await.expect("written");
        self.publish(&draft).await.expect("published")
    }

    async fn change(&self, article: Article, paths: &[&str]) -> Answer<Article> {
        let paths = paths.iter().map(|path| (*path).to_owned()).collect();
        let update_mask = Some(prost_types::FieldMask { paths });
        Ok(self
            .raw()
            .update_article(UpdateArticleRequest { article: Some(article), update_mask })
            .await?
            .into_inner())
    }

    async fn archive(&self, article: &Article) -> Answer<Article> {
        let ask = ArchiveArticleRequest { id: article.id.clone(), etag: article.etag.clone() };
        Ok(self.raw().archive_article(ask).await?.into_inner())
    }

    async fn get(&self, article: &Article) -> Answer<Article> {
        Ok(self.raw().get_article(GetArticleRequest { id: article.id.clone() }).await?.into_inner())
    }

    async fn list(&self, state: ArticleState) -> Answer<Vec<String>> {
        let mut titles = vec![];
        let mut ask =
            ListArticlesRequest { state: state.into(), page_size: 2, ..ListArticlesRequest::default() };
        loop {
            let page = self.raw().list_articles(ask.clone()).await?.into_inner();
            assert!(page.articles.iter().all(|article| article.text.is_empty() && article.html.is_empty()));
            titles.extend(page.articles.into_iter().map(|article| article.title));
            ask.page_token = page.next_page_token;
            if ask.page_token.is_empty() {
                return Ok(titles);
            }
        }
    }

    async fn find(&self, text: &str) -> Vec<(String, String)> {
        let ask = SearchArticlesRequest { text: text.into(), ..SearchArticlesRequest::default() };
        let found = self.raw().search_articles(ask).await.expect("searches").into_inner().matches;
        let pair = |found: proto::tickets::v1::ArticleMatch| {
            (found.article.map(|article| article.title).unwrap_or_default(), found.snippet_html)
        };
        found.into_iter().map(pair).collect()
    }

    async fn titles(&self, text: &str) -> Vec<String> {
        self.find(text).await.into_iter().map(|(title, _)| title).collect()
    }

    async fn rate(&self, article: &Article, helpful: bool) -> Answer<Article> {
        Ok(self
            .raw()
            .rate_article(RateArticleRequest { id: article.id.clone(), helpful })
            .await?
            .into_inner())
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_article_goes_from_draft_to_published_to_archived_and_back(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let People { requester, editor, .. } = People::at(&desk, &desk.department());
    let draft = editor
        .write("Wifi", "Turn it **off** <script>x</script>", ArticleVisibility::Public)
        .await
        .expect("written");
    assert_eq!((draft.state(), draft.revision), (ArticleState::Draft, 0));
    assert!(draft.html.contains("<strong>off</strong>") && !draft.html.contains("<script"), "{}", draft.html);
    assert_eq!(requester.get(&draft).await.expect_err("a draft").code(), Code::NotFound);

    let published = editor.publish(&draft).await.expect("published");
    assert_eq!((published.state(), published.revision), (ArticleState::Published, 1));
    assert_eq!(requester.get(&draft).await.expect("reads").text, draft.text);
    assert_eq!(editor.publish(&published).await.expect("again"), published, "what is published stays");

    let edited = Article { title: "Wireless".into(), text: "Turn it on".into(), ..published };
    let edited = editor.change(edited, &["title", "text"]).await.expect("edited");
    assert_eq!(editor.get(&draft).await.expect("reads").title, "Wireless");
    assert_eq!(requester.get(&draft).await.expect("reads").title, "Wifi", "readers see what was published");
    assert!(requester.titles("wireless").await.is_empty());
    let second = editor.publish(&edited).await.expect("published");
    assert_eq!(
        (second.revision, requester.get(&draft).await.expect("reads").title),
        (2, "Wireless".to_owned())
    );

    let mut ask = ListArticleVersionsRequest { id: draft.id.clone(), page_size: 1, ..Default::default() };
    let page = editor.raw().list_article_versions(ask.clone()).await.expect("versions").into_inner();
    assert_eq!((page.versions[0].revision, page.versions[0].summary.as_str()), (2, "said why"));
    ask.page_token = page.next_page_token;
    let page = editor.raw().list_article_versions(ask.clone()).await.expect("versions").into_inner();
    assert_eq!((page.versions[0].title.as_str(), page.next_page_token.as_str()), ("Wifi", ""));
    assert_eq!(
        requester.raw().list_article_versions(ask).await.expect_err("editors").code(),
        Code::PermissionDenied
    );

    let archived = editor.archive(&second).await.expect("archived");
    assert_eq!(editor.archive(&archived).await.expect("again"), archived);
    assert!(requester.titles("wireless").await.is_empty(), "it is not found any more");
    assert!(requester.list(ArticleState::Unspecified).await.expect("lists").is_empty());
    assert_eq!(requester.get(&draft).await.expect("by its link").state(), ArticleState::Archived);
    assert_eq!(editor.list(ArticleState::Archived).await.expect("lists"), ["Wireless"]);
    let back = editor.publish(&archived).await.expect("published");
    assert_eq!((back.state(), back.revision), (ArticleState::Published, 2));
    assert_eq!(requester.titles("wireless").await, ["Wireless"]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn everybody_gets_lists_and_finds_what_he_may_read(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let people = People::at(&desk, &desk.department());
    let levels = [ArticleVisibility::Public, ArticleVisibility::SignedIn, ArticleVisibility::Staff];
    let mut articles = vec![];
    for level in levels {
        let title = format!("Guide {}", level.as_str_name());
        articles.push(people.editor.published(&title, "How to reboot", level).await);
    }
    let draft = people
        .editor
        .write("Guide draft", "How to reboot", ArticleVisibility::Public)
        .await
        .expect("written");
    for (index, (who, reader)) in people.all().into_iter().enumerate() {
        let visible = (index + 1).min(3);
        let expected: Vec<_> = articles[..visible].iter().map(|article| article.title.clone()).collect();
        let mut found = reader.titles("rebooting guides").await;
        found.sort();
        let mut listed = reader.list(ArticleState::Unspecified).await.expect("lists");
        listed.sort();
        let mut sorted = expected.clone();
        sorted.sort();
        assert_eq!((&found, &listed), (&sorted, &sorted), "{who}");
        for (place, article) in articles.iter().enumerate() {
            assert_eq!(reader.get(article).await.is_ok(), place < visible, "{who} {}", article.title);
        }
        let is_editor = who == "editor";
        assert_eq!(reader.get(&draft).await.is_ok(), is_editor, "{who}");
        assert_eq!(reader.list(ArticleState::Draft).await.is_ok(), is_editor, "{who}");
        let written = reader.write("Mine", "", ArticleVisibility::Public).await;
        assert_eq!(written.is_ok(), is_editor, "{who}");
    }
    let hidden = Article { visibility: ArticleVisibility::Staff.into(), ..articles[0].clone() };
    people.editor.change(hidden, &["visibility"]).await.expect("hidden");
    assert!(people.anybody.titles("reboot").await.is_empty(), "a visibility counts at once");
    assert_eq!(people.requester.get(&articles[0]).await.expect_err("hidden").code(), Code::NotFound);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn articles_are_suggested_while_a_subject_is_typed(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let People { anybody, editor, .. } = People::at(&desk, &desk.department());
    editor
        .published(
            "Printers",
            "When the badge reader jams, open the <b>tray</b> of A4 & A5 < paper.",
            ArticleVisibility::Public,
        )
        .await;
    editor.published("Badge readers", "They blink.", ArticleVisibility::Public).await;
    editor.published("Holidays", "Are in summer.", ArticleVisibility::Public).await;
    assert_eq!(
        anybody.titles("my badge read").await,
        ["Badge readers", "Printers"],
        "the title counts for more"
    );
    assert_eq!(
        anybody.titles("the badge printer is jam").await,
        ["Printers", "Badge readers"],
        "most words first"
    );
    assert_eq!(anybody.titles("holidsys ").await, ["Holidays"], "slips are put right");
    let found = anybody.find("tray ").await;
    assert!(found[0].1.contains("open the <mark>tray</mark> of A4 &amp; A5 &lt; paper"), "{found:?}");
    for nothing in ["", "?!", "elephant", "'", "\" OR 1 *", &"' & | ! ".repeat(30)] {
        assert!(anybody.titles(nothing).await.is_empty(), "{nothing}");
    }
    let long = SearchArticlesRequest { text: "a".repeat(256), ..SearchArticlesRequest::default() };
    let refusal = anybody.raw().search_articles(long).await.expect_err("too long");
    assert_eq!(wrong_fields(&refusal), ["text"]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_person_counts_once_among_those_it_helped(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let People { anybody, requester, staff, editor } = People::at(&desk, &desk.department());
    let article = editor.published("Wifi", "Turn it off", ArticleVisibility::Public).await;
    let counts = |article: Article| (article.helpful_count, article.unhelpful_count);
    assert_eq!(counts(requester.rate(&article, true).await.expect("rated")), (1, 0));
    assert_eq!(counts(requester.rate(&article, true).await.expect("again")), (1, 0));
    assert_eq!(counts(requester.rate(&article, false).await.expect("on second thoughts")), (0, 1));
    let rated = staff.rate(&article, true).await.expect("rated");
    assert_eq!((rated.helpful_count, rated.unhelpful_count, rated.etag), (1, 1, article.etag.clone()));
    assert_eq!(anybody.rate(&article, true).await.expect_err("nobody").code(), Code::Unauthenticated);
    let hidden = editor.published("Inside", "Only here", ArticleVisibility::Staff).await;
    assert_eq!(requester.rate(&hidden, true).await.expect_err("hidden").code(), Code::NotFound);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_stale_or_missing_etag_changes_nothing(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let desk = Desk::open(engine).await;
    let People { editor, .. } = People::at(&desk, &desk.department());
    let first = editor.write("Wifi", "Turn it off", ArticleVisibility::Public).await.expect("written");
    let second =
        editor.change(Article { title: "Wlan".into(), ..first.clone() }, &["title"]).await.expect("changed");
    let same = editor.change(second.clone(), &["title"]).await.expect("nothing changed");
    assert_eq!(same.etag, second.etag);
    for refusal in [
        editor.change(first.clone(), &["title"]).await.expect_err("stale"),
        editor.publish(&first).await.expect_err("stale"),
        editor.archive(&first).await.expect_err("stale"),
    ] {
        assert_eq!((refusal.code(), reason(&refusal).as_str()), (Code::Aborted, "STALE_ETAG"));
    }
    let without = Article { etag: String::new(), ..second };
    assert_eq!(reason(&editor.change(without, &["title"]).await.expect_err("no etag")), "ETAG_REQUIRED");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn everything_that_is_wrong_is_named_at_once(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let People { editor, .. } = People::at(&desk, &desk.department());
    let wrong = Article {
        title: "\u{202e}x".into(),
        text: "x".repeat(262_145),
        category_id: "cat".into(),
        ..Article::default()
    };
    let ask = CreateArticleRequest { article: Some(wrong), request_id: fresh() };
    let refusal = editor.raw().create_article(ask).await.expect_err("wrong");
    let fields = ["article.title", "article.text", "article.category_id", "article.visibility"];
    assert_eq!(wrong_fields(&refusal), fields);
    let empty = editor.write("Empty", " ", ArticleVisibility::Public).await.expect("a draft may be empty");
    assert_eq!(reason(&editor.publish(&empty).await.expect_err("no text")), "WRONG_STATE");
    let refusal =
        editor.change(empty.clone(), &["state", "title"]).await.expect_err("a state moves by verbs");
    assert_eq!(wrong_fields(&refusal), ["update_mask"]);
    let unknown = desk.id("cat");
    let refusal = editor
        .change(Article { category_id: unknown, ..empty }, &["category_id"])
        .await
        .expect_err("no category");
    assert_eq!(reason(&refusal), "CATEGORY_UNAVAILABLE");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn news_of_an_article_reaches_those_who_see_the_difference(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let People { editor, .. } = People::at(&desk, &department);
    let draft = editor.write("Secret plan", "of ours", ArticleVisibility::SignedIn).await.expect("written");
    let published = editor.publish(&draft).await.expect("published");
    let edited = Article { title: "Secret sequel".into(), ..published };
    let edited = editor.change(edited, &["title"]).await.expect("edited");
    let staff_only = Article { visibility: ArticleVisibility::Staff.into(), ..edited };
    editor.change(staff_only, &["visibility"]).await.expect("hidden");
    desk.world.settle().await;

    let person = || desk.world.person("usr_reader");
    let requester = person().caller();
    let staff = person().grant(Permission::KnowledgeRead, Some(&department)).caller();
    let writer = person().grant(Permission::KnowledgeEdit, Some(&department)).caller();
    let heard: Vec<_> = desk
        .ear
        .heard()
        .into_iter()
        .filter_map(|envelope| match envelope.event {
            Some(Event::TicketsArticleChanged(changed)) => Some((envelope.audience?, changed.article?)),
            _ => None,
        })
        .map(|(audience, article)| {
            assert!(article.text.is_empty() && article.html.is_empty());
            (article.title, [&requester, &staff, &writer].map(|caller| policy::sees(caller, &audience)))
        })
        .collect();
    let expected = [
        ("Secret plan", [false, false, true]),
        ("Secret plan", [true, true, true]),
        ("Secret sequel", [false, false, true]),
        ("Secret plan", [false, true, false]),
    ];
    assert_eq!(heard, expected.map(|(title, hears)| (title.to_owned(), hears)));
}
