//! Messages written field by field, without the crate's own writer: wrong ones, and those of
//! senders that are newer than this version. A field's number is its place in `schema/*.fbs`,
//! from 0; a union's type and value are two fields.

use flatbuffers::{FlatBufferBuilder, ForwardsUOffset, WIPOffset};

pub const REPORT: u8 = 1;
pub const SAMPLES: u8 = 2;
pub const BEAT: u8 = 3;
pub const CATALOGUE: u8 = 4;

/// Something that lies elsewhere in the message: a table, a string or a vector.
#[derive(Clone, Copy)]
pub struct There(u32);

/// What a table's field holds.
#[derive(Clone, Copy)]
pub enum Field {
    Byte(u8),
    Word(u32),
    Long(u64),
    There(There),
}

#[derive(Default)]
pub struct Raw {
    builder: FlatBufferBuilder<'static>,
}

impl Raw {
    pub fn string(&mut self, text: &str) -> There {
        There(self.builder.create_string(text).value())
    }

    /// A vector of structs made of 8-byte words (buttons, encoders, answers).
    pub fn longs<const N: usize>(&mut self, items: &[[u64; N]]) -> There {
        self.builder.start_vector::<u64>(items.len() * N);
        for word in items.iter().flatten().rev() {
            self.builder.push(*word);
        }
        There(self.builder.end_vector::<u64>(items.len()).value())
    }

    /// A vector of structs made of 4-byte words (axes, readings, samples, devices seen).
    pub fn words<const N: usize>(&mut self, items: &[[u32; N]]) -> There {
        self.builder.start_vector::<u32>(items.len() * N);
        for word in items.iter().flatten().rev() {
            self.builder.push(*word);
        }
        There(self.builder.end_vector::<u32>(items.len()).value())
    }

    /// A vector of tables.
    pub fn tables(&mut self, items: &[There]) -> There {
        let offset = |t: &There| WIPOffset::<ForwardsUOffset<u8>>::new(t.0);
        let items: Vec<_> = items.iter().map(offset).collect();
        There(self.builder.create_vector(&items).value())
    }

    pub fn table(&mut self, fields: &[(u16, Field)]) -> There {
        let start = self.builder.start_table();
        fields.iter().for_each(|(number, field)| self.field(*number, *field));
        There(self.builder.end_table(start).value())
    }

    fn field(&mut self, number: u16, field: Field) {
        let slot = 4 + 2 * number;
        match field {
            Field::Byte(value) => self.builder.push_slot_always(slot, value),
            Field::Word(value) => self.builder.push_slot_always(slot, value),
            Field::Long(value) => self.builder.push_slot_always(slot, value),
            Field::There(there) => {
                self.builder.push_slot_always(slot, WIPOffset::<u8>::new(there.0));
            }
        }
    }

    /// A whole message of "gw-1", stamped 1 to 5, with `more` fields.
    pub fn message(mut self, kind: u8, device: u32, body: There, more: &[(u16, Field)]) -> Vec<u8> {
        let start = self.builder.start_table();
        // A struct inside a table: its last words first, and the field's slot at its first.
        (2..=5_u64).rev().for_each(|word| {
            self.builder.push(word);
        });
        self.field(0, Field::Long(1));
        self.field(2, Field::Word(crate::known::node().key()));
        self.field(3, Field::Word(device));
        self.field(4, Field::Byte(kind));
        self.field(5, Field::There(body));
        more.iter().for_each(|(number, field)| self.field(*number, *field));
        let root = self.builder.end_table(start);
        self.builder.finish(root, Some("HRT1"));
        self.builder.finished_data().to_vec()
    }
}

/// A report of "knob" with these fields.
pub fn report(build: impl FnOnce(&mut Raw) -> Vec<(u16, Field)>) -> Vec<u8> {
    body(REPORT, crate::known::device().key(), build)
}

/// A message with these fields in its body.
pub fn body(kind: u8, device: u32, build: impl FnOnce(&mut Raw) -> Vec<(u16, Field)>) -> Vec<u8> {
    let mut raw = Raw::default();
    let fields = build(&mut raw);
    let body = raw.table(&fields);
    raw.message(kind, device, body, &[])
}
