//! The facts of one file as rows of unsigned 32-bit columns; the columns are those of server/model/columns.ts.

use super::names::{Names, SortedNames};

pub const SYMBOL_COLUMNS: usize = 17;
pub const IMPORT_COLUMNS: usize = 9;
pub const CALL_COLUMNS: usize = 9;
pub const TYPE_REF_COLUMNS: usize = 7;
pub const CHUNK_COLUMNS: usize = 8;

/// Bits of a symbol's flags.
pub mod symbol_flag {
    pub const EXPORTED: u32 = 1;
    pub const DEPRECATED: u32 = 2;
    pub const TEST: u32 = 4;
    pub const STATIC: u32 = 8;
    pub const ABSTRACT: u32 = 16;
    pub const DECLARATION: u32 = 32;
    pub const REEXPORT: u32 = 64;
    pub const VISIBILITY_SHIFT: u32 = 8;
}

/// Bits of a file's flags.
pub mod file_flag {
    pub const TEST: u8 = 1;
    pub const GENERATED: u8 = 2;
    pub const VENDORED: u8 = 4;
}

/// Why a file is text only or its facts are incomplete; numbers of `limitReasons` in server/model/skipReason.ts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Limit {
    #[default]
    None = 0,
    NoGrammar = 1,
    ParseLimit = 2,
    Deadline = 3,
    LongLines = 4,
    SyntaxErrors = 5,
    RowLimit = 6,
}

/// Rows of `N` columns.
pub type Rows<const N: usize> = Vec<[u32; N]>;

/// Everything known of one file. Name columns hold places in `names`, text columns (start, length) in `text`.
#[derive(Debug, Default, PartialEq)]
pub struct FileFacts {
    pub language: usize,
    pub mode: u8,
    pub limit: Limit,
    pub flags: u8,
    pub lines: u32,
    pub errors: u32,
    pub names: SortedNames,
    pub text: Vec<u8>,
    pub symbols: Rows<SYMBOL_COLUMNS>,
    pub imports: Rows<IMPORT_COLUMNS>,
    pub calls: Rows<CALL_COLUMNS>,
    pub type_refs: Rows<TYPE_REF_COLUMNS>,
    pub chunks: Rows<CHUNK_COLUMNS>,
}

/// Columns that hold a name, and those that hold a name + 1 with 0 for none.
const NAMED: [(&[usize], &[usize]); 4] = [(&[0], &[4]), (&[], &[1, 2, 3]), (&[0], &[]), (&[0], &[3])];

impl FileFacts {
    /// Cuts each table at `max` rows, says so, and rewrites names from the order of appearance to their sorted places.
    pub fn finish(&mut self, names: &Names, max: usize) {
        let longest = [
            self.symbols.len(),
            self.imports.len(),
            self.calls.len(),
            self.type_refs.len(),
            self.chunks.len(),
        ];
        if longest.iter().any(|rows| *rows > max) {
            self.limit = Limit::RowLimit;
            self.cut(max);
        }
        let (sorted, places) = names.sorted();
        self.names = sorted;
        rename(&mut self.symbols, NAMED[0], &places);
        rename(&mut self.imports, NAMED[1], &places);
        rename(&mut self.calls, NAMED[2], &places);
        rename(&mut self.type_refs, NAMED[3], &places);
    }

    /// Rows refer to symbols by row + 1, so what refers to a symbol beyond the cut loses that reference.
    fn cut(&mut self, max: usize) {
        self.symbols.truncate(max);
        self.imports.truncate(max);
        self.calls.truncate(max);
        self.type_refs.truncate(max);
        self.chunks.truncate(max);
        let forget = |row: &mut u32| {
            if *row as usize > max {
                *row = 0;
            }
        };
        self.calls.iter_mut().for_each(|row| forget(&mut row[5]));
        self.type_refs.iter_mut().for_each(|row| forget(&mut row[2]));
        self.chunks.iter_mut().for_each(|row| forget(&mut row[5]));
    }
}

fn rename<const N: usize>(rows: &mut Rows<N>, (plain, optional): (&[usize], &[usize]), places: &[u32]) {
    for row in rows {
        for column in plain {
            row[*column] = places[row[*column] as usize];
        }
        for column in optional {
            if row[*column] > 0 {
                row[*column] = places[row[*column] as usize - 1] + 1;
            }
        }
    }
}
