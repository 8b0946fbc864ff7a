//! A rate as configuration writes it.

use std::{num::NonZeroU32, str::FromStr};

use governor::Quota;

/// A rate such as `50/s`, `1000/h`, `50/s:200` (a burst of 200), or `off`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate(Option<Quota>);

impl FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "off" {
            return Ok(Self(None));
        }
        let wrong = || {
            format!("{text:?} is no rate; write `50/s`, `1000/h`, `50/s:200` for a burst of 200, or `off`")
        };
        let (rate, burst) = text.split_once(':').map_or((text, None), |(rate, burst)| (rate, Some(burst)));
        let (count, unit) = rate.split_once('/').ok_or_else(wrong)?;
        let count: NonZeroU32 = count.parse().map_err(|_| wrong())?;
        let quota = match unit {
            "s" => Quota::per_second(count),
            "m" => Quota::per_minute(count),
            "h" => Quota::per_hour(count),
            _ => return Err(wrong()),
        };
        let burst = burst.map(str::parse).transpose().map_err(|_| wrong())?;
        Ok(Self(Some(burst.map_or(quota, |burst| quota.allow_burst(burst)))))
    }
}

impl Rate {
    /// What a bucket of this rate holds; `None` where nothing is limited.
    pub(super) const fn quota(self) -> Option<Quota> {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::Rate;

    #[test]
    fn rates_are_read_and_nonsense_is_named() {
        for rate in ["1/s", "100/h", "7/m", "50/s:200", "off"] {
            assert!(rate.parse::<Rate>().is_ok(), "{rate}");
        }
        for nonsense in ["", "5", "0/s", "5/d", "5/s:0", "-1/s", "on"] {
            let said = nonsense.parse::<Rate>().expect_err(nonsense);
            assert!(said.contains("1000/h"), "{said}");
        }
    }
}
