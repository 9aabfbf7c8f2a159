//! A Markdown table, padded so that it is readable on a terminal as well.

/// The lines of a table.
pub(super) fn render(head: &[&str], rows: &[Vec<String>]) -> String {
    let widths: Vec<usize> = head
        .iter()
        .enumerate()
        .map(|(index, title)| {
            let cells = rows.iter().filter_map(|row| row.get(index));
            let widest = cells.map(|cell| cell.chars().count()).max();
            widest.unwrap_or_default().max(title.chars().count())
        })
        .collect();
    let head = line(&widths, head.iter().copied());
    let rule = line(&widths, std::iter::repeat_n("---", widths.len()));
    let rows = rows
        .iter()
        .map(|row| line(&widths, row.iter().map(String::as_str)));
    [head, rule].into_iter().chain(rows).collect()
}

fn line<'a>(widths: &[usize], cells: impl Iterator<Item = &'a str>) -> String {
    let cells = widths.iter().zip(cells);
    let padded = cells.map(|(width, cell)| format!("| {cell:width$} "));
    padded.chain(["|\n".to_owned()]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [vec!["accept".to_owned(), "é".to_owned()]];
        let expected = "| what   | n   |\n| ---    | --- |\n| accept | é   |\n";
        assert_eq!(render(&["what", "n  "], &rows), expected);
    }
}
