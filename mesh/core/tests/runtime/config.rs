//! Configuration from the environment, typed wrong and right.

use std::ffi::OsString;

use clap::{CommandFactory, FromArgMatches, Parser};
use mesh_core::{
    config::{self, Secret, Shared},
    peer,
    stack::Limits,
    tls,
};

#[derive(Debug, Parser)]
struct Cli {
    #[command(flatten)]
    shared: Shared,
    #[arg(
        long,
        env = "TM_TICKETS_DATABASE_URL",
        default_value = "sqlite://tickets.db",
        hide_env_values = true
    )]
    tickets_database_url: Secret,
}

fn environment(pairs: &[(&str, &str)]) -> Vec<(OsString, OsString)> {
    pairs.iter().map(|(name, value)| (OsString::from(name), OsString::from(value))).collect()
}

fn refusal(pairs: &[(&str, &str)]) -> String {
    config::prepare(Cli::command(), environment(pairs)).expect_err("refused").to_string()
}

#[test]
fn an_unknown_variable_is_refused_with_the_nearest_one_known() {
    let said = refusal(&[("TM_TICKET_DATABASE_URL", "sqlite://x.db")]);
    assert_eq!(
        said,
        "TM_TICKET_DATABASE_URL is no setting of Ticketmesh; did you mean TM_TICKETS_DATABASE_URL?"
    );
    assert!(refusal(&[("TM_SMPT_URL_FILE", "/run/secrets/x")]).ends_with("did you mean TM_SMTP_URL?"));
}

#[test]
fn other_people_s_variables_are_none_of_our_business() {
    config::prepare(
        Cli::command(),
        environment(&[("PATH", "/bin"), ("TMPDIR", "/tmp"), ("TM_LOG", "debug")]),
    )
    .expect("fine");
}

#[test]
fn a_secret_may_come_from_a_file() {
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), "postgres://ada:geheim@db/tickets\n").expect("written");
    let path = file.path().to_str().expect("a path");
    let command = config::prepare(Cli::command(), environment(&[("TM_TICKETS_DATABASE_URL_FILE", path)]))
        .expect("fine");
    let matches = command.clone().try_get_matches_from(["ticketmesh"]).expect("parsed");
    let cli = Cli::from_arg_matches(&matches).expect("complete");
    assert_eq!(cli.tickets_database_url.reveal(), "postgres://ada:geheim@db/tickets");
    assert!(!format!("{cli:?}").contains("geheim"));
    let settings = config::effective(&command, &matches);
    let shown =
        settings.iter().find(|setting| setting.variable == "TM_TICKETS_DATABASE_URL").expect("listed");
    assert_eq!(shown.value, "postgres://ada:[redacted]@db/tickets");
}

#[test]
fn a_value_and_a_file_at_once_are_refused_and_so_is_a_file_that_is_not_there() {
    let both = [("TM_SMTP_URL", "smtp://mail"), ("TM_SMTP_URL_FILE", "/etc/hostname")];
    assert_eq!(refusal(&both), "TM_SMTP_URL is set, and TM_SMTP_URL_FILE too; set only one of them");
    assert!(
        refusal(&[("TM_SMTP_URL_FILE", "/no/such/file")])
            .starts_with("TM_SMTP_URL_FILE names /no/such/file, which can't be read")
    );
}

#[test]
fn effective_settings_say_where_they_come_from() {
    let command = Cli::command();
    let matches = command.clone().try_get_matches_from(["ticketmesh", "--stop-grace", "5s"]).expect("parsed");
    let settings = config::effective(&command, &matches);
    let of = |variable: &str| settings.iter().find(|setting| setting.variable == variable).expect("listed");
    assert_eq!((of("TM_STOP_GRACE").value.as_str(), of("TM_STOP_GRACE").source), ("5s", "command line"));
    assert_eq!(
        (of("TM_ADMIN_LISTEN").value.as_str(), of("TM_ADMIN_LISTEN").source),
        ("127.0.0.1:9090", "default")
    );
    assert_eq!(of("TM_SMTP_URL").value, "");
    assert!(Cli::command().try_get_matches_from(["ticketmesh", "--stop-grace", "soon"]).is_err());
}

#[test]
fn programs_and_people_get_the_same_defaults() {
    let cli = Cli::try_parse_from(["ticketmesh"]).expect("parsed");
    assert_eq!(cli.shared.peers, peer::Settings::default());
    assert_eq!(cli.shared.tls, tls::Settings::default());
    assert_eq!(cli.shared.limits, Limits::default());
}
