//! What passed, what failed, and how long each took.
//!
//! Invariant: a step that fails never stops the ones after it, and never goes unreported.

use std::fmt;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

/// Counts over all steps so far.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    counts: Counts,
    steps: Vec<(String, Duration, Counts)>,
}

/// How many went which way.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) passed: u32,
    pub(crate) failed: u32,
}

impl Tally {
    /// Takes one step that passes or fails as a whole; answers what it made.
    pub(crate) fn step<T>(&mut self, name: &str, step: impl FnOnce() -> Result<T>) -> Option<T> {
        let mut made = None;
        self.counted(name, || {
            made = Some(step()?);
            Ok(Counts { passed: 1, failed: 0 })
        });
        made
    }

    /// Takes a step that counts for itself; one that cannot even count is one failure.
    pub(crate) fn counted(&mut self, name: &str, step: impl FnOnce() -> Result<Counts>) {
        println!("\n── {name} ──");
        let start = Instant::now();
        let counts = step().unwrap_or_else(|error| {
            eprintln!("error: {error:#}");
            Counts { passed: 0, failed: 1 }
        });
        self.counts.passed += counts.passed;
        self.counts.failed += counts.failed;
        self.steps.push((name.to_owned(), start.elapsed(), counts));
    }

    /// Takes steps while others are taken, where one alone would leave a core idle.
    pub(crate) fn beside(&mut self, others: impl FnOnce(&mut Self) + Send, own: impl FnOnce(&mut Self)) {
        let mut beside = Self::default();
        thread::scope(|scope| {
            scope.spawn(|| others(&mut beside));
            own(self);
        });
        self.counts.passed += beside.counts.passed;
        self.counts.failed += beside.counts.failed;
        self.steps.extend(beside.steps);
    }

    /// Prints the table of steps and, alone on the last line, the sum; any failure is an error.
    pub(crate) fn close(self) -> Result<()> {
        println!("\n{:<28} {:>9} {:>8} {:>8}", "step", "seconds", "passed", "failed");
        for (name, time, counts) in &self.steps {
            println!("{name:<28} {:>9.1} {:>8} {:>8}", time.as_secs_f64(), counts.passed, counts.failed);
        }
        println!("\n{}", self.counts);
        let failed = self.steps.iter().filter(|(_, _, counts)| counts.failed > 0);
        let names: Vec<_> = failed.map(|(name, _, _)| name.as_str()).collect();
        ensure!(names.is_empty(), "failed: {}", names.join(", "));
        Ok(())
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} passed, {} failed", self.passed, self.failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_after_a_failure_are_still_taken_and_the_whole_fails_by_name() {
        let mut tally = Tally::default();
        tally.step("first", || -> Result<()> { anyhow::bail!("broken") });
        tally.counted("second", || Ok(Counts { passed: 3, failed: 0 }));
        assert_eq!(tally.counts, Counts { passed: 3, failed: 1 });
        assert_eq!(tally.close().unwrap_err().to_string(), "failed: first");
    }

    #[test]
    fn steps_taken_beside_others_are_counted_with_them() {
        let mut tally = Tally::default();
        tally.beside(
            |tally| tally.counted("left", || Ok(Counts { passed: 2, failed: 1 })),
            |tally| tally.counted("right", || Ok(Counts { passed: 3, failed: 0 })),
        );
        assert_eq!(tally.counts, Counts { passed: 5, failed: 1 });
        assert_eq!(tally.close().unwrap_err().to_string(), "failed: left");
    }
}
