//! Which mapping a pad has: the crew's file first, then the controller database that is built in.
//!
//! The database is the community's, under the zlib licence: `data/gamecontrollerdb` has its
//! source and how it was made. It is searched when a pad is opened and kept as text until then.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::guid::Guid;
use super::line::{LineError, Mapping};

/// A mapping and the GUIDs that have it, a line; commonest first.
const BUILT_IN: &str = include_str!("../../../data/gamecontrollerdb/linux.txt");
/// Most bytes of a crew's file: the whole database of all platforms has 600 KiB.
const FILE_MAX: u64 = 4 << 20;
/// The platform whose indices are ours.
pub(super) const PLATFORM: &str = "Linux";

/// A crew's file of mappings, checked.
#[derive(Clone, Debug, Default)]
pub(super) struct Table(Vec<(Guid, Mapping)>);

impl Table {
    /// Reads a file of SDL's lines; those of other platforms are passed over.
    pub(super) fn read(file: &Path) -> Result<Table, String> {
        let mut text = String::new();
        let opened =
            File::open(file).and_then(|file| file.take(FILE_MAX).read_to_string(&mut text));
        match opened {
            Ok(bytes) if bytes as u64 >= FILE_MAX => Err(format!("more than {FILE_MAX} bytes")),
            Ok(_) => Table::parse(&text),
            Err(why) => Err(why.to_string()),
        }
    }

    fn parse(text: &str) -> Result<Table, String> {
        let mut table = Table::default();
        for (number, line) in text.lines().enumerate() {
            let line = line.trim();
            let foreign =
                line.split(',').any(|e| e.starts_with("platform:") && e != "platform:Linux");
            if line.is_empty() || line.starts_with('#') || foreign {
                continue;
            }
            let wrong = |why: &str| format!("line {}: {why}", number + 1);
            match Mapping::parse(line) {
                Ok((Some(guid), mapping)) => table.0.push((guid, mapping)),
                Ok((None, _)) => return Err(wrong("it does not start with 32 digits of a GUID")),
                Err(LineError::Empty) => {}
                Err(why) => return Err(wrong(&why.to_string())),
            }
        }
        Ok(table)
    }

    /// The mapping that fits best; of equals the last, so that a line can be corrected below.
    pub(super) fn find(&self, pad: Guid) -> Option<Mapping> {
        let fitting = self
            .0
            .iter()
            .rev()
            .filter_map(|(guid, mapping)| Some((pad.rank(*guid, mapping.crc)?, mapping)));
        fitting.min_by_key(|(rank, _)| *rank).map(|(_, mapping)| mapping.clone())
    }
}

/// The mapping that fits best in the database that is built in; of equals the commonest.
pub(super) fn find(pad: Guid) -> Option<Mapping> {
    let entries = BUILT_IN.lines().filter_map(|line| line.split_once(' '));
    let fitting = entries.filter_map(|(mapping, guids)| {
        // Before the mapping is parsed: only one of hundreds is meant.
        let ranks = guids.split(' ').filter_map(|guid| pad.rank(Guid::parse(guid)?, None));
        Some((ranks.min()?, mapping))
    });
    let (_, mapping) = fitting.min_by_key(|(rank, _)| *rank)?;
    Mapping::parse(mapping).ok().map(|(_, mapping)| mapping)
}

#[cfg(test)]
mod tests {
    use heart_event::Keys;

    use super::super::line::{Input, Output};
    use super::*;

    fn guid(text: &str) -> Guid {
        Guid::parse(text).unwrap()
    }

    /// The index of the button that is `code`.
    fn button(mapping: &Mapping, code: heart_event::Code) -> Option<u8> {
        mapping.binds.iter().find_map(|bind| match (bind.from, bind.to) {
            (Input::Button(index), Output::Button(to)) if to == code => Some(index),
            _ => None,
        })
    }

    #[test]
    fn every_line_that_is_built_in_is_understood() {
        let (mut mappings, mut guids) = (0, 0);
        for line in BUILT_IN.lines().filter(|line| !line.starts_with('#')) {
            let (mapping, pads) = line.split_once(' ').unwrap();
            Mapping::parse(mapping).unwrap_or_else(|why| panic!("{mapping}: {why}"));
            mappings += 1;
            guids += pads.split(' ').map(guid).count();
        }
        assert_eq!((mappings, guids), (290, 715));
    }

    #[test]
    fn a_version_that_is_not_listed_has_its_drivers_commonest_mapping() {
        // DualShock 4 under hid-generic and under hid-playstation, versions that are not listed.
        let plain = find(guid("030000004c050000c405000022010000")).unwrap();
        let driven = find(guid("030000004c050000c405000022810000")).unwrap();
        assert_eq!((button(&plain, Keys::SOUTH), button(&driven, Keys::SOUTH)), (Some(1), Some(0)));
        assert_eq!(find(guid("030000000000000000000000000000ff")), None);
    }

    #[test]
    fn a_crews_file_corrects_the_database_and_is_read_whole_or_not_at_all() {
        let text = "# ours\n\n030000005e0400008e02000014010000,Old,a:b7,platform:Linux,\n\
                    030000005e0400008e02000014010000,New,a:b8,\n\
                    030000005e0400008e02000014010000,Other,nonsense:q1,platform:Windows,\n\
                    030000005e0400008e02000014010000,None,platform:Linux,\n";
        let table = Table::parse(text).unwrap();
        let mapping = table.find(guid("03003dbb5e0400008e02000014010000")).unwrap();
        assert_eq!(button(&mapping, Keys::SOUTH), Some(8));
        assert_eq!(table.find(guid("030000005e0400008f02000014010000")), None);
        assert!(Table::parse("\na:b0\n").unwrap_err().starts_with("line 2: it does not start"));
        let bad = "030000005e0400008e02000014010000,Pad,a:q0";
        assert!(Table::parse(bad).unwrap_err().starts_with("line 1: \"q0\" is no input"));
        assert!(Table::read(Path::new("/nowhere/pads.txt")).is_err());
    }
}
