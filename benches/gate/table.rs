//! What was found: a table for people, one line of JSON for programs, and an exit code.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::judge::{Judgement, Verdict};

/// Everything that one run of the gate says.
#[derive(Debug, Serialize)]
pub struct Findings {
    /// Worst of the rows: slower before unclear before fine.
    pub verdict: Verdict,
    /// What was, as the person called it, and its commit.
    pub old: String,
    /// What was judged.
    pub new: String,
    /// Largest ratio that is let pass.
    pub limit: f64,
    /// One a benchmark.
    pub rows: Vec<Row>,
    /// Benchmarks or benches that only one side has, and what else a reader should know.
    pub remarks: Vec<String>,
}

/// One benchmark.
#[derive(Debug, Serialize)]
pub struct Row {
    /// Criterion's id.
    pub id: String,
    /// Median time of an iteration.
    pub old_ns: f64,
    /// Likewise.
    pub new_ns: f64,
    /// Median ratio new / old.
    pub ratio: f64,
    /// Lower end of its interval; 0 if there was too little to say.
    pub low: f64,
    /// Upper end; none if there was too little to say.
    pub high: Option<f64>,
    /// Rounds, or criterion's samples where two baselines were compared.
    pub rounds: usize,
    /// What follows.
    pub verdict: Verdict,
    /// What would help where it is unclear; else empty.
    pub help: String,
}

/// Something is slower (as `diff` and `grep` say "different").
const SLOWER: u8 = 1;
/// EX_TEMPFAIL of sysexits: nothing is known to be slower, but not everything could be told.
const UNCLEAR: u8 = 75;

impl Row {
    /// Of a judged benchmark.
    pub fn new(
        id: String,
        [old_ns, new_ns]: [f64; 2],
        rounds: usize,
        judgement: &Judgement,
        help: String,
    ) -> Self {
        let Judgement { ratio, low, high, verdict } = *judgement;
        let help = if verdict == Verdict::Unclear { help } else { String::new() };
        // What follows was decided before; more digits would only be noise to read.
        let round = |value: f64| (value * 1e4).round() / 1e4;
        let (ratio, low) = (round(ratio), round(low));
        let high = high.is_finite().then(|| round(high));
        let [old_ns, new_ns] = [old_ns, new_ns].map(|ns| (ns * 1e2).round() / 1e2);
        Row { id, old_ns, new_ns, ratio, low, high, rounds, verdict, help }
    }
}

impl Findings {
    /// Of these rows.
    pub fn new([old, new]: [String; 2], limit: f64, rows: Vec<Row>, remarks: Vec<String>) -> Self {
        let any = |verdict| rows.iter().any(|row| row.verdict == verdict);
        let verdict = if any(Verdict::Slower) {
            Verdict::Slower
        } else if any(Verdict::Unclear) {
            Verdict::Unclear
        } else {
            Verdict::Fine
        };
        Findings { verdict, old, new, limit, rows, remarks }
    }

    /// 0, 1 or 75.
    pub fn code(&self) -> u8 {
        match self.verdict {
            Verdict::Fine => 0,
            Verdict::Slower => SLOWER,
            Verdict::Unclear => UNCLEAR,
        }
    }

    fn of(&self, verdict: Verdict) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(move |row| row.verdict == verdict)
    }

    fn conclusion(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (all, limit) = (self.rows.len(), self.limit);
        for row in self.of(Verdict::Slower) {
            let (id, low, ratio) = (&row.id, row.low, row.ratio);
            writeln!(f, "SLOWER: {id} takes {ratio:.2} times as long, surely over {low:.2}")?;
        }
        // What would help is often the same for all: then it is said once.
        let mut helps = BTreeMap::<_, Vec<_>>::new();
        for row in self.of(Verdict::Unclear) {
            helps.entry(&row.help).or_default().push(row.id.as_str());
        }
        for (help, ids) in helps {
            writeln!(f, "UNCLEAR: {}: {help}", ids.join(", "))?;
        }
        match self.verdict {
            Verdict::Fine => writeln!(f, "FINE: none of {all} takes over {limit:.2} times as long"),
            Verdict::Slower => {
                let slower = self.of(Verdict::Slower).count();
                writeln!(f, "FAILED: {slower} of {all} take over {limit:.2} times as long")
            }
            Verdict::Unclear => {
                let unclear = self.of(Verdict::Unclear).count();
                writeln!(
                    f,
                    "INCONCLUSIVE: {unclear} of {all} could not be told, none is known slower"
                )
            }
        }
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.rows.iter().map(|row| row.id.len()).max().unwrap_or_default().max(2);
        writeln!(f, "old: {}\nnew: {}\n", self.old, self.new)?;
        writeln!(
            f,
            "{:width$} {:>10} {:>10} {:>6}  {:^13} {:>6}  verdict",
            "id", "old", "new", "ratio", "interval", "rounds"
        )?;
        for row in &self.rows {
            let (old, new) = (time(row.old_ns), time(row.new_ns));
            let high = row.high.map_or_else(|| "…".to_owned(), |high| format!("{high:.2}"));
            let between = format!("{:.2} .. {high}", row.low);
            let verdict = match row.verdict {
                Verdict::Fine => "fine",
                Verdict::Slower => "SLOWER",
                Verdict::Unclear => "unclear",
            };
            writeln!(
                f,
                "{:width$} {old:>10} {new:>10} {:>6.2}  {between:^13} {:>6}  {verdict}",
                row.id, row.ratio, row.rounds
            )?;
        }
        writeln!(f)?;
        self.remarks.iter().try_for_each(|remark| writeln!(f, "{remark}"))?;
        self.conclusion(f)
    }
}

/// Three digits and a unit.
fn time(ns: f64) -> String {
    let (value, unit) = match ns {
        _ if ns < 1e3 => (ns, "ns"),
        _ if ns < 1e6 => (ns / 1e3, "us"),
        _ if ns < 1e9 => (ns / 1e6, "ms"),
        _ => (ns / 1e9, "s"),
    };
    let digits = if value < 10.0 { 2 } else { usize::from(value < 100.0) };
    format!("{value:.digits$} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::Rule;

    fn findings(judgements: &[(f64, f64, f64)]) -> Findings {
        let rule = Rule::default();
        let row = |(at, (ratio, low, high)): (usize, &(f64, f64, f64))| {
            let judgement = rule.of_interval(*ratio, *low, *high);
            let (id, help) = (format!("codec/heart/{at}"), "less noise".to_owned());
            Row::new(id, [87.3, 87.3 * ratio], 16, &judgement, help)
        };
        let rows = judgements.iter().enumerate().map(row).collect();
        Findings::new(["v1".to_owned(), "v2".to_owned()], rule.limit, rows, vec![])
    }

    #[test]
    fn the_worst_row_decides_the_exit_code() {
        let (fine, slower, unclear) = ((1.0, 0.9, 1.05), (1.3, 1.2, 1.4), (1.1, 1.0, 1.2));
        assert_eq!(findings(&[fine, fine]).code(), 0);
        assert_eq!(findings(&[fine, slower, unclear]).code(), 1);
        assert_eq!(findings(&[unclear, fine]).code(), 75);
    }

    #[test]
    fn the_text_says_what_is_slower_by_how_much_and_what_would_help() {
        let text = findings(&[(1.0, 0.9, 1.05), (1.3, 1.2, 1.4), (1.12, 1.05, 1.25)]).to_string();
        let expected = "\
old: v1
new: v2

id                   old        new  ratio    interval    rounds  verdict
codec/heart/0    87.3 ns    87.3 ns   1.00  0.90 .. 1.05      16  fine
codec/heart/1    87.3 ns     113 ns   1.30  1.20 .. 1.40      16  SLOWER
codec/heart/2    87.3 ns    97.8 ns   1.12  1.05 .. 1.25      16  unclear

SLOWER: codec/heart/1 takes 1.30 times as long, surely over 1.20
UNCLEAR: codec/heart/2: less noise
FAILED: 1 of 3 take over 1.10 times as long
";
        assert_eq!(text, expected);
    }

    #[test]
    fn what_helps_all_is_said_once() {
        let text = findings(&[(1.1, 1.0, 1.2), (1.0, 0.9, 1.0), (1.1, 1.0, 1.3)]).to_string();
        assert!(text.contains("UNCLEAR: codec/heart/0, codec/heart/2: less noise\n"), "{text}");
        assert!(text.ends_with("INCONCLUSIVE: 2 of 3 could not be told, none is known slower\n"));
    }

    #[test]
    fn what_is_infinite_is_left_out_of_the_json() {
        let findings = findings(&[(1.0, 0.0, f64::INFINITY)]);
        let json = serde_json::to_string(&findings).unwrap();
        assert!(
            json.contains(r#""high":null"#) && json.contains(r#""verdict":"unclear""#),
            "{json}"
        );
        assert!(findings.to_string().contains("0.00 .. …"), "{findings}");
    }

    #[test]
    fn times_have_three_digits() {
        let shown = [0.5, 87.31, 113.4, 2_345.0, 45_670_000.0, 3e9].map(time);
        assert_eq!(shown, ["0.50 ns", "87.3 ns", "113 ns", "2.35 us", "45.7 ms", "3.00 s"]);
    }
}
