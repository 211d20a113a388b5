use crate::attr::table::{Place, Row};

/// The options as users read about them are the options there are.
#[test]
fn every_option_is_documented() {
    let reference = include_str!("../session.md");
    for place in [Place::Struct, Place::Field] {
        for row in place.rows() {
            let (heading, anchor) = section(row);
            let line = format!("| [`{}`](#{anchor}) | {} |", row.name, wherever(row));
            assert!(reference.contains(&line), "{line}");
            assert!(reference.contains(&heading), "{heading}");
            assert!(reference.contains(row.example), "{}", row.example);
        }
    }
}

/// The heading of an option's section, and what links to it.
fn section(row: &Row) -> (String, String) {
    let name = row.name;
    (format!("\n# `{name}`\n"), name.to_owned())
}

fn wherever(row: &Row) -> &'static str {
    match row.place {
        Place::Field if row.repeats => "field, several times",
        Place::Field => "field",
        Place::Struct => "struct",
    }
}
