//! Several tick files as one sequence, "merged by the time of their next lines, the file named first
//! going first where times are equal"; the lines of one file keep its order.

use super::fault::{LineFault, Place};
use super::instruments::Instruments;
use super::lines::Source;
use super::tick_file::{Row, TickFile};

/// The rows of several files, one at a time.
pub(super) struct Merge {
    heads: Vec<Head>,
    /// The head whose row was given out last.
    given: usize,
}

struct Head {
    file: TickFile,
    next: Option<Row>,
}

impl Merge {
    pub(super) fn open(sources: &[Source], instruments: &mut Instruments) -> anyhow::Result<Self> {
        let mut heads = Vec::with_capacity(sources.len());
        for source in sources {
            let mut file = TickFile::open(source)?;
            let next = file.read(instruments)?;
            heads.push(Head { file, next });
        }
        Ok(Self { heads, given: 0 })
    }

    /// The row whose turn it is, to be left behind with [`Merge::advance`]. Files are few: the earliest
    /// head is found by looking at each.
    pub(super) fn next(&mut self) -> Option<Row> {
        let earliest = self
            .heads
            .iter()
            .enumerate()
            .filter_map(|(index, head)| Some((index, head.next?)))
            .min_by_key(|&(_, row)| row.time);
        let (index, row) = earliest?;
        self.given = index;
        Some(row)
    }

    /// Goes on to the line after the row that [`Merge::next`] gave.
    ///
    /// # Errors
    /// Where that line is malformed.
    pub(super) fn advance(&mut self, instruments: &mut Instruments) -> Result<(), LineFault> {
        let head = &mut self.heads[self.given];
        head.next = head.file.read(instruments)?;
        Ok(())
    }

    /// The line of the row that [`Merge::next`] gave.
    pub(super) fn place(&self) -> &Place {
        self.heads[self.given].file.place()
    }
}
