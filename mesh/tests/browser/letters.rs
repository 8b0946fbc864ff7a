//! The letters of the mesh, from the folder it leaves them in where there is no mail server.

use std::{fs, path::PathBuf};

use mesh_core::testing::eventually;

use crate::stage::Stage;

impl Stage {
    /// The path of the link in the newest letter about this to somebody.
    pub(crate) async fn link_for(&self, email: &str, subject: &str) -> String {
        let letter = self.letter_for(email, subject).await;
        let address = self.mesh.address();
        let link = letter.split_whitespace().find_map(|word| word.strip_prefix(&address));
        link.unwrap_or_else(|| panic!("no link in {letter}")).to_owned()
    }

    /// The code in the newest letter about this to somebody.
    pub(crate) async fn code_for(&self, email: &str, subject: &str) -> String {
        let letter = self.letter_for(email, subject).await;
        let is_code = |line: &&str| line.len() == 6 && line.bytes().all(|byte| byte.is_ascii_digit());
        letter.lines().find(is_code).unwrap_or_else(|| panic!("no code in {letter}")).to_owned()
    }

    /// The newest letter about this to somebody, once there is one.
    pub(crate) async fn letter_for(&self, email: &str, subject: &str) -> String {
        let line = format!("Subject: {subject}\r\n");
        let is_it = |letter: &String| {
            let (head, _) = letter.split_once("\r\n\r\n").unwrap_or_default();
            let to = head.lines().find(|line| line.starts_with("To: ")).unwrap_or_default();
            to.contains(email) && letter.contains(&line)
        };
        let newest = async || self.letters().into_iter().rev().find(is_it);
        eventually(&format!("there is a letter {subject:?} to {email}"), newest).await
    }

    /// All letters, oldest first: their names begin with the time.
    fn letters(&self) -> Vec<String> {
        let folder = fs::read_dir(self.mesh.folder().join("data/mail")).expect("the folder of letters");
        let files = folder.map(|file| file.expect("a file").path());
        let mut files: Vec<PathBuf> =
            files.filter(|file| file.extension().is_some_and(|end| end == "eml")).collect();
        files.sort();
        files.iter().map(|file| unfolded(&fs::read_to_string(file).expect("a letter"))).collect()
    }
}

/// The letter with its long lines whole again (RFC 2045, 6.7).
fn unfolded(letter: &str) -> String {
    letter.replace("=\r\n", "")
}
