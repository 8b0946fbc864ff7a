//! The catalogue as it is built: a tree of categories, a form with rules, and priorities; requesters see what was made of it at once.

use proto::{identity::v1::ListRolesRequest, tickets::v1::ListFieldsRequest};

use crate::{
    admin::admin_at,
    chromium::Look,
    people::{Office, Person, sign_in},
    running::ADMIN,
    stage::{Stage, play},
    visitor::Visitor,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_category_is_made_its_form_is_built_and_a_requester_fills_it() {
    play(async |stage: &mut Stage| {
        Office::open(&stage.mesh).await;
        let admin = admin_at(stage, "/admin/catalogue").await;
        makes_a_category(&admin, "Machines", "").await;
        makes_a_category(&admin, "Lathes", "Machines").await;
        admin.follows("Lathes").await;
        admin.sees("No fields yet").await;

        makes_a_field(&admin, "Noise", "Yes or no", "", "").await;
        makes_a_field(&admin, "Which noise", "Text", "fields.noise == true", "true").await;
        makes_a_field(&admin, "Wrong", "Text", "fields.nose == true", "").await;
        admin.sees("nose").await;
        admin.presses("Cancel").await;
        admin.has_nowhere("fields.nose").await;

        admin.chooses("Noise (optional)", "Yes").await;
        let is_shown = "return document.getElementById('fields.which_noise') !== null;";
        admin.notices("the field that the rule shows", is_shown).await;
        admin.presses("Try to send").await;
        admin.sees("Fill this in.").await;

        let requester = stage.signed_in("requester@demo.test", Look::Light).await;
        requester.presses("New request").await;
        requester.ticks("Lathes").await;
        requester.chooses("Noise (optional)", "Yes").await;
        requester.writes("Which noise", "A hum").await;
        requester.writes("Subject", "The lathe hums").await;
        requester.presses("Send request").await;
        requester.presses("Open request").await;
        requester.sees("Machines › Lathes").await;
        requester.sees("A hum").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_priority_that_follows_is_what_the_administrator_chose() {
    play(async |stage: &mut Stage| {
        Office::open(&stage.mesh).await;
        let admin = admin_at(stage, "/admin/priorities").await;
        admin.chooses("A team, It can wait", "Urgent").await;
        admin.presses("Save").await;
        admin.sees("Saved").await;

        let requester = stage.signed_in("requester@demo.test", Look::Light).await;
        requester.presses("New request").await;
        requester.chooses("How much is hit? (optional)", "A team").await;
        requester.chooses("How soon does it hurt? (optional)", "It can wait").await;
        requester.sees("Urgent").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_is_for_the_roles_that_are_ticked_and_others_of_the_staff_find_it_nowhere() {
    play(async |stage: &mut Stage| {
        let Office { agent, .. } = Office::open(&stage.mesh).await;
        let admin = admin_at(stage, "/admin/fields").await;
        admin.presses("New field").await;
        admin.writes("Label", "Salary").await;
        admin.has_nowhere("Only for these roles").await;
        admin.ticks("Only the staff sees and sets it").await;
        admin.ticks("Supervisor").await;
        admin.presses("Create field").await;
        admin.sees_no_more("Create field").await;
        admin.sees("Salary").await;

        let fields = async |person: &Person| {
            let ask = ListFieldsRequest::default();
            person.catalogue().list_fields(ask).await.expect("fields").into_inner().fields
        };
        let boss = sign_in(&stage.mesh, ADMIN).await;
        let kept = fields(&boss).await;
        let roles = boss.directory().list_roles(ListRolesRequest {}).await.expect("roles").into_inner().roles;
        let supervisor = roles.into_iter().find(|role| role.key == "supervisor").expect("is built in");
        assert_eq!((kept.len(), &kept[0].role_ids), (1, &vec![supervisor.id]));
        assert!(fields(&agent).await.is_empty());
    })
    .await;
}

/// Makes a category, below another one unless that is empty.
async fn makes_a_category(admin: &Visitor, name: &str, parent: &str) {
    if parent.is_empty() {
        admin.presses("New category").await;
    } else {
        admin.presses(&format!("More for {parent}")).await;
        admin.presses("New category below").await;
    }
    admin.writes("Name", name).await;
    admin.presses("Create category").await;
    admin.sees_no_more("Create category").await;
    admin.sees(name).await;
}

/// Makes a field of the form one is at. One that is refused leaves its form open.
async fn makes_a_field(admin: &Visitor, label: &str, kind: &str, shown_when: &str, required_when: &str) {
    admin.presses("New field").await;
    admin.writes("Label", label).await;
    admin.chooses("Holds", kind).await;
    admin.writes("Shown when (optional)", shown_when).await;
    admin.writes("Must be filled when (optional)", required_when).await;
    admin.presses("Create field").await;
    admin.sees(label).await;
}
