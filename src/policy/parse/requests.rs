//! What messages of a purpose with `basis = "request"` answer: one kind of request and no other, by the fields that serve it.

use crate::{
    document::{Complaint, Need, Table},
    policy::{Basis, Policy, Request},
};

/// Both kinds have ceilings of their own, which count by the purpose.
pub(super) fn look_up(root: &Table<'_>, policy: &Policy) {
    let Some(purposes) = root.table("purposes", Need::Must("")) else { return };
    for (key, table) in purposes.named() {
        let is_answer = policy.purposes.get(*key.get_ref()).is_some_and(|purpose| purpose.basis == Basis::Request);
        let both = [Request::SignUp, Request::Data].into_iter().all(|request| policy.serves(request, key.get_ref()));
        if is_answer && both {
            let complaint = Complaint::new(
                format!("`{}` answers those who sign up, and those who ask for their data", key.get_ref()),
                "two kinds of requests",
                "name a purpose of its own at the field that has written_by = \"data-requests\"",
            );
            table.find(key.span(), complaint);
        }
    }
}
