//! Codes of authenticator apps (RFC 6238): six digits made of a shared secret and the time, in steps of thirty seconds. The step
//! before and the one after count too, since clocks differ.

use fast_qr::{QRBuilder, convert::svg::SvgBuilder};
use jiff::Timestamp;
use mesh_core::error::{Error, Result};
use totp_rs::{Builder, Totp};

/// What an app calls the account's home.
const ISSUER: &str = "Ticketmesh";
/// In bytes; what RFC 4226 recommends.
pub(crate) const SECRET_LENGTH: usize = 20;

/// What an app needs to know.
#[derive(Debug)]
pub(crate) struct Enrolment {
    /// Base32, to be typed.
    pub(crate) secret: String,
    /// `otpauth://…`
    pub(crate) uri: String,
    /// The same as a picture.
    pub(crate) qr_svg: String,
}

impl Enrolment {
    /// For the account with this address.
    pub(crate) fn new(secret: &[u8], email: &str) -> Result<Self> {
        let app = app(secret, email)?;
        let uri = app.to_url().map_err(Error::internal)?;
        let qr =
            QRBuilder::new(uri.as_str()).build().map_err(|error| Error::internal(format!("{error:?}")))?;
        Ok(Self { secret: app.secret().to_base32(), uri, qr_svg: SvgBuilder::default().to_str(&qr) })
    }
}

/// The time step whose code this is now; `None` when it is none.
pub(crate) fn step_of(code: &str, secret: &[u8], now: Timestamp) -> Result<Option<i64>> {
    let now = u64::try_from(now.as_second()).unwrap_or_default();
    let step = app(secret, "")?.check(code, now);
    Ok(step.and_then(|step| i64::try_from(step).ok()))
}

/// SHA-1, six digits, thirty seconds: what every app understands, and the only thing some do.
fn app(secret: &[u8], email: &str) -> Result<Totp> {
    let app = Builder::new().with_secret(secret.to_vec()).with_account_name(email).with_issuer(Some(ISSUER));
    app.build().map_err(Error::internal)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::{Enrolment, step_of};

    const SECRET: &[u8] = b"12345678901234567890";

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("an instant")
    }

    #[test]
    fn codes_are_those_of_the_standard() {
        // RFC 6238, appendix B, the last six digits.
        for (second, code) in [(59, "287082"), (1_111_111_109, "081804"), (20_000_000_000, "353130")] {
            assert_eq!(step_of(code, SECRET, at(second)).expect("answers"), Some(second / 30), "{code}");
        }
    }

    #[test]
    fn a_code_counts_one_step_early_and_one_step_late() {
        let step = |second| step_of("287082", SECRET, at(second)).expect("answers");
        assert_eq!([0, 29, 30, 89, 90].map(step), [Some(1), Some(1), Some(1), Some(1), None]);
        for other in ["28708", "2870820", "287083", "", "28708x"] {
            assert_eq!(step_of(other, SECRET, at(59)).expect("answers"), None, "{other}");
        }
    }

    #[test]
    fn an_app_is_told_all_it_needs() {
        let told = Enrolment::new(SECRET, "ann@example.org").expect("an enrolment");
        assert_eq!(
            told.uri,
            "otpauth://totp/Ticketmesh:ann%40example.org?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Ticketmesh"
        );
        assert!(told.qr_svg.starts_with("<svg") && told.uri.contains(&told.secret));
    }
}
