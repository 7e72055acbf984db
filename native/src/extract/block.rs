//! One file's facts as a self-contained block: what segments and the search index store of a file, written here once and
//! read by server/facts/block.ts, which describes the format.

use std::cell::RefCell;

use libdeflater::{CompressionLvl, Compressor};

use super::facts::{FileFacts, Rows, CALL_COLUMNS, CHUNK_COLUMNS, IMPORT_COLUMNS, SYMBOL_COLUMNS, TYPE_REF_COLUMNS};

/// Tables of a block, in their order.
pub const TABLES: usize = 5;

const COLUMNS: usize = SYMBOL_COLUMNS + IMPORT_COLUMNS + CALL_COLUMNS + TYPE_REF_COLUMNS + CHUNK_COLUMNS;
/// Where the name offsets begin: after six numbers, which the rows of each table end, and the widths of the columns.
const BODY: usize = (20 + TABLES * 4 + COLUMNS).next_multiple_of(8);

/// Shorter texts gain less than they cost.
const WORTH_DEFLATING: usize = 256;

/// The block of a file; its length is a multiple of 8. `text` is the file's text block or, for a skipped file, the reason.
pub fn encode(facts: &FileFacts, text: &[u8]) -> Vec<u8> {
    let tables = tables_of(facts);
    let widths: Vec<u8> = tables.iter().flat_map(Table::widths).collect();
    let deflated = deflated(text);
    let stored = deflated.as_deref().unwrap_or(text);
    let rows = tables
        .iter()
        .flat_map(|table| std::iter::repeat_n(table.rows(), table.columns));
    let columns: usize = rows.zip(&widths).map(|(rows, width)| rows * usize::from(*width)).sum();
    let names = facts.names.offsets.len() * 4 + facts.names.bytes.len();
    // As much as it takes, because it is kept until its batch is done; and the end of no names, and padding.
    let mut block = Vec::with_capacity(BODY + columns + names + stored.len() + 4 + 7);
    // The checksum's place.
    number(&mut block, 0);
    number(&mut block, facts.names.count());
    number(&mut block, facts.names.bytes.len());
    number(&mut block, text.len());
    number(&mut block, stored.len());
    tables.iter().for_each(|table| number(&mut block, table.rows()));
    block.extend(&widths);
    block.resize(BODY, 0);
    match facts.names.offsets.as_slice() {
        [] => number(&mut block, 0),
        offsets => block.extend(offsets.iter().flat_map(|offset| offset.to_le_bytes())),
    }
    for width in [4, 2, 1] {
        let mut widths = widths.iter();
        for table in &tables {
            for column in (0..table.columns).filter(|_| widths.next() == Some(&width)) {
                table.write(column, width, &mut block);
            }
        }
    }
    block.extend(&facts.names.bytes);
    block.extend(stored);
    block.resize(block.len().next_multiple_of(8), 0);
    let checksum = crc32c::crc32c(&block[4..]);
    block[..4].copy_from_slice(&checksum.to_le_bytes());
    block
}

/// Rows of each table.
pub fn row_counts(facts: &FileFacts) -> [u32; TABLES] {
    tables_of(facts).map(|table| table.rows() as u32)
}

/// A table's rows, one after the other.
struct Table<'a> {
    values: &'a [u32],
    columns: usize,
}

fn tables_of(facts: &FileFacts) -> [Table<'_>; TABLES] {
    [
        Table::of(&facts.symbols),
        Table::of(&facts.imports),
        Table::of(&facts.calls),
        Table::of(&facts.type_refs),
        Table::of(&facts.chunks),
    ]
}

impl<'a> Table<'a> {
    fn of<const N: usize>(rows: &'a Rows<N>) -> Self {
        let values = rows.as_flattened();
        Self { values, columns: N }
    }

    fn rows(&self) -> usize {
        self.values.len() / self.columns
    }

    /// Bytes that a value of each column takes; 0 where all are 0.
    fn widths(&self) -> Vec<u8> {
        let mut all = vec![0; self.columns];
        for row in self.values.chunks_exact(self.columns) {
            all.iter_mut().zip(row).for_each(|(bits, value)| *bits |= value);
        }
        let width = |bits| match bits {
            0 => 0,
            1..=0xFF => 1,
            0x100..=0xFFFF => 2,
            _ => 4,
        };
        all.into_iter().map(width).collect()
    }

    fn write(&self, column: usize, width: u8, block: &mut Vec<u8>) {
        let values = self.values.iter().skip(column).step_by(self.columns);
        match width {
            4 => block.extend(values.flat_map(|value| value.to_le_bytes())),
            2 => block.extend(values.flat_map(|value| (*value as u16).to_le_bytes())),
            _ => block.extend(values.map(|value| *value as u8)),
        }
    }
}

fn number(block: &mut Vec<u8>, value: usize) {
    block.extend((value as u32).to_le_bytes());
}

/// Nearly as small as the higher levels make such short texts, and several times as fast.
const LEVEL: CompressionLvl = match CompressionLvl::new(1) {
    Ok(level) => level,
    Err(_) => panic!("there is a level 1"),
};

thread_local! {
    /// Tables that are filled anew for each text, but need not be allocated each time.
    static DEFLATER: RefCell<Compressor> = RefCell::new(Compressor::new(LEVEL));
}

/// The text deflated (RFC 1951), where that makes it smaller.
fn deflated(text: &[u8]) -> Option<Vec<u8>> {
    if text.len() < WORTH_DEFLATING {
        return None;
    }
    // No room for what is not smaller: it fails there.
    let mut deflated = vec![0; text.len() - 1];
    let length = DEFLATER.with_borrow_mut(|deflater| deflater.deflate_compress(text, &mut deflated).ok())?;
    deflated.truncate(length);
    Some(deflated)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extract::names::Names;

    fn word(block: &[u8], at: usize) -> usize {
        u32::from_le_bytes(block[at..at + 4].try_into().unwrap()) as usize
    }

    #[test]
    fn nothing_is_a_header_and_the_end_of_no_names() {
        let block = encode(&FileFacts::default(), b"");
        assert_eq!((BODY, block.len()), (96, 104));
        assert_eq!(word(&block, 0), crc32c::crc32c(&block[4..]) as usize);
        assert!(block[4..].iter().all(|byte| *byte == 0));
    }

    #[test]
    fn columns_are_as_wide_as_their_largest_value_widest_first() {
        let mut names = Names::default();
        let ids = [names.intern(b"b"), names.intern(b"a")];
        let mut facts = FileFacts {
            type_refs: vec![[ids[0], 1, 0, 0, 300, 70_000, 0], [ids[1], 2, 0, 0, 5, 6, 0]],
            ..FileFacts::default()
        };
        facts.finish(&names, 100);
        let block = encode(&facts, b"why");
        let header: Vec<usize> = (1..10).map(|at| word(&block, at * 4)).collect();
        assert_eq!(header, [2, 2, 3, 3, 0, 0, 0, 2, 0]);
        let widths = 40 + SYMBOL_COLUMNS + IMPORT_COLUMNS + CALL_COLUMNS;
        assert_eq!(block[widths..widths + TYPE_REF_COLUMNS], [1, 1, 0, 0, 2, 4, 0]);
        let body = &block[BODY + 3 * 4..];
        assert_eq!((word(body, 0), word(body, 4)), (70_000, 6));
        assert_eq!(body[8..12], [44, 1, 5, 0]);
        assert_eq!(&body[12..21], b"\x01\x00\x01\x02abwhy");
        assert_eq!(row_counts(&facts), [0, 0, 0, 2, 0]);
    }

    #[test]
    fn a_text_is_deflated_where_that_makes_it_smaller() {
        let repeated = "the same words ".repeat(100);
        let block = encode(&FileFacts::default(), repeated.as_bytes());
        assert_eq!((word(&block, 12), word(&block, 16) < 100), (1500, true));
        let stored = &block[BODY + 4..][..word(&block, 16)];
        let mut inflated = vec![0; 1500];
        let length = libdeflater::Decompressor::new().deflate_decompress(stored, &mut inflated);
        assert_eq!((length, inflated), (Ok(1500), repeated.into_bytes()));
        let noise: Vec<u8> = (0..8_u8).flat_map(|at| *blake3::hash(&[at]).as_bytes()).collect();
        let block = encode(&FileFacts::default(), &noise);
        assert_eq!((word(&block, 12), word(&block, 16)), (256, 256));
    }
}
