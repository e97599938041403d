//! The files of the house.

use super::AT_MOST;
use crate::support::{
    proof,
    real::{Premises, Witness},
};
use std::fs;

/// The business: twice a reminder of each visit, once under each policy about lost answers; a note under a cap; an invitation that
/// needs a yes; and a workflow of which nothing ever comes.
pub fn furnished(witness: &Witness) -> Premises {
    let premises = proof::premises(witness);
    let write = |file: &str, text: String| fs::write(premises.path().join(file), text).unwrap();
    write("comity.toml", proof::settings(witness.port) + "\n[api]\nlisten = \"127.0.0.1:0\"\nper_minute = 1000000\n");
    let record = |name: &str| {
        let field = "starts_at = { type = \"datetime\", purposes = [\"*\"], keep = \"90 days\" }";
        format!("\n[records.{name}.fields]\n{field}\n")
    };
    let notes = format!(
        "\n[purposes.notes]\ntitle = \"Notes\"\npromise = \"At most two a week.\"\nbasis = \"contract\"\n\
         cap = [{{ at_most = {AT_MOST}, per = \"7 days\" }}]\n"
    );
    write("policy.toml", [proof::POLICY, &record("checkup"), &record("dinner"), &record("rest"), &notes].concat());
    let workflow = |purpose: &str, record: &str, approval: &str| {
        format!(
            "purpose = \"{purpose}\"\ntemplate = \"{record}\"\napproval = \"{approval}\"\n\n[trigger]\nrecord = \"{record}\"\n\
             before = {{ field = \"starts_at\", by = [\"1h\"] }}\n"
        )
    };
    for (file, purpose, record, approval) in [
        ("capped", "notes", "checkup", "none"),
        ("asked", "reminders", "dinner", "workflow"),
        ("other", "reminders", "rest", "none"),
    ] {
        write(&format!("workflows/{file}.toml"), workflow(purpose, record, approval));
        let plain = premises.path().join("templates/mail/plain");
        let folder = premises.path().join("templates/mail").join(record);
        fs::create_dir_all(&folder).unwrap();
        for entry in fs::read_dir(plain).unwrap().map(Result::unwrap) {
            let text = fs::read_to_string(entry.path()).unwrap().replace("appointment", record);
            fs::write(folder.join(entry.file_name()), text).unwrap();
        }
    }
    premises
}
