//! Which chunk defines a symbol: the one that its name lies in.

/// Numbers per symbol in `FileEntry::symbols`.
pub const SYMBOL_NUMBERS: usize = 2;

/// The symbols of a file by the lines that their names lie in.
pub struct Definitions<'a> {
    names: &'a [u8],
    offsets: &'a [u32],
    /// Line and number of the name, in this order.
    by_line: Vec<(u32, u32)>,
}

impl<'a> Definitions<'a> {
    /// `names` lie between `offsets`; `symbols` has the number of its name and its line for each.
    pub fn new(names: &'a [u8], offsets: &'a [u32], symbols: &[u32]) -> Self {
        let pairs = symbols.chunks_exact(SYMBOL_NUMBERS);
        let mut by_line: Vec<_> = pairs.map(|symbol| (symbol[1], symbol[0])).collect();
        by_line.sort_unstable();
        by_line.dedup();
        Self {
            names,
            offsets,
            by_line,
        }
    }

    /// The names of the symbols in lines `first` to `last`, each once, a space behind each.
    pub fn within(&self, first: u32, last: u32) -> String {
        let start = self.by_line.partition_point(|(line, _)| *line < first);
        let inside = self.by_line[start..].iter().take_while(|(line, _)| *line <= last);
        let mut names: Vec<u32> = inside.map(|(_, name)| *name).collect();
        names.sort_unstable();
        names.dedup();
        let mut all = String::new();
        for name in names.into_iter().filter_map(|name| self.name(name)) {
            all.push_str(name);
            all.push(' ');
        }
        all
    }

    /// `None` for a number that no correct caller gives.
    fn name(&self, number: u32) -> Option<&'a str> {
        let at = number as usize;
        let bytes = self.offsets.get(at..at + 2)?;
        std::str::from_utf8(self.names.get(bytes[0] as usize..bytes[1] as usize)?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_belongs_to_the_lines_that_it_lies_in() {
        let symbols = [1, 4, 0, 2, 1, 2, 1, 2, 2, 9];
        let definitions = Definitions::new(b"parseparseAlloperator+", &[0, 5, 13, 22], &symbols);
        let within = |first, last| definitions.within(first, last);
        assert_eq!(within(0, 1), "");
        assert_eq!(within(0, 2), "parse parseAll ");
        assert_eq!(within(2, 4), "parse parseAll ");
        assert_eq!(within(3, 4), "parseAll ");
        assert_eq!(within(5, u32::MAX), "operator+ ");
    }

    #[test]
    fn numbers_that_mean_nothing_are_passed_over() {
        let definitions = Definitions::new(
            b"a\xffb",
            &[0, 1, 2, 9, 1],
            &[7, 0, 1, 0, 2, 0, 3, 0, u32::MAX, 0, 0, 0],
        );
        assert_eq!(definitions.within(0, 0), "a ");
    }
}
