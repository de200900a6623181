//! Lines out of a byte stream that tears, babbles and starts in the middle. Pure.
//!
//! Used by every board that speaks JSON lines. Hands out the bytes of each line from its first
//! `{` on; what is in front (boot banners, prompts, the rest of a torn line) is garbage, counted
//! and skipped. How the stream is cut into reads makes no difference.

use crate::telemetry::Garbage;

/// Longest line, bytes. The boards' lines are under 100.
pub(crate) const LINE_MAX: usize = 1024;

/// Splits bytes into lines. Holds at most [`LINE_MAX`] bytes.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    line: Vec<u8>,
    /// The current line was too long and is skipped to its end.
    skipping: bool,
}

impl Lines {
    /// Takes what was read and hands each whole line, or what was wrong with it, to `each`.
    /// Blank lines are nothing: some firmware starts every line with a few.
    pub(crate) fn feed(&mut self, bytes: &[u8], mut each: impl FnMut(Result<&str, Garbage>)) {
        for &byte in bytes {
            if byte == b'\n' {
                if !std::mem::take(&mut self.skipping) {
                    whole(&self.line, &mut each);
                }
                self.line.clear();
            } else if self.skipping {
            } else if self.line.len() >= LINE_MAX {
                self.skipping = true;
                self.line.clear();
                each(Err(Garbage::TooLong));
            } else {
                self.line.push(byte);
            }
        }
    }
}

fn whole(line: &[u8], each: &mut impl FnMut(Result<&str, Garbage>)) {
    let line = line.trim_ascii();
    if line.is_empty() {
        return;
    }
    let Some(start) = line.iter().position(|&byte| byte == b'{') else {
        return each(Err(Garbage::Banner));
    };
    if start > 0 {
        each(Err(Garbage::Banner));
    }
    each(std::str::from_utf8(&line[start..]).map_err(|_| Garbage::BadUtf8));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn feed(lines: &mut Lines, bytes: &[u8]) -> Vec<Result<String, Garbage>> {
        let mut all = Vec::new();
        lines.feed(bytes, |line| all.push(line.map(str::to_owned)));
        all
    }

    #[test]
    fn each_kind_of_noise_is_skipped_and_named() {
        let check = |bytes: &[u8], expected: &[Result<&str, Garbage>]| {
            let got = feed(&mut Lines::default(), bytes);
            let got: Vec<_> = got.iter().map(|line| line.as_deref().map_err(|why| *why)).collect();
            assert_eq!(got, expected, "{}", bytes.escape_ascii());
        };
        check(b"{1}\n", &[Ok("{1}")]);
        check(b"\n\r\n  \n\n{1}\r\n", &[Ok("{1}")]);
        check(b"{1}", &[]);
        check(b"code.py output:\r\n", &[Err(Garbage::Banner)]);
        check(b">>> \x1b]0;{1}\n", &[Err(Garbage::Banner), Ok("{1}")]);
        check(b"{\xff}\n{2}\n", &[Err(Garbage::BadUtf8), Ok("{2}")]);
        check(b"\xff\xfe{2}\n", &[Err(Garbage::Banner), Ok("{2}")]);
        let long = [&[b'{'; LINE_MAX + 1][..], b"{x}\n{2}\n"].concat();
        check(&long, &[Err(Garbage::TooLong), Ok("{2}")]);
    }

    #[test]
    fn a_line_of_exactly_the_limit_is_taken() {
        let line = [&vec![b'{'; LINE_MAX][..], b"\n"].concat();
        assert_eq!(feed(&mut Lines::default(), &line).len(), 1);
        assert!(feed(&mut Lines::default(), &line)[0].is_ok());
    }

    proptest! {
        #[test]
        fn any_split_of_the_stream_gives_the_same_lines(
            pieces in prop::collection::vec(
                prop_oneof![
                    "[a-z{}\" ]{0,40}\n".prop_map(String::into_bytes),
                    prop::collection::vec(any::<u8>(), 0..60),
                    Just(vec![b'{'; 700]),
                    Just(b"\n".to_vec()),
                ], 0..20),
            cuts in prop::collection::vec(1usize..50, 1..200),
        ) {
            let stream = pieces.concat();
            let whole = feed(&mut Lines::default(), &stream);
            let (mut lines, mut split, mut rest) = (Lines::default(), Vec::new(), &stream[..]);
            for cut in cuts.iter().cycle() {
                let (head, tail) = rest.split_at((*cut).min(rest.len()));
                split.extend(feed(&mut lines, head));
                rest = tail;
                if rest.is_empty() {
                    break;
                }
            }
            prop_assert_eq!(whole, split);
        }
    }
}
