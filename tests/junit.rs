//! JUnit output held against the schema of Jenkins' xUnit plugin, by `xmllint` (package `libxml2-utils`). Skipped, and
//! said so, where that is not installed; what the schema asks for is also held by a test that needs nothing.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const PROGRAM: &str = env!("CARGO_BIN_EXE_throughline");

fn validate(file: &Path) -> Option<Output> {
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/junit/junit-10.xsd");
    let output =
        Command::new("xmllint").args(["--noout", "--nonet", "--schema"]).arg(schema).arg(file).output();
    output.inspect_err(|error| println!("skipped: xmllint (package libxml2-utils): {error}")).ok()
}

/// The outcome of a policy on a sample, as a file.
fn outcome(folder: &Path, sample: &str, policy: &str) -> PathBuf {
    let (rules, file) = (folder.join("policy.toml"), folder.join("result.xml"));
    fs::write(&rules, policy).unwrap();
    let bundle = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples").join(sample);
    let mut command = Command::new(PROGRAM);
    command.env("THROUGHLINE_CONFIG", "").arg("check").arg(bundle).arg("--policy").arg(rules);
    let output = command.arg("--junit").arg(&file).output().unwrap();
    assert!(file.exists(), "{}", String::from_utf8_lossy(&output.stderr));
    file
}

#[test]
fn the_schema_of_jenkins_takes_it() {
    let folder = tempfile::tempdir().unwrap();
    let open = "minimum_certainty = 'observed'\non_undecided = 'fail'\nallowed_causes = ['refs']\n\
                required_inputs = ['cluster_log', 'etl']\nmaximum_pause = '1ms'\n\
                [[maximum_detour]]\nvm = '*'\ntime = '0s'\n";
    for sample in ["refs-two-node", "san-path-loss"] {
        // Kept, violated, undecided as skipped and as an error, and no clause at all.
        for policy in
            ["", "forbid_verdicts = ['fault', 'by_design']", open, &open.replace("'fail'", "'pass'")]
        {
            let file = outcome(folder.path(), sample, policy);
            let Some(output) = validate(&file) else { return };
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.success(), "{sample}\n{policy}\n{said}");
        }
    }
}

/// What the schema does not allow is refused, so that the test above can fail.
#[test]
fn the_schema_refuses() {
    let folder = tempfile::tempdir().unwrap();
    let text = fs::read_to_string(outcome(folder.path(), "refs-two-node", "allowed_causes = []")).unwrap();
    let file = folder.path().join("wrong.xml");
    for (part, wrong) in [
        ("<testsuites ", "<testsuites skipped=\"0\" "),
        ("<testcase name=", "<testcase title="),
        ("failure", "fault"),
    ] {
        fs::write(&file, text.replace(part, wrong)).unwrap();
        assert!(text.contains(part), "{text}");
        let Some(output) = validate(&file) else { return };
        assert!(!output.status.success(), "{wrong}");
    }
}
