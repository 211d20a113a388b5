use crate::attr::table::Place;

/// The options as users read about them are the options there are.
#[test]
fn every_option_is_documented() {
    let reference = include_str!("../session.md");
    for place in [Place::Struct, Place::Field] {
        for row in place.rows() {
            let place = match place {
                Place::Field => "field",
                Place::Struct => "struct",
            };
            let place = if row.repeats {
                format!("{place}, several times")
            } else {
                place.to_owned()
            };
            let line = format!("| [`{}`](#{}) | {place} |", row.name, row.name);
            assert!(reference.contains(&line), "{line}");
            assert!(
                reference.contains(&format!("# `{}`\n", row.name)),
                "{}",
                row.name
            );
            assert!(reference.contains(row.example), "{}", row.example);
        }
    }
}
