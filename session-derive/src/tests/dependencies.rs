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
    ] {
        assert_eq!(renamed(manifest), None, "{manifest}");
    }
}
