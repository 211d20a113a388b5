use super::mistakes;
use crate::attr::table::{OptionSpec, Place};

/// The options as users read about them are the options there are.
#[test]
fn every_option_is_documented() {
    let reference = include_str!("../session.md");
    for place in [Place::Struct, Place::Field] {
        for spec in place.specs() {
            let (heading, anchor) = section(spec);
            let line = format!("| [`{}`](#{anchor}) | {} |", spec.name, wherever(spec));
            assert!(reference.contains(&line), "{line}");
            assert!(reference.contains(&heading), "{heading}");
            assert!(reference.contains(spec.example), "{}", spec.example);
        }
    }
}

/// An option that is known and not read would be ignored, whatever is wrong in it.
#[test]
fn every_option_is_read() {
    for OptionSpec { name, .. } in Place::Struct.specs() {
        let source = format!("#[session({name} =)] struct S {{ a: u8 }}");
        assert!(!mistakes(&source).is_empty(), "{name}");
    }
    for OptionSpec { name, .. } in Place::Field.specs() {
        let source = format!("struct S {{ #[session({name} =)] a: u8 }}");
        assert!(!mistakes(&source).is_empty(), "{name}");
    }
}

/// The heading of an option's section, and what links to it.
fn section(spec: &OptionSpec) -> (String, String) {
    let name = spec.name;
    (format!("\n# `{name}`\n"), name.to_owned())
}

fn wherever(spec: &OptionSpec) -> &'static str {
    match spec.place {
        Place::Field if spec.repeats => "field, several times",
        Place::Field => "field",
        Place::Struct => "struct",
    }
}
