//! Tables for people.

use comfy_table::{CellAlignment, ContentArrangement, presets};

/// A ratio as people read it.
pub fn percent(ratio: f64) -> String {
    format!("{:.2} %", 100.0 * ratio)
}

/// A table: a header, then rows.
pub struct Table(comfy_table::Table);

impl Table {
    /// A table with these column titles; the first column is aligned left, the others right.
    pub fn new<T: Into<String>>(titles: impl IntoIterator<Item = T>) -> Table {
        let mut table = Table::left(titles);
        for column in table.0.column_iter_mut().skip(1) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        table
    }

    /// A table of words: every column is aligned left.
    pub fn left<T: Into<String>>(titles: impl IntoIterator<Item = T>) -> Table {
        let mut table = comfy_table::Table::new();
        table.load_style(presets::ASCII_MARKDOWN);
        table.set_content_arrangement(ContentArrangement::Disabled);
        table.set_header(titles.into_iter().map(|it| cell(it.into())));
        Table(table)
    }

    /// Adds a row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.0.add_row(cells.into_iter().map(cell));
    }
}

/// A cell as Markdown has it: one line, and no bar that would begin another cell.
fn cell(text: String) -> String {
    if !text.contains(|it: char| it == '|' || it.is_control()) {
        return text;
    }
    let written = text.chars().map(|it| match it {
        '|' => "\\|".to_owned(),
        it if it.is_control() => it.escape_default().to_string(),
        it => it.to_string(),
    });
    written.collect()
}

impl std::fmt::Display for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_or_a_line_feed_in_a_cell_leaves_the_table_whole() {
        let mut table = Table::left(["name", "value"]);
        table.row(["a|b".to_owned(), "1\n2\u{1b}[31m".to_owned()]);
        let text = table.to_string();
        assert_eq!(text.lines().count(), 3, "{text}");
        assert!(text.contains("| a\\|b | 1\\n2\\u{1b}[31m |"), "{text}");
    }
}
