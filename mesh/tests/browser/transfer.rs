//! Tickets of another system come in by the page that is made for it.

use std::fs;

use crate::{
    admin::admin_at,
    people::Office,
    stage::{Stage, play},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_checked_before_it_is_brought_in_and_its_wrong_rows_are_named() {
    play(async |stage: &mut Stage| {
        let Office { department_id, .. } = Office::open(&stage.mesh).await;
        let file = stage.mesh.folder().join("old.csv");
        let rows = format!(
            "external_id,subject,department\n1,The lathe hummed,{department_id}\n2,,{department_id}\n3,The drill was blunt,{department_id}\n"
        );
        fs::write(&file, rows).expect("the file is written");
        let admin = admin_at(stage, "/admin/transfer").await;
        admin.gives("Choose a file", &file).await;
        admin.sees("old.csv").await;
        admin.presses("Check the file").await;
        admin.sees("2 tickets would be made; 0 are here already, 1 can't be taken.").await;
        admin.sees("give 1 to 255 characters").await;
        admin.presses("Bring 2 tickets in").await;
        admin.sees("2 tickets were made; 0 were here already, 1 could not be taken.").await;
        admin.presses("Check the file").await;
        admin.sees("0 tickets would be made; 2 are here already, 1 can't be taken.").await;
    })
    .await;
}
