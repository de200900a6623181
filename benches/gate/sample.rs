//! What criterion leaves on disk: `<home>/<group>/<function>/<baseline>/{sample,benchmark}.json`.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::fault::Fault;
use crate::order::sorted;

/// One benchmark of one baseline.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// Criterion's id: `<bench>/<implementation>/<operation>/<payload>`.
    pub id: String,
    /// Nanoseconds of one iteration, one of each of criterion's samples, ascending, none empty.
    pub sorted_ns: Vec<f64>,
}

/// `sample.json`: so many iterations took so many nanoseconds.
#[derive(Deserialize)]
struct Times {
    iters: Vec<f64>,
    times: Vec<f64>,
}

/// `benchmark.json`, of which only the id is read.
#[derive(Deserialize)]
struct Named {
    full_id: String,
}

/// Folders below a home at most: groups, and functions of a group.
const DEPTH: usize = 4;
/// Bytes of a file at most; criterion's own are some ten thousand.
const MOST_BYTES: u64 = 16 << 20;

/// Every benchmark below a criterion home that has this baseline, by id.
///
/// # Errors
/// A folder or file that cannot be read, or is not criterion's.
pub fn baseline(home: &Path, name: &str) -> Result<Vec<Sample>, Fault> {
    let mut folders = Vec::new();
    find(home, name, DEPTH, &mut folders)?;
    let mut samples = folders.iter().map(|folder| read(folder)).collect::<Result<Vec<_>, _>>()?;
    samples.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(samples)
}

fn find(folder: &Path, name: &str, depth: usize, found: &mut Vec<PathBuf>) -> Result<(), Fault> {
    let unread = |error| Fault::io("list", folder, error);
    for entry in fs::read_dir(folder).map_err(unread)? {
        let path = entry.map_err(unread)?.path();
        if !path.is_dir() {
            continue;
        }
        if path.file_name().is_some_and(|last| last == name) && path.join("sample.json").is_file() {
            found.push(path);
        } else if depth > 0 {
            find(&path, name, depth - 1, found)?;
        }
    }
    Ok(())
}

fn read(folder: &Path) -> Result<Sample, Fault> {
    let Named { full_id } = json(&folder.join("benchmark.json"))?;
    let file = folder.join("sample.json");
    let Times { iters, times } = json(&file)?;
    let each = times.iter().zip(&iters).map(|(time, iters)| time / iters);
    let sorted_ns = sorted(each);
    let whole = sorted_ns.iter().all(|ns| ns.is_finite() && *ns > 0.0);
    if sorted_ns.is_empty() || !whole || iters.len() != times.len() {
        return Err(Fault::not_criterions(&file, "no times, or times that are not above zero"));
    }
    Ok(Sample { id: full_id, sorted_ns })
}

fn json<T: DeserializeOwned>(file: &Path) -> Result<T, Fault> {
    let length = fs::metadata(file).map_err(|error| Fault::io("read", file, error))?.len();
    if length > MOST_BYTES {
        return Err(Fault::not_criterions(file, "it is larger than 16 MiB"));
    }
    let bytes = fs::read(file).map_err(|error| Fault::io("read", file, error))?;
    serde_json::from_slice(&bytes).map_err(|error| Fault::not_criterions(file, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes what criterion 0.8 writes of one benchmark.
    fn write(home: &Path, function: &str, baseline: &str, sample: &str) {
        let folder = home.join("codec").join(function.replace('/', "_")).join(baseline);
        fs::create_dir_all(&folder).unwrap();
        let named = format!(
            r#"{{"group_id":"codec","function_id":"{function}","value_str":null,"throughput":null,
                "full_id":"codec/{function}","directory_name":"codec/x","title":"codec/{function}"}}"#
        );
        fs::write(folder.join("benchmark.json"), named).unwrap();
        fs::write(folder.join("sample.json"), sample).unwrap();
    }

    fn home(name: &str) -> PathBuf {
        let home = std::env::temp_dir().join(format!("heart-gate-{name}-{}", std::process::id()));
        _ = fs::remove_dir_all(&home);
        fs::create_dir_all(&home).unwrap();
        home
    }

    #[test]
    fn samples_are_found_by_baseline_and_divided_by_their_iterations() {
        let home = home("found");
        let sample = r#"{"sampling_mode":"Linear","iters":[1.0,2.0,3.0],"times":[30.0,20.0,60.0]}"#;
        write(&home, "heart/decode/knob", "before", sample);
        write(&home, "heart/decode/gamepad", "before", sample);
        write(&home, "heart/decode/knob", "after", sample);
        let ids = |name: &str| -> Vec<_> {
            baseline(&home, name).unwrap().into_iter().map(|sample| sample.id).collect()
        };
        assert_eq!(ids("before"), ["codec/heart/decode/gamepad", "codec/heart/decode/knob"]);
        assert_eq!(ids("after"), ["codec/heart/decode/knob"]);
        assert!(ids("never").is_empty());
        assert_eq!(baseline(&home, "after").unwrap()[0].sorted_ns, [10.0, 20.0, 30.0]);
        fs::remove_dir_all(&home).unwrap();
    }

    #[test]
    fn what_is_not_criterions_is_named() {
        let home = home("broken");
        for broken in [
            "{",
            r#"{"iters":[],"times":[]}"#,
            r#"{"iters":[1.0],"times":[1.0,2.0]}"#,
            r#"{"iters":[0.0],"times":[1.0]}"#,
            r#"{"iters":[1.0],"times":[0.0]}"#,
            r#"{"iters":[1.0]}"#,
        ] {
            write(&home, "heart/decode/knob", "new", broken);
            let fault = baseline(&home, "new").unwrap_err().to_string();
            assert!(fault.contains("sample.json") && fault.contains("criterion"), "{fault}");
        }
        fs::remove_dir_all(&home).unwrap();
        let fault = baseline(&home, "new").unwrap_err().to_string();
        assert!(fault.contains(&home.display().to_string()), "{fault}");
    }
}
