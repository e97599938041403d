//! The one form of a row that hashes are made of. The table of bytes stands in the module above.

use super::tree::Hash;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// A table whose rows are sealed. Each is only added to, in the order of its numbers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// What happened: verdicts, permissions, receipts, stops, acts of the operator.
    Ledger,
    /// What people agreed to and withdrew.
    Consents,
    /// What shows it.
    Evidence,
    /// The words that they were asked in.
    Wordings,
    /// What people of the business said about messages before they left.
    Approvals,
    /// The sets of files that were in force.
    Revisions,
    /// What stops messages to people whatever they agreed to.
    Bars,
    /// What people were told about their data.
    Notices,
    /// The impact assessments that somebody signed.
    Assessments,
}

/// One value.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Field<'a> {
    /// `NULL`.
    Nothing,
    /// A whole number.
    Integer(i64),
    /// A text.
    Text(std::borrow::Cow<'a, str>),
    /// The hash of what may be erased.
    Bytes(Hash),
}

impl Source {
    /// All, in the order of leaves within a seal.
    pub const ALL: [Self; 9] = [
        Self::Ledger,
        Self::Consents,
        Self::Evidence,
        Self::Wordings,
        Self::Approvals,
        Self::Revisions,
        Self::Bars,
        Self::Notices,
        Self::Assessments,
    ];

    /// In canonical bytes, and in words.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ledger => "ledger",
            Self::Consents => "consents",
            Self::Evidence => "evidence",
            Self::Wordings => "wordings",
            Self::Approvals => "approvals",
            Self::Revisions => "revisions",
            Self::Bars => "bars",
            Self::Notices => "notices",
            Self::Assessments => "assessments",
        }
    }

    /// The columns that are sealed, in their order. The first is the row's number.
    #[must_use]
    pub const fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Ledger => &["id", "at", "customer", "plan", "attempt", "happening"],
            Self::Consents => {
                &["id", "customer", "purpose", "kind", "method", "at", "source", "language", "expires_at"]
            }
            Self::Evidence => &["consent", "content"],
            Self::Wordings => &["id", "purpose", "digest", "content", "since"],
            Self::Approvals => &["id", "workflow", "plan", "day", "said", "seen", "who", "at"],
            Self::Revisions => &["id", "revision", "in_force_at"],
            Self::Bars => &["id", "customer", "said", "purpose", "at", "source", "evidence"],
            Self::Notices => &["id", "version", "content", "since"],
            Self::Assessments => &["id", "workflow", "digest", "content", "who", "at"],
        }
    }
}

/// A row's leaf: `SHA-256(00 ‖ row)`.
#[must_use]
pub fn leaf(source: Source, fields: &[Field<'_>]) -> Hash {
    let mut bytes = vec![0];
    put_text(&mut bytes, source.name());
    put(&mut bytes, fields);
    Hash(Sha256::digest(&bytes).into())
}

/// Values after each other.
pub(super) fn put(bytes: &mut Vec<u8>, fields: &[Field<'_>]) {
    for field in fields {
        match field {
            Field::Nothing => bytes.push(0),
            Field::Integer(number) => {
                bytes.push(1);
                bytes.extend(number.to_be_bytes());
            }
            Field::Text(text) => put_text(bytes, text),
            Field::Bytes(hash) => put_long(bytes, 3, &hash.0),
        }
    }
}

fn put_text(bytes: &mut Vec<u8>, text: &str) {
    put_long(bytes, 2, text.as_bytes());
}

fn put_long(bytes: &mut Vec<u8>, kind: u8, long: &[u8]) {
    bytes.push(kind);
    // SQLite holds no value of 4 GiB.
    bytes.extend(u32::try_from(long.len()).unwrap_or(u32::MAX).to_be_bytes());
    bytes.extend(long);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The hash was made by a program of a few lines in another language: whoever writes a checker of their own must come to
    /// the same.
    #[test]
    fn the_canonical_bytes_are_those_of_the_table() {
        let fields = [Field::Integer(7), Field::Nothing, Field::Text("é".into()), Field::Bytes(Hash([9; 32]))];
        let mut bytes = vec![];
        put(&mut bytes, &fields);
        let mut expected = vec![1, 0, 0, 0, 0, 0, 0, 0, 7, 0, 2, 0, 0, 0, 2, 0xc3, 0xa9, 3, 0, 0, 0, 32];
        expected.extend([9; 32]);
        assert_eq!(bytes, expected);
        let leaf = leaf(Source::Revisions, &[Field::Integer(1), Field::Text("ab".into()), Field::Integer(-1)]);
        assert_eq!(leaf.to_string(), "8b739c845e9709e642eb4d475781ab4a4cee6f54e444eb2e10c33562c534d289");
    }

    #[test]
    fn a_value_can_not_pass_for_another() {
        let rows = [
            vec![Field::Nothing],
            vec![Field::Integer(0)],
            vec![Field::Text("".into())],
            vec![Field::Text("ab".into()), Field::Text("c".into())],
            vec![Field::Text("a".into()), Field::Text("bc".into())],
            vec![Field::Nothing, Field::Nothing],
        ];
        for (n, one) in rows.iter().enumerate() {
            for other in rows.iter().skip(n + 1) {
                assert_ne!(leaf(Source::Ledger, one), leaf(Source::Ledger, other), "{one:?} {other:?}");
            }
            assert_ne!(leaf(Source::Ledger, one), leaf(Source::Consents, one), "{one:?}");
        }
    }
}
