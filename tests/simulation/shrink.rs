//! Shortens a script that fails, as long as it fails alike: what is left is what it takes.

use super::script::Script;

/// Takes acts away, many at a time and then one by one, until each that is left is needed.
pub fn shrink(script: &Script, fails: impl Fn(&Script) -> bool) -> Script {
    let mut script = script.clone();
    let mut size = script.acts.len().div_ceil(2);
    while size > 0 {
        let (mut from, mut shorter) = (0, false);
        while from < script.acts.len() {
            let mut candidate = script.clone();
            let to = (from + size).min(candidate.acts.len());
            candidate.acts.drain(from..to);
            if fails(&candidate) {
                (script, shorter) = (candidate, true);
            } else {
                from = to;
            }
        }
        if !shorter || size > 1 {
            size /= 2;
        }
    }
    script
}
