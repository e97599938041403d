//! What messages of a purpose with `basis = "request"` answer: one kind of request and no other, by the fields that serve it.

use crate::{
    document::{Complaint, Need, Table},
    policy::{Basis, Policy, Request},
};

/// Each kind has a ceiling of its own, which counts by the purpose.
pub(super) fn look_up(root: &Table<'_>, policy: &Policy) {
    let Some(purposes) = root.table("purposes", Need::Must("")) else { return };
    for (key, table) in purposes.named() {
        let is_answer = policy.purposes.get(*key.get_ref()).is_some_and(|purpose| purpose.basis == Basis::Request);
        let mut answered = Request::ALL.into_iter().filter(|request| policy.serves(*request, key.get_ref()));
        if let (true, Some(first), Some(other)) = (is_answer, answered.next(), answered.next()) {
            let complaint = Complaint::new(
                format!("`{}` answers {}, and {}", key.get_ref(), first.people(), other.people()),
                "two kinds of requests",
                format!("name a purpose of its own at the field that has written_by = \"{}\"", other.word()),
            );
            table.find(key.span(), complaint);
        }
    }
}
