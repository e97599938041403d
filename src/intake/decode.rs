//! From a file's bytes to text: byte order marks, UTF-8, UTF-16 and windows-1252 told apart while the file streams by.
//!
//! Shops export from whatever they have. A byte order mark decides at once. Without one, NULs in every other byte mean
//! UTF-16 (the ASCII parts of a table give it away). Otherwise nothing is decided until the first bytes beyond ASCII
//! come by: where most of their sequences are UTF-8, the file is; else it is windows-1252, of which latin-1 is a part
//! (WHATWG Encoding, 4.2: the label `iso-8859-1` means windows-1252). An accented letter of windows-1252 followed by
//! ASCII is never valid UTF-8, so the vote is not close.
//!
//! Bytes that make no sense in the encoding become U+FFFD, and a row that holds one is rejected by whoever reads the
//! row: a guessed name on a letter is worse than a row to mend.

use encoding_rs::{CoderResult, Decoder, Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// So many bytes are looked at together.
const SAMPLE_BYTES: usize = 64 * 1024;

/// Decodes as the bytes come, and turns every line end (CRLF, CR) into LF.
pub struct Decoding {
    /// Bytes not decoded yet, because nothing has decided their encoding.
    held: Vec<u8>,
    place: Place,
    decoder: Option<Decoder>,
    line_end: LineEnd,
}

/// Where in the file `held` stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// A byte order mark or the NULs of UTF-16 may still come.
    Start,
    /// All so far was ASCII.
    AfterAscii,
}

/// What the last character was, for CRLF that is split between two reads.
#[derive(Clone, Copy, PartialEq, Eq)]
enum LineEnd {
    Other,
    CarriageReturn,
}

/// Whether more bytes may come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum More {
    MayCome,
    Never,
}

impl Default for Decoding {
    fn default() -> Self {
        Self { held: Vec::new(), place: Place::Start, decoder: None, line_end: LineEnd::Other }
    }
}

impl Decoding {
    /// Takes the next bytes of the file and appends what they say to `text`.
    pub fn push(&mut self, bytes: &[u8], text: &mut String) {
        for piece in bytes.chunks(SAMPLE_BYTES) {
            if self.decoder.is_some() {
                self.decode(piece, More::MayCome, text);
                continue;
            }
            self.held.extend_from_slice(piece);
            if self.held.len() >= SAMPLE_BYTES {
                self.look(More::MayCome, text);
            }
        }
    }

    /// The file has ended: decodes what was held back.
    pub fn finish(&mut self, text: &mut String) {
        if self.decoder.is_none() {
            self.look(More::Never, text);
        }
        self.decode(&[], More::Never, text);
    }

    /// Decides the encoding by the bytes held, if they can decide it.
    fn look(&mut self, more: More, text: &mut String) {
        let held = std::mem::take(&mut self.held);
        let (encoding, skip) = match self.place {
            Place::Start => match Encoding::for_bom(&held) {
                Some((encoding, mark)) => (Some(encoding), mark),
                None => (by_nuls(&held).or_else(|| by_vote(&held, more)), 0),
            },
            Place::AfterAscii => (by_vote(&held, more), 0),
        };
        let rest = held.get(skip..).unwrap_or_default();
        if let Some(encoding) = encoding {
            self.decoder = Some(encoding.new_decoder_without_bom_handling());
            self.decode(rest, More::MayCome, text);
            return;
        }
        // All ASCII, perhaps with a letter cut in two at the end, which waits for its other half.
        self.place = Place::AfterAscii;
        let ascii = rest.iter().position(|byte| !byte.is_ascii()).unwrap_or(rest.len());
        self.held = rest.get(ascii..).unwrap_or_default().to_vec();
        let plain = rest.get(..ascii).map(String::from_utf8_lossy).unwrap_or_default();
        self.append(&plain, text);
    }

    fn decode(&mut self, bytes: &[u8], more: More, text: &mut String) {
        let Some(decoder) = self.decoder.as_mut() else { return };
        let mut said = String::with_capacity(decoder.max_utf8_buffer_length(bytes.len()).unwrap_or(bytes.len() * 3));
        let mut rest = bytes;
        loop {
            let (result, read, _) = decoder.decode_to_string(rest, &mut said, more == More::Never);
            rest = rest.get(read..).unwrap_or_default();
            match result {
                CoderResult::InputEmpty => break,
                CoderResult::OutputFull => said.reserve(SAMPLE_BYTES),
            }
        }
        self.append(&said, text);
    }

    /// One kind of line end, so that line numbers are those that an editor shows.
    fn append(&mut self, decoded: &str, text: &mut String) {
        text.reserve(decoded.len());
        for letter in decoded.chars() {
            match (self.line_end, letter) {
                (LineEnd::CarriageReturn, '\n') => self.line_end = LineEnd::Other,
                (_, '\r') => {
                    text.push('\n');
                    self.line_end = LineEnd::CarriageReturn;
                }
                (_, letter) => {
                    text.push(letter);
                    self.line_end = LineEnd::Other;
                }
            }
        }
    }
}

/// UTF-16 without a mark: in the ASCII parts of a table, every other byte is NUL, and in no other text is any.
fn by_nuls(bytes: &[u8]) -> Option<&'static Encoding> {
    let nuls = |first: usize| bytes.iter().skip(first).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd) = (nuls(0), nuls(1));
    let enough = bytes.len() / 5;
    match (even > enough, odd > enough) {
        (false, true) => Some(UTF_16LE),
        (true, false) => Some(UTF_16BE),
        _ => None,
    }
}

/// UTF-8 or windows-1252 by the sequences beyond ASCII; `None` while there is none.
fn by_vote(bytes: &[u8], more: More) -> Option<&'static Encoding> {
    let (mut sound, mut broken, mut rest) = (0_usize, 0_usize, bytes);
    loop {
        match std::str::from_utf8(rest) {
            Ok(text) => {
                sound += text.chars().filter(|letter| !letter.is_ascii()).count();
                break;
            }
            Err(error) => {
                let valid = rest.get(..error.valid_up_to()).unwrap_or_default();
                sound += std::str::from_utf8(valid).map_or(0, |text| text.chars().filter(|c| !c.is_ascii()).count());
                match (error.error_len(), more) {
                    (Some(length), _) => {
                        broken += 1;
                        rest = rest.get(error.valid_up_to() + length..).unwrap_or_default();
                    }
                    (None, More::MayCome) => break,
                    (None, More::Never) => {
                        broken += 1;
                        break;
                    }
                }
            }
        }
    }
    match (sound, broken) {
        (0, 0) => None,
        (sound, broken) if sound >= broken => Some(UTF_8),
        _ => Some(WINDOWS_1252),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(bytes: &[u8], step: usize) -> String {
        let (mut decoding, mut text) = (Decoding::default(), String::new());
        for piece in bytes.chunks(step) {
            decoding.push(piece, &mut text);
        }
        decoding.finish(&mut text);
        text
    }

    #[test]
    fn a_letter_cut_between_two_samples_is_whole() {
        // The first sample is all ASCII but for the first half of an `é`.
        let mut text = "a".repeat(SAMPLE_BYTES - 1);
        text.push_str("é and more");
        for step in [1, 7, SAMPLE_BYTES, 3 * SAMPLE_BYTES] {
            assert_eq!(read(text.as_bytes(), step), text, "in steps of {step}");
        }
    }

    #[test]
    fn a_file_that_ends_in_half_a_letter_says_so() {
        // Two sound sequences outvote the broken end.
        assert_eq!(
            read("é;è;".as_bytes().iter().chain(&[0xC3]).copied().collect::<Vec<_>>().as_slice(), 2),
            "é;è;\u{FFFD}"
        );
    }

    #[test]
    fn windows_1252_has_its_own_quotes_and_euros() {
        assert_eq!(read(b"prix;12 \x80\nnom;\x93Zo\xEB\x94\n", 3), "prix;12 €\nnom;“Zoë”\n");
    }

    #[test]
    fn line_ends_of_all_three_kinds_are_one() {
        assert_eq!(read(b"a\r\nb\rc\nd\r\n\r\ne", 1), "a\nb\nc\nd\n\ne");
    }

    proptest! {
        #[test]
        fn the_way_a_file_is_cut_does_not_change_what_it_says(bytes in prop::collection::vec(any::<u8>(), 0..400), step in 1_usize..50) {
            prop_assert_eq!(read(&bytes, step), read(&bytes, 400));
        }

        #[test]
        fn text_survives_utf_16(text in "[a-z;,é€\\n]{8,80}") {
            let le: Vec<u8> = [0xFEFF].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
            let be: Vec<u8> = [0xFEFF].into_iter().chain(text.encode_utf16()).flat_map(u16::to_be_bytes).collect();
            prop_assert_eq!(&read(&le, 5), &text);
            prop_assert_eq!(&read(&be, 5), &text);
        }
    }
}
