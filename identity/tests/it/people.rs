//! Finding people, and how much of them one sees.

use mesh_core::db::Engine;
use proto::identity::v1::{
    BatchGetUsersRequest, CreateUserRequest, GetUserRequest, ListUsersRequest, ListUsersResponse, RoleGrant,
    User, UserStatus, UserView,
};
use rstest::rstest;
use tonic::Code;

use crate::house::{House, PASSWORD, refusal, user};

async fn list(house: &House, token: &str, ask: ListUsersRequest) -> ListUsersResponse {
    house.directory(token).list_users(ask).await.expect("lists").into_inner()
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn people_are_found_by_the_beginnings_of_words_page_by_page(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    for email in
        ["ann.lee@example.com", "anna.berg@example.org", "bob.lee@example.com", "100%_sure@example.com"]
    {
        let ask =
            CreateUserRequest { request_id: email.into(), user: Some(user(email)), ..Default::default() };
        house.directory(&admin).create_user(ask).await.expect("is made");
    }
    for (query, view, found) in [
        ("ann", UserView::Full, vec!["ann lee", "anna berg"]),
        ("LEE bo", UserView::Full, vec!["bob lee"]),
        ("nn", UserView::Full, vec![]),
        ("%", UserView::Full, vec![]),
        ("100%_", UserView::Full, vec!["100%_sure"]),
        ("anna.berg@", UserView::Full, vec!["anna berg"]),
        ("anna.berg@", UserView::Basic, vec![]),
    ] {
        let ask = ListUsersRequest { query: query.into(), view: view.into(), ..Default::default() };
        let users = list(&house, &admin, ask).await.users;
        assert_eq!(users.iter().map(|user| user.display_name.as_str()).collect::<Vec<_>>(), found, "{query}");
    }
    let mut ask = ListUsersRequest { page_size: 2, ..Default::default() };
    let (mut names, mut pages) = (vec![], 0);
    loop {
        let page = list(&house, &admin, ask.clone()).await;
        assert_eq!(page.total, 5);
        names.extend(page.users.into_iter().map(|user| user.display_name.to_lowercase()));
        pages += 1;
        if page.next_page_token.is_empty() {
            break;
        }
        ask.page_token = page.next_page_token;
    }
    assert_eq!((names.len(), pages), (5, 3));
    let other = ListUsersRequest { query: "ann".into(), ..ask };
    assert_eq!(refusal(house.directory(&admin).list_users(other).await).1, "PAGE_TOKEN_INVALID");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn lists_can_be_narrowed_to_a_department_a_role_a_status(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    let it = house.department(&admin, "IT", "").await;
    house.person(&admin, "ann@example.com", &[("agent", &it.id)]).await;
    let pending = CreateUserRequest {
        request_id: "p".into(),
        user: Some(user("pat@example.com")),
        ..Default::default()
    };
    house.directory(&admin).create_user(pending).await.expect("is made");
    let role_id = house.role(&admin, "agent").await.id;
    for ask in [
        ListUsersRequest { department_id: it.id.clone(), ..Default::default() },
        ListUsersRequest { role_id, ..Default::default() },
        ListUsersRequest { query: "ann".into(), status: UserStatus::Active.into(), ..Default::default() },
    ] {
        let page = list(&house, &admin, ask).await;
        assert_eq!((page.total, page.users[0].display_name.as_str()), (1, "ann"));
    }
    let ask = ListUsersRequest { status: UserStatus::Pending.into(), ..Default::default() };
    assert_eq!(list(&house, &admin, ask).await.users[0].display_name, "pat");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn who_has_which_role_where_is_told_to_those_who_may_read_people_there(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    let (it, hr) = (house.department(&admin, "IT", "").await.id, house.department(&admin, "HR", "").await.id);
    house.person(&admin, "ann@example.com", &[("agent", &it)]).await;
    house.person(&admin, "rita@example.com", &[("requester", "")]).await;
    let role_id = house.role(&admin, "admin").await.id;
    let of_role = ListUsersRequest { role_id, ..Default::default() };
    let in_place = |id: &str| ListUsersRequest { department_id: id.into(), ..Default::default() };
    let rita = house.token_of("rita@example.com").await;
    for ask in [of_role.clone(), in_place(&it)] {
        assert_eq!(refusal(house.directory(&rita).list_users(ask).await).0, Code::PermissionDenied);
    }
    let ann = house.token_of("ann@example.com").await;
    for ask in [of_role, in_place(&hr)] {
        assert_eq!(refusal(house.directory(&ann).list_users(ask).await).0, Code::PermissionDenied);
    }
    assert_eq!(list(&house, &ann, in_place(&it)).await.total, 1);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn everybody_sees_names_and_only_some_see_more(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    let it = house.department(&admin, "IT", "").await;
    let hr = house.department(&admin, "HR", "").await;
    let at_home = |email: &str, department: &str| User { department_id: department.into(), ..user(email) };
    let make = async |person: User, roles: Vec<RoleGrant>| {
        let request_id = person.email.clone();
        let ask = CreateUserRequest { request_id, user: Some(person), password: PASSWORD.into(), roles };
        house.directory(&admin).create_user(ask).await.expect("is made").into_inner()
    };
    let role_id = house.role(&admin, "agent").await.id;
    let agent =
        make(at_home("agent@example.com", &it.id), vec![RoleGrant { role_id, department_id: it.id.clone() }])
            .await;
    let (ivy, hal) = (
        make(at_home("ivy@example.com", &it.id), vec![]).await,
        make(at_home("hal@example.com", &hr.id), vec![]).await,
    );
    let token = house.token_of("agent@example.com").await;
    let mut directory = house.directory(&token);

    let full = |id: &str| GetUserRequest { user_id: id.into(), view: UserView::Full.into() };
    let basic = directory
        .get_user(GetUserRequest { user_id: hal.id.clone(), ..Default::default() })
        .await
        .expect("a name");
    assert_eq!((basic.get_ref().display_name.as_str(), basic.get_ref().email.as_str()), ("hal", ""));
    assert_eq!(refusal(directory.get_user(full(&hal.id)).await).0, Code::PermissionDenied);
    assert_eq!(directory.get_user(full(&ivy.id)).await.expect("same department").into_inner(), ivy);
    assert_eq!(directory.get_user(full(&agent.id)).await.expect("himself").into_inner().email, agent.email);

    let user_ids = vec![hal.id.clone(), ivy.id.clone(), proto::id::encode("usr", 7)];
    let emails = ["Agent@Example.com", "hal@example.com", "nobody@example.com"].map(str::to_owned).to_vec();
    let batch = BatchGetUsersRequest { user_ids, view: UserView::Full.into(), emails };
    let users = directory.batch_get_users(batch).await.expect("answers").into_inner().users;
    let emails: Vec<_> = users.iter().map(|user| user.email.as_str()).collect();
    assert_eq!(emails, ["", "ivy@example.com", "agent@example.com"], "hal's address tells nothing of him");
    let everybody = list(&house, &token, ListUsersRequest::default()).await;
    let readable =
        list(&house, &token, ListUsersRequest { view: UserView::Full.into(), ..Default::default() }).await;
    assert_eq!((everybody.total, readable.total), (4, 2));
    let nobody = house.token_of("ivy@example.com").await;
    let ask = ListUsersRequest { view: UserView::Full.into(), ..Default::default() };
    assert_eq!(refusal(house.directory(&nobody).list_users(ask).await).0, Code::PermissionDenied);
}
