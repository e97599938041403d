//! Looking for a word in files, in all the forms in which it may stand there.

use base64::{Engine, engine::general_purpose::STANDARD};
use std::{collections::BTreeSet, fs, path::Path};

/// What somebody looks for who wants to find a word in a file.
fn forms(word: &str) -> Vec<Vec<u8>> {
    let bytes = word.as_bytes();
    let mut forms = vec![bytes.to_vec(), word.to_uppercase().into_bytes()];
    forms.push(word.encode_utf16().flat_map(u16::to_le_bytes).collect());
    forms.push(word.encode_utf16().flat_map(u16::to_be_bytes).collect());
    // As quoted-printable writes each byte, and as hexadecimal does.
    forms.push(bytes.iter().flat_map(|byte| format!("={byte:02X}").into_bytes()).collect());
    forms.push(bytes.iter().flat_map(|byte| format!("{byte:02x}").into_bytes()).collect());
    // Base64 at each of the three places where a word may begin, without what its neighbours decide.
    for skip in 0..3 {
        let shifted = [&[b'x'; 3][..skip], bytes].concat();
        let (from, to) = ((skip * 8).div_ceil(6), shifted.len() * 8 / 6);
        forms.push(STANDARD.encode(&shifted).as_bytes()[from..to].to_vec());
    }
    forms
}

/// Which of the words stand in which files of a folder.
pub fn found(folder: &Path, words: &[&str]) -> BTreeSet<String> {
    let mut hits = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            hits.extend(found(&path, words));
        } else if let Ok(bytes) = fs::read(&path) {
            let has = |word: &str| forms(word).iter().any(|form| bytes.windows(form.len()).any(|part| part == form));
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            hits.extend(words.iter().filter(|word| has(word)).map(|word| format!("{word} in {name}")));
        }
    }
    hits
}
