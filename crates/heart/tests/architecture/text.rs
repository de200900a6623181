//! Rust source, read just well enough to tell code from comments, strings and tests.

/// What a Rust file says in product code.
pub struct Source {
    /// Code alone: comments are gone, each string literal is `""`, and so are items under
    /// `#[cfg(test)]`.
    pub code: String,
    /// The contents of string literals in that code.
    pub strings: Vec<String>,
    /// Names of the modules that are files of their own and only there for tests.
    pub test_modules: Vec<String>,
}

impl Source {
    pub fn parse(text: &str) -> Self {
        let (mut code, mut strings) = lex(text);
        let mut test_modules = Vec::new();
        while let Some(start) = code.find("#[cfg(test)]") {
            let end = start + item_end(&code[start..]);
            if let Some(name) = module_file(&code[start..end]) {
                test_modules.push(name.to_owned());
            }
            let length = end - start;
            strings.retain_mut(|(at, _)| {
                let inside = (start..end).contains(at);
                *at -= if *at >= end { length } else { 0 };
                !inside
            });
            code.replace_range(start..end, "");
        }
        Source { code, strings: strings.into_iter().map(|(_, s)| s).collect(), test_modules }
    }

    /// The words (identifiers and keywords) of the code.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.code.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|w| !w.is_empty())
    }

    /// The modules of `std` that the code names, as in `std::fs` and `use std::{fs, io::Read}`.
    pub fn std_modules(&self) -> Vec<String> {
        let mut modules = Vec::new();
        for (at, found) in self.code.match_indices("std::") {
            let rest = self.code[at + found.len()..].trim_start();
            match rest.strip_prefix('{') {
                None => modules.push(first_word(rest).to_owned()),
                Some(group) => {
                    let mut depth = 0;
                    let mut starts = true;
                    for (i, c) in group.char_indices() {
                        match c {
                            '{' => depth += 1,
                            '}' if depth == 0 => break,
                            '}' => depth -= 1,
                            ',' if depth == 0 => starts = true,
                            c if starts && !c.is_whitespace() => {
                                starts = false;
                                modules.push(first_word(&group[i..]).to_owned());
                            }
                            _ => {}
                        }
                    }
                }
            }
        }
        modules
    }
}

fn first_word(text: &str) -> &str {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default()
}

/// The name in `#[cfg(test)] mod name;`.
fn module_file(item: &str) -> Option<&str> {
    let name = item.split_once("mod ")?.1.strip_suffix(';')?;
    name.chars().all(|c| c.is_alphanumeric() || c == '_').then_some(name)
}

/// Where the item at the start of `code`, with its attributes, ends.
fn item_end(code: &str) -> usize {
    let is_import = code.trim_start_matches("#[cfg(test)]").trim_start().starts_with("use ");
    let mut depth = 0_i32;
    for (i, c) in code.char_indices() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => {
                depth -= 1;
                if depth == 0 && c == '}' && !is_import {
                    return i + 1;
                }
            }
            ';' if depth == 0 => return i + 1,
            _ => {}
        }
    }
    code.len()
}

/// Code without comments and contents of strings; and the strings, each with its place in it.
fn lex(text: &str) -> (String, Vec<(usize, String)>) {
    let (mut code, mut strings) = (String::with_capacity(text.len()), Vec::new());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if rest.starts_with("//") {
            rest = &rest[rest.find('\n').unwrap_or(rest.len())..];
        } else if rest.starts_with("/*") {
            rest = &rest[comment_end(rest)..];
        } else if let Some((hashes, open)) = raw_string(rest, code.chars().next_back()) {
            let close = format!("\"{}", "#".repeat(hashes));
            let length = rest[open..].find(&close).unwrap_or(rest.len() - open);
            strings.push((code.len(), rest[open..open + length].to_owned()));
            code.push_str("\"\"");
            rest = rest.get(open + length + close.len()..).unwrap_or_default();
        } else if c == '"' {
            let length = string_length(&rest[1..]);
            strings.push((code.len(), rest[1..=length].to_owned()));
            code.push_str("\"\"");
            rest = rest.get(length + 2..).unwrap_or_default();
        } else if let Some(length) = (c == '\'').then(|| character_length(rest)).flatten() {
            code.push_str("' '");
            rest = &rest[length..];
        } else {
            code.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    (code, strings)
}

/// Block comments nest.
fn comment_end(text: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < text.len() {
        if text[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if text[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                break;
            }
        } else {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    at
}

/// The number of hashes and the length of the opening of `r"`, `r#"`, `br"`, …
fn raw_string(text: &str, before: Option<char>) -> Option<(usize, usize)> {
    if before.is_some_and(|c| c.is_alphanumeric() || c == '_') {
        return None;
    }
    let prefix = ["r", "br", "cr"].into_iter().find(|p| {
        let rest = text.strip_prefix(p);
        rest.is_some_and(|rest| rest.starts_with('"') || rest.starts_with('#'))
    })?;
    let hashes = text[prefix.len()..].chars().take_while(|c| *c == '#').count();
    let open = prefix.len() + hashes + 1;
    text[..open.min(text.len())].ends_with('"').then_some((hashes, open))
}

/// Bytes up to the closing quote of a string whose opening one was passed.
fn string_length(text: &str) -> usize {
    let mut escaped = false;
    for (i, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return i,
            _ => {}
        }
    }
    text.len()
}

/// Bytes of the character literal at the start; `None` if it is a lifetime.
fn character_length(text: &str) -> Option<usize> {
    let mut characters = text.char_indices().skip(1);
    let (_, first) = characters.next()?;
    if first == '\\' {
        // The second character after the backslash at the earliest: `'\''`.
        return text.char_indices().skip(3).find(|(_, c)| *c == '\'').map(|(i, _)| i + 1);
    }
    characters.next().filter(|(_, c)| *c == '\'').map(|(i, _)| i + 1)
}

#[test]
fn comments_strings_and_tests_are_told_from_code() {
    let source = Source::parse(
        r##"
        //! std::fs in a comment
        use std::{fmt, time::{self, Duration}, collections::BTreeMap};
        /* std::net /* nested */ Instant */
        fn a<'a>(x: &'a str) -> char { let _ = "std::thread \" // no"; '"' }
        const B: &str = r#"heart "v1" // x"#;
        #[cfg(test)]
        #[derive(Debug)]
        pub fn hidden() { std::process::exit(1); "gone"; }
        #[cfg(test)]
        use std::{fs, net};
        #[cfg(test)]
        mod testing;
        fn c() -> std::io::Error { "last" }
        #[cfg(test)]
        mod tests { use std::env; }
        "##,
    );
    assert_eq!(source.std_modules(), ["fmt", "time", "collections", "io"]);
    assert_eq!(source.strings, [r#"std::thread \" // no"#, r#"heart "v1" // x"#, "last"]);
    assert_eq!(source.test_modules, ["testing"]);
    assert!(source.words().all(|word| word != "Instant" && word != "hidden"));
    assert!(source.words().any(|word| word == "Duration"));
}
