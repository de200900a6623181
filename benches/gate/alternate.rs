//! Two checkouts, built and run in turns.

use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::{Instant, SystemTime};

use crate::cargo::Bench;
use crate::checkout::{Checkout, root};
use crate::fault::Fault;
use crate::judge::{Judgement, Rule};
use crate::program::{Pace, Program};
use crate::table::{Findings, Row};
use crate::trial::{Coin, Measured, Side, Trial};

/// What is compared, and how.
pub struct Asked {
    /// A revision, or a folder with a checkout.
    pub old: String,
    /// Likewise.
    pub new: String,
    /// Names of benches.
    pub benches: Vec<String>,
    /// Only ids that contain this.
    pub only: Option<String>,
    /// What is too slow.
    pub rule: Rule,
    /// Rounds at most.
    pub rounds: usize,
    /// Length of one measurement.
    pub pace: Pace,
    /// Where worktrees and builds are; `target/gate` of the repository if not said.
    pub place: Option<PathBuf>,
    /// Of the coin that turns the order.
    pub seed: Option<u64>,
}

/// One bench, built twice.
struct Pair {
    old: Program,
    new: Program,
}

/// Builds both, measures them in turns, and judges.
///
/// # Errors
/// A side that is not there or does not build, or nothing in common.
pub fn run(asked: &Asked) -> Result<Findings, Fault> {
    let root = root()?;
    let place = asked.place.clone().unwrap_or_else(|| root.join("target/gate"));
    fs::create_dir_all(&place).map_err(|error| Fault::io("make", &place, error))?;
    let place = place.canonicalize().map_err(|error| Fault::io("find", &place, error))?;
    let _lock = lock(&place)?;
    let old = Checkout::of(&asked.old, "old", &root, &place)?;
    let new = Checkout::of(&asked.new, "new", &root, &place)?;

    let mut remarks = Vec::new();
    let (mut pairs, mut ids) = (Vec::new(), Vec::new());
    for (old_bench, new_bench) in in_common(&old, &new, &asked.benches, &mut remarks)? {
        let name = &old_bench.name;
        let program = |side: &Checkout, bench: &Bench, role: &str| {
            let shown = format!("{name} of {}", side.shown);
            eprintln!("gate: building {shown}");
            let home = place.join("criterion").join(format!("{role}-{name}"));
            Ok(Program::new(shown, side.build(bench)?, side.package(), home))
        };
        let pair =
            Pair { old: program(&old, &old_bench, "old")?, new: program(&new, &new_bench, "new")? };
        let names = [&old.shown, &new.shown];
        let only = asked.only.as_deref().unwrap_or_default();
        for id in both(pair.old.ids()?, pair.new.ids()?, names, &mut remarks) {
            if id.contains(only) {
                ids.push((id, pairs.len()));
            }
        }
        pairs.push(pair);
    }
    if ids.is_empty() {
        remarks.push("The two sides have no benchmark of ours in common.".to_owned());
        return Err(Fault::Nothing(remarks.join("\n")));
    }
    let judged = measure(asked, &pairs, &ids)?;
    let row = |(measured, judgement): &(Measured, Judgement)| {
        let help = help(&asked.rule, judgement, measured.rounds());
        Row::new(measured.id.clone(), measured.medians_ns(), measured.rounds(), judgement, help)
    };
    let rows = judged.iter().map(row).collect();
    Ok(Findings::new([old.shown, new.shown], asked.rule.limit, rows, remarks))
}

/// The benches of these names that both have; says which one lacks.
fn in_common(
    old: &Checkout,
    new: &Checkout,
    names: &[String],
    remarks: &mut Vec<String>,
) -> Result<Vec<(Bench, Bench)>, Fault> {
    let (old_benches, new_benches) = (old.benches()?, new.benches()?);
    let mut pairs = Vec::new();
    for name in names {
        let of = |benches: &[Bench]| benches.iter().find(|bench| bench.name == *name).cloned();
        match (of(&old_benches), of(&new_benches)) {
            (Some(old), Some(new)) => pairs.push((old, new)),
            (None, None) => {
                return Err(Fault::Usage(format!("neither side has a bench {name:?}")));
            }
            (None, Some(_)) => remarks.push(format!("{} has no bench {name}", old.shown)),
            (Some(_), None) => remarks.push(format!("{} has no bench {name}", new.shown)),
        }
    }
    Ok(pairs)
}

/// The ids that both have, in the new one's order; says which one lacks.
fn both(
    old: Vec<String>,
    new: Vec<String>,
    [old_name, new_name]: [&String; 2],
    remarks: &mut Vec<String>,
) -> Vec<String> {
    let [has_old, has_new] = [&old, &new].map(|ids| ids.iter().cloned().collect::<BTreeSet<_>>());
    let lack = |name: &String, id: &String| format!("{name} has no {id}: not compared");
    remarks.extend(has_new.difference(&has_old).map(|id| lack(old_name, id)));
    remarks.extend(has_old.difference(&has_new).map(|id| lack(new_name, id)));
    new.into_iter().filter(|id| has_old.contains(id)).collect()
}

fn measure(
    asked: &Asked,
    pairs: &[Pair],
    ids: &[(String, usize)],
) -> Result<Vec<(Measured, Judgement)>, Fault> {
    let since_epoch = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    // Seconds are enough to differ from run to run, and short enough to type.
    let seed = asked.seed.unwrap_or(since_epoch.as_secs());
    let (count, began) = (ids.len(), Instant::now());
    eprintln!("gate: {count} benchmarks, at most {} rounds, --seed {seed}", asked.rounds);
    let trial = Trial { rule: asked.rule, rounds: asked.rounds, ids: count };
    let time = |id: &str, side| {
        let pair = ids.iter().find(|(known, _)| known == id).map_or(0, |(_, pair)| *pair);
        let Pair { old, new } = &pairs[pair];
        match side {
            Side::Old => old.measure(id, &asked.pace),
            Side::New => new.measure(id, &asked.pace),
        }
    };
    let told = |rounds, open| {
        let elapsed = began.elapsed().as_secs();
        eprintln!("gate: {rounds} rounds, {elapsed} s: {open} of {count} cannot be told yet");
    };
    trial.run(ids.iter().map(|(id, _)| id.clone()).collect(), &mut Coin(seed), time, told)
}

fn help(rule: &Rule, judgement: &Judgement, rounds: usize) -> String {
    match rule.rounds_to_tell(judgement, rounds) {
        Some(more) => {
            let more = more.max(rounds + 1).next_multiple_of(4);
            format!("about {more} rounds would tell (`--rounds {more}`), or a quieter machine")
        }
        None => "so near the limit that no number of rounds would tell".to_owned(),
    }
}

/// Two gates in one place would build into each other, and disturb each other anyway.
fn lock(place: &Path) -> Result<File, Fault> {
    let path = place.join("lock");
    let file = File::create(&path).map_err(|error| Fault::io("write", &path, error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            let place = place.display();
            Err(Fault::Unavailable(format!("another gate runs in {place}; wait until it ends")))
        }
        Err(TryLockError::Error(error)) => Err(Fault::io("lock", &path, error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_one_side_has_is_said_and_left_out() {
        let ids = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
        let (old, new) = ("v1".to_owned(), "v2".to_owned());
        let mut remarks = Vec::new();
        let common = both(ids(&["a", "b"]), ids(&["c", "b"]), [&old, &new], &mut remarks);
        assert_eq!(common, ["b"]);
        assert_eq!(remarks, ["v1 has no c: not compared", "v2 has no a: not compared"]);
    }

    #[test]
    fn help_names_more_rounds_than_there_were() {
        let rule = Rule::default();
        let unclear = rule.of_interval(1.101, 1.09, 1.11);
        assert!(help(&rule, &unclear, 64).contains("no number of rounds"));
        let unclear = rule.of_interval(1.2, 1.099, 1.3);
        assert!(help(&rule, &unclear, 64).contains("--rounds 84"));
    }

    #[test]
    fn a_second_gate_in_one_place_waits() {
        let place = std::env::temp_dir().join(format!("heart-gate-lock-{}", std::process::id()));
        fs::create_dir_all(&place).unwrap();
        let first = lock(&place).unwrap();
        assert_eq!(lock(&place).unwrap_err().code(), 69);
        drop(first);
        assert!(lock(&place).is_ok());
        fs::remove_dir_all(&place).unwrap();
    }
}
