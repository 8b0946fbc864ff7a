//! Pictures of every page, as the people of the demonstration see them: in light, in dark, and at the width of a phone.
//!
//! `cargo xtask screens` starts the product and chromedriver, then this. The pages stand in [`pages::PAGES`]; a page that does
//! not come to rest, or is missing, fails the run.

#![expect(clippy::print_stdout, reason = "a tool that speaks on standard output")]

mod browser;
#[path = "../../tests/browser/chromium.rs"]
mod chromium;
mod pages;

use std::{error::Error, fs, path::PathBuf};

use clap::Parser;

use browser::Browser;
use chromium::Look;
use pages::{PAGES, Page, Person};

/// Anything that went wrong; the run stops there.
type Result<T, E = Box<dyn Error>> = std::result::Result<T, E>;

#[derive(Debug, Parser)]
struct Options {
    /// Address of the product, without a slash at the end
    #[arg(long)]
    address: String,
    /// Address of chromedriver
    #[arg(long)]
    webdriver: String,
    /// Password of the demonstration's people
    #[arg(long)]
    password: String,
    /// Folder of the pictures
    #[arg(long)]
    folder: PathBuf,
}

impl Look {
    const ALL: [Self; 3] = [Self::Light, Self::Dark, Self::Phone];

    const fn name(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
            Self::Phone => "phone",
        }
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let options = Options::parse();
    fs::create_dir_all(&options.folder)?;
    let mut failures = Vec::new();
    for look in Look::ALL {
        for person in Person::ALL {
            failures.extend(take(&options, look, person).await?);
        }
    }
    if failures.is_empty() { Ok(()) } else { Err(failures.join("; ").into()) }
}

/// Every page one person sees, in one browser; answers which pages were not to be had.
async fn take(options: &Options, look: Look, person: Person) -> Result<Vec<String>> {
    let browser = Browser::open(&options.webdriver, look).await?;
    if let Some(email) = person.email() {
        browser.sign_in(&options.address, email, &options.password).await?;
    }
    let mut failures = Vec::new();
    for page in PAGES.iter().filter(|page| page.seen_by == person) {
        let file = options.folder.join(format!("{}-{}.png", page.name, look.name()));
        match shoot(options, &browser, page).await {
            Ok((picture, (first, largest))) => {
                fs::write(&file, picture)?;
                println!("{}  first paint {first:.0} ms, largest {largest:.0} ms", file.display());
            }
            Err(error) => failures.push(format!("{}: {error}", file.display())),
        }
    }
    browser.close().await?;
    Ok(failures)
}

/// The page's picture, and when it was painted. Pages one comes to by links are painted long after the first one.
async fn shoot(options: &Options, browser: &Browser, page: &Page) -> Result<(Vec<u8>, (f64, f64))> {
    browser.go(&format!("{}{}", options.address, page.path)).await?;
    let paints = browser.paints().await?;
    for link in page.then {
        browser.follow(link).await?;
    }
    Ok((browser.picture().await?, paints))
}
