//! From what a terminal shows to what it should show, in the fewest bytes that are simple.

use std::io::Write;

use super::cells::{Cells, Colour};

const CLEAR: &[u8] = b"\x1b[0m\x1b[2J";
/// U+2580 UPPER HALF BLOCK.
const UPPER_HALF: &[u8] = "\u{2580}".as_bytes();

/// Appends to `bytes` what turns `shown` into `next`: nothing where they are equal; all of it,
/// on a cleared screen, where `shown` is not known or of another size.
pub(super) fn diff(shown: Option<&Cells>, next: &Cells, bytes: &mut Vec<u8>) {
    let shown = shown.filter(|shown| shown.extent() == next.extent());
    if shown.is_none() {
        bytes.extend_from_slice(CLEAR);
    }
    let columns = usize::from(next.extent().0);
    let mut cursor = None;
    let mut colours: Option<(Colour, Colour)> = None;
    for (at, cell) in next.cells().iter().enumerate() {
        if shown.and_then(|shown| shown.cells().get(at)) == Some(cell) {
            continue;
        }
        let (row, column) = (at / columns, at % columns);
        // The cursor stands behind the last cell that was written; at a row's end it is said
        // anew, for terminals differ in where it is.
        if cursor != Some(at) || column == 0 {
            push(bytes, format_args!("\x1b[{};{}H", row + 1, column + 1));
        }
        cursor = Some(at + 1);
        let wanted = (cell.top, cell.bottom);
        let front = colours.is_none_or(|(top, _)| top != wanted.0);
        let behind = colours.is_none_or(|(_, bottom)| bottom != wanted.1);
        let Colour([r, g, b]) = wanted.0;
        let Colour([br, bg, bb]) = wanted.1;
        match (front, behind) {
            (true, true) => {
                push(bytes, format_args!("\x1b[38;2;{r};{g};{b};48;2;{br};{bg};{bb}m"));
            }
            (true, false) => push(bytes, format_args!("\x1b[38;2;{r};{g};{b}m")),
            (false, true) => push(bytes, format_args!("\x1b[48;2;{br};{bg};{bb}m")),
            (false, false) => {}
        }
        colours = Some(wanted);
        bytes.extend_from_slice(UPPER_HALF);
    }
}

/// Appends a line of text in row `row`, counted from 1, cut to `columns`. Control characters
/// become spaces: text never moves the cursor.
pub(super) fn line(row: u16, columns: u16, text: &str, bytes: &mut Vec<u8>) {
    push(bytes, format_args!("\x1b[0m\x1b[{row};1H\x1b[K"));
    for letter in text.chars().take(columns.into()) {
        push(bytes, format_args!("{}", if letter.is_control() { ' ' } else { letter }));
    }
}

fn push(bytes: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    // Writing to a vector does not fail.
    let _ = bytes.write_fmt(text);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::cells::Cell;
    use super::*;

    fn cell(top: u8, bottom: u8) -> Cell {
        Cell { top: Colour([top, 0, 0]), bottom: Colour([0, bottom, 0]) }
    }

    #[track_caller]
    fn check(shown: Option<&Cells>, next: &Cells, expected: &str) {
        let mut bytes = Vec::new();
        diff(shown, next, &mut bytes);
        assert_eq!(String::from_utf8(bytes).unwrap(), expected);
    }

    #[test]
    fn nothing_changed_is_nothing_written() {
        let cells = Cells::of(2, vec![cell(1, 2), cell(3, 4), cell(5, 6), cell(7, 8)]);
        check(Some(&cells), &cells, "");
    }

    #[test]
    fn one_changed_cell_is_one_move_and_one_cell() {
        let shown = Cells::of(2, vec![cell(1, 1); 4]);
        let next = Cells::of(2, vec![cell(1, 1), cell(1, 1), cell(1, 1), cell(9, 8)]);
        check(Some(&shown), &next, "\x1b[2;2H\x1b[38;2;9;0;0;48;2;0;8;0m\u{2580}");
    }

    #[test]
    fn a_run_of_cells_is_moved_to_once_and_repeats_no_colour() {
        let shown = Cells::of(4, vec![cell(1, 1); 4]);
        let next = Cells::of(4, vec![cell(1, 1), cell(9, 8), cell(9, 8), cell(9, 7)]);
        let expected =
            "\x1b[1;2H\x1b[38;2;9;0;0;48;2;0;8;0m\u{2580}\u{2580}\x1b[48;2;0;7;0m\u{2580}";
        check(Some(&shown), &next, expected);
    }

    #[test]
    fn another_size_is_drawn_from_a_cleared_screen() {
        let shown = Cells::of(1, vec![cell(1, 1); 2]);
        let next = Cells::of(1, vec![cell(1, 1)]);
        let expected = "\x1b[0m\x1b[2J\x1b[1;1H\x1b[38;2;1;0;0;48;2;0;1;0m\u{2580}";
        check(Some(&shown), &next, expected);
        check(None, &next, expected);
    }

    #[test]
    fn a_line_is_cut_and_cannot_move_the_cursor() {
        let mut bytes = Vec::new();
        line(3, 5, "a\x1b[2Jbc", &mut bytes);
        assert_eq!(String::from_utf8(bytes).unwrap(), "\x1b[0m\x1b[3;1H\x1b[Ka [2J");
    }

    /// A terminal that understands just enough to be told what to show.
    struct Screen {
        columns: usize,
        cells: Vec<Cell>,
        cursor: usize,
        pen: Cell,
    }

    impl Screen {
        fn write(&mut self, bytes: &[u8]) {
            let text = String::from_utf8(bytes.to_vec()).unwrap();
            let mut rest = text.as_str();
            while !rest.is_empty() {
                if let Some(after) = rest.strip_prefix('\u{2580}') {
                    self.cells[self.cursor] = self.pen;
                    self.cursor += 1;
                    rest = after;
                    continue;
                }
                let body = rest.strip_prefix("\x1b[").expect("a sequence");
                let end = body.find(|letter: char| letter.is_ascii_alphabetic()).unwrap();
                let numbers: Vec<usize> =
                    body[..end].split(';').filter_map(|number| number.parse().ok()).collect();
                match (&body[end..=end], numbers.as_slice()) {
                    ("H", [row, column]) => self.cursor = (row - 1) * self.columns + column - 1,
                    ("J", [2]) => self.cells.fill(Cell::default()),
                    ("m", [0]) => self.pen = Cell::default(),
                    ("m", colours) => {
                        for colour in colours.chunks_exact(5) {
                            let rgb = [2, 3, 4].map(|at| u8::try_from(colour[at]).unwrap());
                            match colour[0] {
                                38 => self.pen.top = Colour(rgb),
                                48 => self.pen.bottom = Colour(rgb),
                                other => panic!("{other}"),
                            }
                        }
                    }
                    other => panic!("{other:?}"),
                }
                rest = &body[end + 1..];
            }
        }
    }

    proptest! {
        #[test]
        fn after_any_row_of_pictures_the_terminal_shows_the_last(
            pictures in prop::collection::vec(prop::collection::vec((0u8..3, 0u8..3), 12), 1..6)
        ) {
            let mut screen =
                Screen { columns: 4, cells: vec![Cell::default(); 12], cursor: 0, pen: cell(7, 7) };
            let mut shown: Option<Cells> = None;
            for picture in pictures {
                let cells = picture.iter().map(|&(top, bottom)| cell(top, bottom)).collect();
                let next = Cells::of(4, cells);
                let mut bytes = Vec::new();
                diff(shown.as_ref(), &next, &mut bytes);
                screen.write(&bytes);
                prop_assert_eq!(&screen.cells[..], next.cells());
                shown = Some(next);
            }
        }
    }
}
