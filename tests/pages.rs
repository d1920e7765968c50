//! Pages and reports that are generated: `UPDATE_EXPECT=1 cargo test pages` writes them anew.

use expect_test::expect_file;
use throughline::report::rules;
use throughline::rule::RULES;

#[test]
fn rules_page_is_the_knowledge_base() {
    expect_file!["../docs/rules.md"].assert_eq(&rules::page(RULES));
}

#[test]
fn collection_page_is_the_script() {
    expect_file!["../docs/collect.md"].assert_eq(&throughline::collect::page());
}

/// The block behind the README's first command is what that command prints.
#[test]
fn readme_shows_real_output() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    let shown = readme.split("```text\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_throughline"))
        .args(["analyze", "samples/refs-two-node"])
        .current_dir(root)
        .output()
        .unwrap();
    let output = String::from_utf8(output.stdout).unwrap();
    assert!(output.starts_with(shown), "README.md shows\n{shown}\nbut it prints\n{output}");
}

/// The text report of each sample, whole: the difference is the review.
#[test]
fn reports_of_the_samples() {
    for scenario in throughline::simulate::SCENARIOS {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_throughline"))
            .args(["analyze", &format!("samples/{}", scenario.name)])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.lines().all(|line| line.chars().count() <= 100));
        expect_file![format!("../fixtures/samples/{}.txt", scenario.name)].assert_eq(&text);
    }
}
