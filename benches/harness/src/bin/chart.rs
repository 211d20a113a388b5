//! Draws the tables of a Markdown file as one SVG chart: `chart < RESULTS.md > RESULTS.svg`.
//!
//! A table is drawn if its title has a unit, as in `### Cookies, small: µs added to a request`. Ratios and numbers of
//! characters stay in the file, and so does the bare router.

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};

const WIDTH: f64 = 500.0;
const LABEL: f64 = 190.0;
const BAR: f64 = 7.0;
const GAP: f64 = 6.0;
const HEAD: f64 = 44.0;
/// What a bar leaves for its number.
const NUMBER: f64 = 46.0;

/// Two schemes: the colours that work on paper, and those that work on a screen at night.
const STYLE: &str = "<style>
  text { font: 10px system-ui, sans-serif; fill: #24292f; }
  .title { font-weight: 600; font-size: 12px; }
  .number { font-size: 7.5px; fill: #57606a; }
  .ground { fill: #ffffff; }
  .c0 { fill: #0969da; } .c1 { fill: #bc4c00; } .c2 { fill: #1a7f37; } .c3 { fill: #8250df; } .c4 { fill: #9a6700; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .number { fill: #9da7b3; }
    .ground { fill: #0d1117; }
    .c0 { fill: #58a6ff; } .c1 { fill: #f0883e; } .c2 { fill: #56d364; } .c3 { fill: #bc8cff; } .c4 { fill: #e3b341; }
  }
</style>
";

fn main() {
    let mut text = String::new();
    let read = std::io::stdin().read_to_string(&mut text);
    read.expect("Markdown");
    let svg = chart(&tables(&text));
    let written = std::io::stdout().write_all(svg.as_bytes());
    written.expect("a place for the chart");
}

struct Table<'a> {
    title: &'a str,
    columns: Vec<&'a str>,
    rows: Vec<(&'a str, Vec<f64>)>,
}

fn tables(text: &str) -> Vec<Table<'_>> {
    let sections = text.split("\n### ").skip(1);
    sections.filter_map(table).collect()
}

fn table(section: &str) -> Option<Table<'_>> {
    let (title, body) = section.split_once('\n')?;
    let (_, unit) = title.split_once(": ")?;
    if unit.starts_with("ratios") || unit.starts_with("characters") {
        return None;
    }
    let mut lines = body.lines().skip_while(|line| !line.starts_with('|'));
    let head = cells(lines.next()?).skip(1);
    let columns: Vec<_> = head
        .take_while(|name| !name.starts_with("characters"))
        .collect();
    let rows = lines.skip(1).take_while(|line| line.starts_with('|'));
    let rows = rows.filter_map(|line| {
        let mut cells = cells(line);
        let name = cells.next()?;
        let numbers = cells.take(columns.len()).map(first_number).collect();
        (!name.ends_with(", in all")).then_some((name, numbers))
    });
    Some(Table {
        title,
        rows: rows.collect(),
        columns,
    })
}

fn cells(line: &str) -> impl Iterator<Item = &str> {
    let line = line.trim_matches('|');
    line.split('|').map(str::trim)
}

/// The minimum, where a cell has a median too.
fn first_number(cell: &str) -> f64 {
    let number = cell.split_whitespace().next();
    number.and_then(|text| text.parse().ok()).unwrap_or(0.0)
}

fn chart(tables: &[Table<'_>]) -> String {
    let mut body = String::new();
    let mut heights = [GAP; 2];
    for table in tables {
        let column = usize::from(heights[1] < heights[0]);
        let x = if column == 0 { GAP } else { 2.0 * GAP + WIDTH };
        body += &panel(table, x, heights[column]);
        heights[column] += height(table);
    }
    let (width, height) = (2.0 * WIDTH + 3.0 * GAP, heights[0].max(heights[1]));
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\">
{STYLE}<rect class=\"ground\" width=\"100%\" height=\"100%\"/>
{body}</svg>
"
    )
}

fn height(table: &Table<'_>) -> f64 {
    HEAD + row_height(table) * count(table.rows.len()) + 2.0 * GAP
}

fn row_height(table: &Table<'_>) -> f64 {
    (count(table.columns.len()) * BAR).max(10.0) + GAP
}

fn panel(table: &Table<'_>, x: f64, y: f64) -> String {
    let mut svg = format!("<g transform=\"translate({x} {y})\">\n");
    let title = escape(table.title);
    writeln!(svg, "<text class=\"title\" y=\"14\">{title}</text>").expect("a string");
    svg += &legend(&table.columns);
    let most = most(table);
    for (place, (name, numbers)) in table.rows.iter().enumerate() {
        let top = HEAD + count(place) * row_height(table);
        let middle = top + row_height(table) / 2.0;
        let name = escape(name);
        writeln!(svg, "<text y=\"{middle}\">{name}</text>").expect("a string");
        for (column, &number) in numbers.iter().enumerate() {
            svg += &bar(column, number, most, top + count(column) * BAR);
        }
    }
    svg + "</g>\n"
}

fn legend(columns: &[&str]) -> String {
    let mut svg = String::new();
    let step = (WIDTH - LABEL) / count(columns.len());
    for (column, name) in columns.iter().enumerate() {
        let (x, name) = (LABEL + count(column) * step, escape(name));
        let (square, text) = (format!("<rect class=\"c{}\"", column % 5), x + 11.0);
        writeln!(
            svg,
            "{square} x=\"{x}\" y=\"22\" width=\"8\" height=\"8\"/>"
        )
        .expect("a string");
        writeln!(svg, "<text x=\"{text}\" y=\"30\">{name}</text>").expect("a string");
    }
    svg
}

/// A bar that is longer than the panel is faded, and its number tells the rest.
fn bar(column: usize, number: f64, most: f64, y: f64) -> String {
    let room = WIDTH - LABEL - NUMBER;
    let is_cut = number > most;
    let width = (number.clamp(0.0, most) / most * room).max(0.5);
    let opacity = if is_cut { " opacity=\"0.45\"" } else { "" };
    let (end, line) = (LABEL + width + 3.0, y + BAR - 1.0);
    let more = if is_cut { "… " } else { "" };
    let height = BAR - 1.0;
    let class = column % 5;
    format!(
        "<rect class=\"c{class}\" x=\"{LABEL}\" y=\"{y}\" width=\"{width:.1}\" height=\"{height}\"{opacity}/>
<text class=\"number\" x=\"{end:.1}\" y=\"{line}\">{more}{number}</text>
"
    )
}

/// The number that fills the panel: the greatest that is not far away from the others.
fn most(table: &Table<'_>) -> f64 {
    let rows = table.rows.iter().flat_map(|(_, numbers)| numbers);
    let mut numbers: Vec<f64> = rows.copied().filter(|number| *number > 0.0).collect();
    numbers.sort_unstable_by(f64::total_cmp);
    let Some(&median) = numbers.get(numbers.len() / 2) else {
        return 1.0;
    };
    let near = numbers
        .into_iter()
        .filter(|number| *number <= 10.0 * median);
    near.fold(median, f64::max)
}

fn count(number: usize) -> f64 {
    f64::from(u32::try_from(number).expect("a short table"))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
