use crate::emit::dependency::renamed;

#[test]
fn a_dependency_by_another_name_is_found() {
    for manifest in [
        "[dependencies]\nsr = { package = \"session-runtime\", version = \"0.1\" }",
        "[dependencies]\naxum = \"0.8\"\nsr = { version = \"0.1\", package=\"session-runtime\" }",
        "[dev-dependencies]\nsr = { package = \"session-runtime\", path = \"..\" }",
        "[dependencies.sr]\nversion = \"0.1\"\npackage = \"session-runtime\"",
        "[target.'cfg(unix)'.dependencies]\nsr = { package = \"session-runtime\" }",
    ] {
        assert_eq!(renamed(manifest).as_deref(), Some("sr"), "{manifest}");
    }
    // Literal strings, comments, spaces, dotted keys and inline tables.
    for manifest in [
        "[dependencies]\nsr = { package = 'session-runtime', version = '0.1' }",
        "[dependencies]\n'sr' = { 'package' = 'session-runtime' }",
        "[dependencies] # what we use\nsr = { package = \"session-runtime\" }",
        "[dependencies.sr] # ours\npackage = \"session-runtime\" # as it is published",
        "[ dependencies . 'sr' ]\n\"package\" = 'session-runtime'",
        "[dependencies]\nsr = { version = \"0.1\", \"package\" = \"session-runtime\" } # [x]",
        "[dependencies]\nsr.version = \"0.1\"\nsr.package = \"session-runtime\"",
        "[dependencies]\nsr . package = 'session-runtime'",
        "dependencies.sr = { package = \"session-runtime\" }\n[package]\nname = \"shop\"",
        "dependencies = { axum = \"0.8\", sr = { version = \"0.1\", package = \"session-runtime\" } }",
        "[target]\n'cfg(unix)'.dependencies.sr.package = \"session-runtime\"",
        "[target.'cfg(target_os = \"linux\")'.dependencies.sr]\npackage = \"session-runtime\"",
        "[dependencies]\nsr = { features = [\"a#b\", \"c\"], package = \"session-runtime\" }",
    ] {
        assert_eq!(renamed(manifest).as_deref(), Some("sr"), "{manifest}");
    }
    let dashed = "[dependencies]\nmy-sessions = { package = \"session-runtime\" }";
    assert_eq!(renamed(dashed).as_deref(), Some("my_sessions"));
}

#[test]
fn any_other_manifest_says_nothing() {
    for manifest in [
        "",
        "[dependencies]\nsession-runtime = \"0.1\"",
        "[dependencies]\nsession-runtime.workspace = true",
        "[dependencies]\nsession-runtime = \"0.1\"\n[dev-dependencies]\nsr = { package = \"session-runtime\" }",
        "[dependencies.session-runtime]\nversion = \"0.1\"",
        "[dependencies]\nsr = { package = \"session-runtime-extras\" }",
        "[dependencies]\n# sr = { package = \"session-runtime\" }",
        "[package]\nname = \"sr\"\n# package = \"session-runtime\"",
        "[package.metadata.x]\nsr = { package = \"session-runtime\" }",
        "[dependencies.sr]\nversion = \"0.1\"",
        "[dependencies] # all\nsession-runtime = \"0.1\"\n[dev-dependencies]\nsr = { package = \"session-runtime\" }",
        "[dependencies]\n'session-runtime' = { version = \"0.1\", package = \"session-runtime\" }",
        "[dependencies]\nsr = { version = \"0.1\" } # package = \"session-runtime\"",
        "[dependencies]\nsr = { version = \"0.1\", default-package = \"session-runtime\" }",
        "[dependencies]\nsr = { features = [\"package = session-runtime\"] }",
        "[package]\ndependencies.sr.package = \"session-runtime\"",
    ] {
        assert_eq!(renamed(manifest), None, "{manifest}");
    }
}
