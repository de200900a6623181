//! Two saved baselines: the same judgement where only those are left.
//!
//! Each was taken in one go, at another time, so nothing in it says what the machine did in
//! between. The peers do: their code is pinned, so where their ratios are not 1 the machine was
//! another, and every interval is widened by what they show.

use std::path::PathBuf;

use crate::fault::Fault;
use crate::judge::{Chances, Judgement, Rule};
use crate::order::{interval, median, sorted};
use crate::sample::{self, Sample};
use crate::table::{Findings, Row};

/// A baseline: a criterion home and a name in it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Baseline {
    home: PathBuf,
    name: String,
}

/// What the peers say of the machine: bounds of new / old of code that did not change.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Machine {
    low: f64,
    high: f64,
    peers: usize,
}

/// The name under which criterion keeps what it measured last.
const NEWEST: &str = "new";
/// What would help where two baselines do not tell.
const HELP: &str = "run both checkouts alternately (`tools/gate OLD NEW`)";
/// Peers from which on they say something of the machine.
const FEWEST_PEERS: usize = 4;

impl Baseline {
    /// `DIR` or `DIR:NAME`.
    pub fn parse(text: &str) -> Self {
        let (home, name) = text.rsplit_once(':').unwrap_or((text, NEWEST));
        Baseline { home: home.into(), name: name.to_owned() }
    }

    fn samples(&self) -> Result<Vec<Sample>, Fault> {
        let samples = sample::baseline(&self.home, &self.name)?;
        if samples.is_empty() {
            let (home, name) = (self.home.display(), &self.name);
            let how = format!("`cargo bench … -- --save-baseline {name}` makes one");
            return Err(Fault::Nothing(format!("{home} holds no baseline {name:?}; {how}")));
        }
        Ok(samples)
    }

    fn shown(&self) -> String {
        format!("baseline {:?} in {}", self.name, self.home.display())
    }
}

/// Judges ours in two baselines.
///
/// # Errors
/// Files that are missing or not criterion's, or nothing in common.
pub fn compare(old: &Baseline, new: &Baseline, rule: &Rule) -> Result<Findings, Fault> {
    let (mut old_samples, new_samples) = (old.samples()?, new.samples()?);
    let names = [old.shown(), new.shown()];
    let mut remarks = Vec::new();
    for sample in &new_samples {
        if is_ours(&sample.id) && !old_samples.iter().any(|old| old.id == sample.id) {
            remarks.push(format!("{} has no {}: not compared", names[0], sample.id));
        }
    }
    let mut pairs = Vec::new();
    old_samples.retain(|old| match new_samples.iter().find(|new| new.id == old.id) {
        Some(new) => {
            pairs.push((old.clone(), new.clone()));
            false
        }
        None => true,
    });
    let gone = old_samples.iter().filter(|sample| is_ours(&sample.id));
    remarks.extend(gone.map(|sample| format!("{} has no {}: not compared", names[1], sample.id)));
    let (ours, peers): (Vec<_>, Vec<_>) = pairs.into_iter().partition(|(old, _)| is_ours(&old.id));
    if ours.is_empty() {
        let [old, new] = names;
        return Err(Fault::Nothing(format!("{old} and {new} have no id of ours in common")));
    }
    let machine = Machine::seen_by(&peers);
    remarks.push(machine.remark());
    let chances = Chances { ids: ours.len(), looks: 1 };
    let row = |(old, new): &(Sample, Sample)| {
        let judgement = judge(&old.sorted_ns, &new.sorted_ns, machine, rule, chances);
        let medians = [median(&old.sorted_ns), median(&new.sorted_ns)];
        let rounds = old.sorted_ns.len().min(new.sorted_ns.len());
        Row::new(old.id.clone(), medians, rounds, &judgement, HELP.to_owned())
    };
    Ok(Findings::new(names, rule.limit, ours.iter().map(row).collect(), remarks))
}

/// `<bench>/<implementation>/…`, ours named `heart`.
pub fn is_ours(id: &str) -> bool {
    id.split('/').nth(1) == Some("heart")
}

/// Each median's own interval takes half of the error; the ratio's lies between their far ends.
fn judge(old: &[f64], new: &[f64], machine: Machine, rule: &Rule, chances: Chances) -> Judgement {
    let [below, above] = rule.errors(chances).map(|error| error / 2.0);
    let (old_low, old_high) = interval(old, above, below);
    let (new_low, new_high) = interval(new, below, above);
    let low = new_low / old_high / machine.high;
    let high = if old_low > 0.0 { new_high / old_low / machine.low } else { f64::INFINITY };
    rule.of_interval(median(new) / median(old), low, high)
}

impl Machine {
    /// All but the tenth at either end of the peers' ratios, and 1.
    fn seen_by(peers: &[(Sample, Sample)]) -> Self {
        let ratio = |(old, new): &(Sample, Sample)| median(&new.sorted_ns) / median(&old.sorted_ns);
        let ratios = sorted(peers.iter().map(ratio));
        let peers = ratios.len();
        if peers < FEWEST_PEERS {
            return Machine { low: 1.0, high: 1.0, peers };
        }
        let end = peers / 10;
        Machine { low: ratios[end].min(1.0), high: ratios[peers - 1 - end].max(1.0), peers }
    }

    fn remark(&self) -> String {
        let Machine { low, high, peers } = self;
        if *peers < FEWEST_PEERS {
            return "No peers in both baselines: what the machine did between the two runs counts \
                    as a change of ours. Two checkouts run alternately are judged better."
                .to_owned();
        }
        format!(
            "{peers} benchmarks of peers, whose code is the same, took {low:.2} to {high:.2} times \
             as long: each interval is wider by that."
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::Verdict;

    fn sample(id: &str, ns: f64) -> Sample {
        // A spread of 2 % in a hundred samples, as criterion takes by itself.
        let sorted_ns = sorted((0..100).map(|n| ns * (1.0 + f64::from(n % 20) / 1_000.0)));
        Sample { id: id.to_owned(), sorted_ns }
    }

    fn verdict(true_ratio: f64, machine: f64) -> Judgement {
        let peers: Vec<_> = (0..10)
            .map(|n| {
                let each = 1.0 + (machine - 1.0) * f64::from(n) / 9.0;
                (sample("codec/json/decode", 300.0), sample("codec/json/decode", 300.0 * each))
            })
            .collect();
        let (old, new) = (sample("a", 100.0), sample("a", 100.0 * true_ratio * machine));
        let chances = Chances { ids: 16, looks: 1 };
        let machine = Machine::seen_by(&peers);
        judge(&old.sorted_ns, &new.sorted_ns, machine, &Rule::default(), chances)
    }

    #[test]
    fn a_fifth_slower_is_told_from_nothing_on_a_steady_machine() {
        assert_eq!(verdict(1.0, 1.0).verdict, Verdict::Fine);
        assert_eq!(verdict(1.2, 1.0).verdict, Verdict::Slower);
        // The peers were slower too: nothing is claimed but what exceeds them.
        assert_eq!(verdict(1.0, 1.3).verdict, Verdict::Unclear);
        assert_eq!(verdict(1.2, 1.3).verdict, Verdict::Slower);
    }

    #[test]
    fn an_interval_holds_the_ratio_and_grows_with_what_the_peers_saw() {
        let (steady, restless) = (verdict(1.05, 1.0), verdict(1.05, 1.2));
        assert!(steady.low < 1.05 && 1.05 < steady.high && steady.low > 1.0, "{steady:?}");
        assert!(restless.high / restless.low > steady.high / steady.low, "{restless:?}");
    }

    #[test]
    fn few_peers_say_nothing_of_the_machine() {
        let pair = || (sample("codec/json/decode", 100.0), sample("codec/json/decode", 200.0));
        let machine = Machine::seen_by(&[pair(), pair(), pair()]);
        assert_eq!(machine, Machine { low: 1.0, high: 1.0, peers: 3 });
        assert!(machine.remark().contains("No peers"));
        let machine = Machine::seen_by(&[pair(), pair(), pair(), pair()]);
        assert_eq!((machine.low, machine.high), (1.0, 2.0));
    }

    #[test]
    fn a_baseline_is_a_folder_and_perhaps_a_name() {
        let baseline = Baseline::parse("target/criterion:before");
        assert_eq!((baseline.home, baseline.name.as_str()), ("target/criterion".into(), "before"));
        assert_eq!(Baseline::parse("a/b").name, "new");
    }

    #[test]
    fn ours_are_named_heart() {
        assert!(is_ours("contract_codec/heart/decode/knob"));
        assert!(!is_ours("contract_codec/serde_json/decode/heart") && !is_ours("heart"));
    }
}
