//! Tables for people: a label, a count, and a text that is broken into lines.
//!
//! Laid out by hand: the text of a row spans the column in which its parts have their counts, and crates for tables have
//! no such cell.

const WIDTH: usize = 118;
const INDENT: usize = 2;
const GAP: usize = 3;

/// A table under a title.
pub(crate) struct Table {
    title: String,
    rows: Vec<Row>,
}

enum Row {
    Whole {
        label: String,
        count: u64,
        text: String,
    },
    Part {
        count: u64,
        text: String,
    },
}

/// How wide the columns are: of labels, of counts, of the counts of parts.
struct Widths {
    label: usize,
    count: usize,
    part: usize,
}

impl Table {
    pub(crate) fn new(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            rows: Vec::new(),
        }
    }

    /// A row, and what it means.
    pub(crate) fn row(mut self, label: &str, count: u64, text: &str) -> Self {
        let (label, text) = (label.to_owned(), text.to_owned());
        self.rows.push(Row::Whole { label, count, text });
        self
    }

    /// A part of the row above: its count is already in that one's.
    pub(crate) fn part(mut self, count: u64, text: impl Into<String>) -> Self {
        let text = text.into();
        self.rows.push(Row::Part { count, text });
        self
    }

    /// The lines of the table.
    pub(crate) fn render(&self) -> String {
        let widths = self.widths();
        let lines = self.rows.iter().flat_map(|row| row.lines(&widths));
        let lines: Vec<_> = std::iter::once(self.title.clone()).chain(lines).collect();
        lines.join("\n")
    }

    fn widths(&self) -> Widths {
        let mut widths = Widths {
            label: 0,
            count: 0,
            part: 0,
        };
        for row in &self.rows {
            match row {
                Row::Whole { label, count, .. } => {
                    widths.label = widths.label.max(label.chars().count());
                    widths.count = widths.count.max(grouped(*count).len());
                }
                Row::Part { count, .. } => widths.part = widths.part.max(grouped(*count).len()),
            }
        }
        widths
    }
}

impl Row {
    fn lines(&self, widths: &Widths) -> Vec<String> {
        let Widths { label, count, part } = *widths;
        match self {
            Self::Whole {
                label: name,
                count: number,
                text,
            } => {
                let number = grouped(*number);
                let head = format!("{:INDENT$}{name:label$}{:GAP$}{number:>count$}", "", "");
                beside(&head, text)
            }
            Self::Part {
                count: number,
                text,
            } => {
                let left = INDENT + label + GAP + count + GAP;
                let head = format!("{:left$}{:>part$}", "", grouped(*number));
                beside(&head, text)
            }
        }
    }
}

/// The text to the right of a head, broken into lines.
fn beside(head: &str, text: &str) -> Vec<String> {
    let left = head.chars().count() + GAP;
    let mut lines = Vec::new();
    for line in wrapped(text, WIDTH.saturating_sub(left)) {
        let head = if lines.is_empty() { head } else { "" };
        lines.push(format!("{head:left$}{line}").trim_end().to_owned());
    }
    lines
}

/// 10000 as `10,000`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// The first numbers, and a sign that there are more: `rows 3, 8, 15, …`.
pub(crate) fn examples(rows: &[u64], count: u64) -> String {
    const SHOWN: usize = 3;
    let mut shown: Vec<_> = rows.iter().take(SHOWN).map(ToString::to_string).collect();
    if u64::try_from(shown.len()).is_ok_and(|shown| shown < count) {
        shown.push("…".to_owned());
    }
    format!(
        "{} {}",
        if count == 1 { "row" } else { "rows" },
        shown.join(", ")
    )
}

fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_set_apart() {
        let shown = [0, 999, 1_000, 10_000, 1_234_567].map(grouped);
        assert_eq!(shown, ["0", "999", "1,000", "10,000", "1,234,567"]);
    }

    #[test]
    fn counts_stand_under_each_other() {
        let table = Table::new("Rows")
            .row("delivered", 9_000, "")
            .row("échoués", 12, "why")
            .part(7, "no WhatsApp");
        let expected = "\
Rows
  delivered   9,000
  échoués        12   why
                      7   no WhatsApp";
        assert_eq!(table.render(), expected);
    }

    #[test]
    fn long_texts_go_on_below_themselves() {
        let text = "word ".repeat(40);
        let rendered = Table::new("Rows").row("skipped", 3, text.trim()).render();
        let lines: Vec<_> = rendered.lines().skip(1).collect();
        assert!(lines.len() > 1);
        assert!(
            lines.iter().all(|line| line.chars().count() <= WIDTH),
            "{rendered}"
        );
        let begin = lines[0].find("word").unwrap();
        assert!(
            lines[1..]
                .iter()
                .all(|line| line.find("word") == Some(begin)),
            "{rendered}"
        );
    }

    #[test]
    fn examples_say_when_there_are_more() {
        assert_eq!(examples(&[3], 1), "row 3");
        assert_eq!(examples(&[3, 8], 2), "rows 3, 8");
        assert_eq!(examples(&[3, 8, 9, 11], 190), "rows 3, 8, 9, …");
    }
}
