//! Pictures of people.

use mesh_core::db::Engine;
use proto::identity::v1::{GetPictureRequest, SetPictureRequest};
use rstest::rstest;
use tonic::Code;

use crate::house::{House, refusal};

const DOT: &[u8] = include_bytes!("dot.png");

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_picture_is_seen_by_everybody_until_it_is_taken_away(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    let ask = SetPictureRequest { picture: DOT.to_vec() };
    let me = house.account(&admin).set_picture(ask).await.expect("sets it").into_inner();
    house.person(&admin, "ann@example.com", &[("requester", "")]).await;
    let ann = house.token_of("ann@example.com").await;
    let wanted = GetPictureRequest { user_id: me.id.clone() };
    let seen = house.directory(&ann).get_picture(wanted.clone()).await.expect("sees it").into_inner();
    assert_eq!(me.picture_path, format!("/pictures/{}/{}", me.id, seen.etag));
    assert_eq!((seen.media_type.as_str(), &seen.content[1..4]), ("image/png", &b"PNG"[..]));
    assert_ne!(seen.content, DOT, "it was made anew");

    let none = SetPictureRequest::default();
    let me = house.account(&admin).set_picture(none).await.expect("takes it away").into_inner();
    assert_eq!(me.picture_path, "");
    assert_eq!(refusal(house.directory(&ann).get_picture(wanted).await).0, Code::NotFound);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_refused_file_leaves_the_picture_as_it_was(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    let mut account = house.account(&admin);
    let before = account.set_picture(SetPictureRequest { picture: DOT.to_vec() }).await.expect("sets it");
    for picture in [b"<svg/>".to_vec(), DOT[..40].to_vec(), vec![0; 2 * 1024 * 1024 + 1]] {
        let refused = account.set_picture(SetPictureRequest { picture }).await;
        assert_eq!(refusal(refused).0, Code::InvalidArgument);
    }
    assert_eq!(house.me(&admin).await.expect("is somebody"), before.into_inner());
}
