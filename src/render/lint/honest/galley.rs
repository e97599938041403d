//! A galley, the printer's word for a trial print: what one part of a message says under one supposition, where each byte
//! knows the file and the place that it comes from.

use super::super::reach::Named;
use crate::base::Source;
use std::ops::Range;

/// One part, printed.
#[derive(Debug, Default)]
pub(super) struct Galley {
    pub text: String,
    /// In the order of the text, without gaps.
    pub pieces: Vec<Piece>,
}

/// A stretch of a galley that comes from one place.
#[derive(Debug)]
pub(super) struct Piece {
    /// Where it stands in the galley.
    pub at: Range<usize>,
    pub source: Source,
    /// Where it was written: its words, or the expression that stands for them.
    pub span: Range<usize>,
    pub what: What,
    /// Whose facts decide that it is there.
    pub whose: Whose,
}

/// What a piece is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum What {
    /// Words of a template.
    Written,
    /// Words that the policy says, by their name: `business.name`.
    Said(String),
    /// An address of our own: `stop_url`, `answers.coming_url`.
    Own(String),
    /// A declared field; the sample's value, or its name in brackets.
    Field(Named),
    /// The time before the visit moved.
    Previous,
    /// A helper's answer.
    Computed,
}

/// Whose facts a thing depends on.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) enum Whose {
    /// Nobody's, or the record's.
    #[default]
    Anybodys,
    /// The customer's, by the name that was asked: `customer.visits`.
    Customers(String),
}

impl Whose {
    /// The customer's, where one of both is.
    pub(super) fn or(self, other: Self) -> Self {
        if self == Self::Anybodys { other } else { self }
    }
}

impl Galley {
    /// Of words that stand in no template.
    pub(super) fn of(words: &str) -> Self {
        let mut galley = Self::default();
        galley.put(words, &Source::new("", words), 0..words.len(), What::Written, Whose::default());
        galley
    }

    pub(super) fn put(&mut self, text: &str, source: &Source, span: Range<usize>, what: What, whose: Whose) {
        if text.is_empty() {
            return;
        }
        let from = self.text.len();
        self.text.push_str(text);
        self.pieces.push(Piece { at: from..self.text.len(), source: source.clone(), span, what, whose });
    }

    /// The pieces that a stretch touches.
    pub(super) fn touched(&self, stretch: &Range<usize>) -> impl Iterator<Item = &Piece> {
        let first = self.pieces.partition_point(|piece| piece.at.end <= stretch.start);
        let end = stretch.end.max(stretch.start + 1);
        self.pieces.iter().skip(first).take_while(move |piece| piece.at.start < end)
    }

    /// The piece at a byte.
    pub(super) fn piece(&self, at: usize) -> Option<&Piece> {
        self.touched(&(at..at + 1)).next()
    }

    /// Where a stretch was written. One that comes from several places is shown where it begins.
    pub(super) fn origin(&self, stretch: &Range<usize>) -> Option<(&Source, Range<usize>)> {
        let last = self.pieces.last().map_or(0, |piece| piece.at.end.saturating_sub(1));
        let piece = self.piece(stretch.start.min(last))?;
        // Escaping makes values longer than they were written: then the whole of it is meant.
        if piece.what != What::Written || piece.at.len() != piece.span.len() {
            return Some((&piece.source, piece.span.clone()));
        }
        let from = piece.span.start + stretch.start.saturating_sub(piece.at.start);
        let to = piece.span.start + stretch.end.min(piece.at.end).saturating_sub(piece.at.start);
        Some((&piece.source, from.min(piece.span.end)..to.max(from).min(piece.span.end)))
    }
}
